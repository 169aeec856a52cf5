//! H6: a table that refuses all rows, or those of a kind, after a change by an administrator.

use std::time::Duration;

use behavior_trace_core::{Field, Timestamp};
use behavior_trace_servers::Kind;
use serde_json::json;

use super::trial::Trial;
use super::{lasts, side_by_side};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    a_column_too_narrow_for_every_row_dead_letters_none => super::none_fits;
    a_column_too_narrow_for_some_rows_dead_letters_none => super::some_fit;
    a_partition_missing_for_some_rows_dead_letters_none => super::no_partition;
}

const HOUR: i64 = 3_600_000_000;
const REPAIR: &str = "ALTER TABLE operational_activity MODIFY action VARCHAR(255) NOT NULL";

fn none_fits(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let mut trial = Trial::on(&site, 106, "H6 column that no row fits");
        trial.connect();
        narrow(&site, 3);
        let load = trial.load("during", 500);
        trial.suffer(lasts(3, 20), &["action"]);
        trial.absorb(load);
        promise_red(&mut trial);
        site.sql(REPAIR);
        back(&site);
        trial.recover();
        trial.conclude();
    });
}

/// Narrows a column that rows with the shorter action still fit; those are stored meanwhile.
fn some_fit(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let mut trial = Trial::on(&site, 106, "H6 column that some rows fit");
        trial.connect();
        narrow(&site, 12);
        for number in 0..300 {
            trial.record(&format!("fits-{number}"));
            let long = [(Field::Action, "order.reconciliation")];
            trial.record_as(&format!("waits-{number}"), &long);
        }
        trial.suffer(lasts(3, 20), &["action"]);
        promise_red(&mut trial);
        promise_stored(&mut trial, "fits-", 300);
        site.sql(REPAIR);
        back(&site);
        trial.recover();
        trial.conclude();
    });
}

/// Leaves rows without a partition (1526) if they are younger than the last one; older rows have a partition.
fn no_partition(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let mut trial = Trial::on(&site, 106, "H6 partition missing for some rows");
        let end = Timestamp::from_micros(Timestamp::now().as_micros() - HOUR);
        trial.connect();
        site.sql("RENAME TABLE operational_activity TO before_it");
        site.sql(&format!(
            "CREATE TABLE operational_activity LIKE before_it; \
             ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at) \
             PARTITION BY RANGE COLUMNS (occurred_at) (PARTITION only VALUES LESS THAN ('{end}'))"
        ));
        let earlier = Timestamp::from_micros(end.as_micros() - HOUR);
        for number in 0..300 {
            trial.record_at(earlier, &format!("fits-{number}"), &[]);
            trial.record(&format!("waits-{number}"));
        }
        trial.suffer(lasts(3, 20), &["partition"]);
        promise_red(&mut trial);
        promise_stored(&mut trial, "fits-", 300);
        site.sql(
            "ALTER TABLE operational_activity ADD PARTITION (PARTITION others VALUES LESS THAN (MAXVALUE))",
        );
        back(&site);
        trial.recover();
        trial.conclude();
    });
}

/// Narrows a column. The existing rows do not fit either and move to another table meanwhile.
fn narrow(site: &Site, width: u32) {
    site.sql(&format!(
        "RENAME TABLE operational_activity TO before_it; \
         CREATE TABLE narrower LIKE before_it; \
         ALTER TABLE narrower MODIFY action VARCHAR({width}) NOT NULL; \
         RENAME TABLE narrower TO operational_activity"
    ));
}

fn back(site: &Site) {
    let columns =
        "event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload";
    site.sql(&format!(
        "INSERT INTO operational_activity ({columns}) SELECT {columns} FROM before_it"
    ));
}

/// Promises that health asks for human action, and that nothing is dead-lettered.
fn promise_red(trial: &mut Trial<'_>) {
    let health = trial.recorder.health();
    let dead = trial.recorder.stats().dead_lettered;
    trial.row.extra = json!({"dead_lettered_during": dead});
    let is_red = health.status == behavior_trace::health::HealthStatus::Unhealthy;
    trial.row.promise(is_red && dead == 0, || {
        format!("{dead} dead letters, and during the fault {health:?}")
    });
}

fn promise_stored(trial: &mut Trial<'_>, prefix: &str, wanted: usize) {
    let count = |trial: &Trial<'_>| {
        let rows = trial.in_table();
        rows.iter().filter(|id| id.starts_with(prefix)).count()
    };
    let stored = trial.wait(Duration::from_secs(5), |trial| count(trial) == wanted);
    let found = count(trial);
    trial.row.promise(stored, || {
        format!("{found} of {wanted} rows that fit are stored during the fault")
    });
}
