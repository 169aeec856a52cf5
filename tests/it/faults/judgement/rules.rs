//! H14: single rows that a rule of the application refuses, or a lock delays. They delay no others.

use std::time::{Duration, Instant};

use behavior_trace_servers::Kind;
use serde_json::json;

use super::others::OtherSession;
use super::trial::Trial;
use super::{lasts, limit};
use crate::faults::site::{RATE, Site};
use crate::faults::{on_both, rounds};

on_both! {
    a_row_behind_a_lock_holds_up_no_other => super::locked_row;
    rows_that_a_check_refuses_hold_up_no_other => super::check;
    rows_that_a_trigger_refuses_hold_up_no_other => super::trigger;
}

/// Returns how many rows per second of this load are stored in a steady state, leaving out the first second.
fn rate(trial: &mut Trial<'_>, name: &str, time: Duration) -> f64 {
    let load = trial.load(name, RATE);
    trial.wait(Duration::from_secs(1), |_| false);
    let (begun, before) = (Instant::now(), trial.in_table().len());
    trial.wait(time, |_| false);
    let stored = trial.in_table().len() - before;
    let stored = u32::try_from(stored).expect("not so many");
    let rate = f64::from(stored) / begun.elapsed().as_secs_f64();
    trial.absorb(load);
    rate
}

fn promise_rate(trial: &mut Trial<'_>, normal: f64, meanwhile: f64) {
    trial.row.promise(meanwhile >= normal / 2.0, || {
        format!("{meanwhile:.0} rows a second, where {normal:.0} are normal")
    });
}

/// Locks one row. The server checks the timeout of a lock wait once a second, so the limit here is longer.
fn locked_row(kind: Kind) {
    let site = Site::new(kind);
    let fault = "H14a one row behind a lock";
    let mut trial = Trial::with(&site, 114, fault, |config| {
        config.statement_timeout = limit().max(Duration::from_secs(2));
    });
    trial.connect();
    let normal = rate(&mut trial, "before", Duration::from_secs(1));
    let mut other = OtherSession::new(&site);
    other.sql(&[
        "CREATE TABLE faults.gate (id INT PRIMARY KEY)",
        "INSERT INTO faults.gate VALUES (1)",
        "CREATE TRIGGER faults.waits BEFORE INSERT ON {activity} FOR EACH ROW \
         IF NEW.resource_id = 'locked' THEN SET @gate = (SELECT id FROM faults.gate WHERE id = 1 FOR UPDATE); END IF",
        "BEGIN",
        "SELECT id FROM faults.gate WHERE id = 1 FOR UPDATE",
    ]);
    trial.record("locked");
    let meanwhile = rate(&mut trial, "during", lasts(5, 30));
    // This includes rows of the same batch as the locked one.
    let others = |trial: &Trial<'_>| trial.in_table().len() + 1 == trial.acked();
    let stored = trial.wait(Duration::from_secs(10), |trial| others(trial));
    let missing = trial.acked() - trial.in_table().len();
    trial.row.promise(stored, || {
        format!("{missing} rows are missing while the lock of one is held")
    });
    let waits = !trial.in_table().contains("locked");
    trial
        .row
        .promise(waits, || "the row did not wait for the lock".to_owned());
    trial.row.extra =
        json!({"normal_per_second": normal.round(), "meanwhile_per_second": meanwhile.round()});
    promise_rate(&mut trial, normal, meanwhile);
    other.sql(&["COMMIT"]);
    trial.recover();
    trial.conclude();
}

fn check(kind: Kind) {
    let rule =
        "ALTER TABLE {activity} ADD CONSTRAINT no_sevens CHECK (resource_id NOT LIKE 'ruled%7')";
    ruled(kind, "H14b a CHECK that one row in ten fails", rule);
}

fn trigger(kind: Kind) {
    let rule = "CREATE TRIGGER faults.no_sevens BEFORE INSERT ON {activity} FOR EACH ROW \
                IF NEW.resource_id LIKE 'ruled%7' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no sevens'; END IF";
    ruled(kind, "H14c a trigger that refuses one row in ten", rule);
}

fn is_bad(id: &str) -> bool {
    id.starts_with("ruled") && id.ends_with('7')
}

/// Checks that rows which a rule refuses are dead-lettered, unchanged.
fn ruled(kind: Kind, fault: &'static str, rule: &str) {
    let site = Site::new(kind);
    let mut trial = Trial::on(&site, 114, fault);
    trial.connect();
    let normal = rate(&mut trial, "before", Duration::from_secs(1));
    let free = saturate(&mut trial, "free");
    OtherSession::new(&site).sql(&[rule]);
    // The rule lets nine of ten rows pass.
    let meanwhile = rate(&mut trial, "ruled", lasts(2, 10)) / 0.9;
    promise_rate(&mut trial, normal, meanwhile);
    let refused = saturate(&mut trial, "ruled-at-once");
    trial.row.extra = json!({
        "normal_per_second": normal.round(), "meanwhile_per_second": meanwhile.round(),
        "saturated_per_second": {"without_rule": free.round(), "with_rule": refused.round()},
    });
    trial.drain(lasts(10, 60));
    trial.conclude_with(is_bad);
}

/// Records many events at once. Returns how many per second are stored or dead-lettered.
fn saturate(trial: &mut Trial<'_>, name: &str) -> f64 {
    let count = rounds(5_000, 50_000);
    trial.wait(lasts(10, 60), |trial| trial.is_empty());
    let begun = Instant::now();
    for number in 0..count {
        trial.record(&format!("{name}-{number}"));
    }
    trial.wait(lasts(10, 60), |trial| trial.is_empty());
    let stats = trial.recorder.stats();
    let left = u32::try_from(stats.spooled + stats.in_memory).expect("not so many");
    f64::from(count.saturating_sub(left)) / begun.elapsed().as_secs_f64()
}
