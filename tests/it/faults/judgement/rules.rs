//! H14: rows that a rule of the application's refuses, or a lock holds up, one by one. They hold up no others.

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

/// How many of the rows of this load there are in a second of a steady state. The first second is not looked at.
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

/// A server looks for the end of a wait for a lock each second, so the limit here is above that.
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
    // Those that came in one batch with it as well.
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

/// The rule means its rows: these are dead-lettered, and whole.
fn ruled(kind: Kind, fault: &'static str, rule: &str) {
    let site = Site::new(kind);
    let mut trial = Trial::on(&site, 114, fault);
    trial.connect();
    let normal = rate(&mut trial, "before", Duration::from_secs(1));
    let free = saturate(&mut trial, "free");
    OtherSession::new(&site).sql(&[rule]);
    // Nine in ten of them are stored.
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

/// Records many events at once; returns how many a second reached their place.
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
