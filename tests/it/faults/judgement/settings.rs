//! H10: servers whose defaults differ from those that the recorder depends on.

use std::time::Duration;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::erasure::Erasure;
use behavior_trace::retention::Retention;
use behavior_trace::schema::Migrations;
use behavior_trace_core::{Actor, Field, Timestamp};
use behavior_trace_servers::Kind;
use serde_json::json;

use super::compare::LOOK;
use super::lasts;
use super::trial::Trial;
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    a_chain_of_transactions_by_default_loses_no_row => super::completion;
    a_limit_for_joins_by_default_loses_no_row => super::joins;
    no_autocommit_by_default_loses_no_row => super::autocommit;
    sessions_that_only_read_by_default_lose_no_row => super::read_only;
}

#[test]
fn another_dialect_by_default_loses_no_row() {
    defaults(Kind::MariaDb, "H10 sql_mode=ORACLE", "sql_mode = 'ORACLE'");
}

fn completion(kind: Kind) {
    defaults(
        kind,
        "H10 completion_type=CHAIN",
        "completion_type = 'CHAIN'",
    );
}

fn joins(kind: Kind) {
    let site = Site::with(kind, &["--max-join-size=2000"]);
    break_off(&site);
    serve(&site, "H10 max_join_size=2000");
}

fn autocommit(kind: Kind) {
    defaults(kind, "H10 autocommit=0", "autocommit = 0");
}

fn read_only(kind: Kind) {
    let setting = match kind {
        Kind::MySql => "transaction_read_only = 1",
        Kind::MariaDb => "tx_read_only = 1",
    };
    defaults(kind, "H10 transaction_read_only=1", setting);
}

/// Number of old rows. It exceeds `max_join_size`, so that one step of retention reads more rows than that.
const OLD: usize = 3000;
const DAY: Duration = Duration::from_hours(24);

/// Sets a default as if the server had been started with it.
fn defaults(kind: Kind, fault: &'static str, setting: &str) {
    let site = Site::new(kind);
    break_off(&site);
    site.sql(&format!("SET GLOBAL {setting}"));
    serve(&site, fault);
}

/// Starts a recorder under these defaults, then retention, erasure and migrations.
fn serve(site: &Site, fault: &'static str) {
    let mut trial = Trial::on(site, 110, fault);
    let days = i64::try_from((30 * DAY).as_micros()).expect("it fits");
    let then = Timestamp::from_micros(Timestamp::now().as_micros() - days);
    let old = [(Field::Resource, "Stock"), (Field::ActorId, "8")];
    let recorded = trial.acked();
    for number in 0..OLD {
        trial.record_at(then, &format!("old-{number}"), &old);
    }
    assert_eq!(trial.acked(), recorded + OLD);
    trial.forget_last(OLD);
    let load = trial.load("during", 500);
    trial.wait(lasts(1, 5), |_| false);
    trial.absorb(load);
    trial.drain(Duration::from_secs(10));
    // One statement, inside the transaction that the last batch may have left open.
    trial.record("last");
    trial.drain(Duration::from_secs(10));
    keep(site, &mut trial);
    trial.conclude();
}

/// Marks the last migration as incomplete, as if its process had ended in the middle of it.
fn break_off(site: &Site) {
    site.sql("UPDATE _behavior_trace_migrations SET success = FALSE ORDER BY version DESC LIMIT 1");
}

/// Runs erasure, retention and migrations, and checks that their effects are committed.
fn keep(site: &Site, trial: &mut Trial<'_>) {
    let url: DatabaseUrl = site.url.parse().expect("a good URL");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let erasure = Erasure::new(&url, &Actor::user(8)).payload_fields(["note"]);
    let erased = runtime.block_on(erasure.run());
    let erased = erased.map(|report| report.changed);
    let retention = Retention::archive(&url, 8 * DAY).pause_factor(0);
    let archived = runtime.block_on(retention.run(|_| ()));
    let archived = archived.map(|report| report.rows);
    let migrations = Migrations::new(&url);
    let repaired = runtime.block_on(migrations.repair());
    let applied = runtime.block_on(migrations.run());
    let applied = applied.map(|applied| applied.len());
    let count = |text: &str| {
        let found = site.server.sql(&format!("{LOOK}; {text}"));
        found.map_or_else(|error| error.to_string(), |found| found.trim().to_owned())
    };
    let wanted = OLD.to_string();
    let seen = [
        ("erased", format!("{erased:?}"), format!("Ok({OLD})")),
        ("archived", format!("{archived:?}"), format!("Ok({OLD})")),
        ("repaired", format!("{repaired:?}"), "Ok(1)".to_owned()),
        ("applied again", format!("{applied:?}"), "Ok(1)".to_owned()),
        (
            "in the archive, erased",
            count(
                "SELECT COUNT(*) FROM operational_activity_archive WHERE payload LIKE '%[erased]%'",
            ),
            wanted,
        ),
        (
            "old rows left",
            count("SELECT COUNT(*) FROM operational_activity WHERE resource = 'Stock'"),
            "0".to_owned(),
        ),
        (
            "migrations applied",
            count("SELECT COUNT(*) FROM _behavior_trace_migrations WHERE success"),
            "2".to_owned(),
        ),
    ];
    trial.row.extra = json!({"kept": seen.iter().map(|(what, found, _)| format!("{what}: {found}")).collect::<Vec<_>>()});
    for (what, found, wanted) in seen {
        trial
            .row
            .promise(found == wanted, || format!("{what}: {found}, not {wanted}"));
    }
}
