//! I7: a row that the server always refuses, while another process locks the spool.

use behavior_trace_servers::Kind;

use super::left::file;
use super::sqlite::Sqlite;
use crate::faults::judgement::{lasts, trial::Trial};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    mysql in earnest;
    a_poison_row_is_kept_while_the_spool_is_busy => super::busy;
}

fn busy(kind: Kind) {
    let site = Site::new(kind);
    let mut trial = Trial::on(&site, 207, "I7 a poison row while the spool is busy");
    trial.connect();
    site.sql(
        "ALTER TABLE operational_activity ADD CONSTRAINT no_poison CHECK (resource_id NOT LIKE 'poison%')",
    );
    // Another connection, as of a person who inspects or copies the file.
    let mut other = Sqlite::open(&file(&site, 0));
    other.run("BEGIN IMMEDIATE");
    let good = trial.load("good", 500);
    for number in 0..20 {
        trial.record(&format!("poison-{number}"));
    }
    let refused = trial.wait(lasts(5, 20), |trial| {
        trial.recorder.stats().failed_attempts > 0
    });
    assert!(refused, "{}", trial.state());
    trial.wait(lasts(2, 30), |_| false);
    let meanwhile = trial.recorder.stats();
    trial.row.promise(
        meanwhile.dropped.total() == 0 && meanwhile.dead_lettered == 0,
        || format!("rows were given up while the spool was busy: {meanwhile:?}"),
    );
    other.run("COMMIT");
    let kept = trial.wait(lasts(5, 60), |trial| {
        trial.recorder.stats().dead_lettered == 20
    });
    let state = trial.state();
    trial
        .row
        .promise(kept, || format!("the rows are no dead letters: {state}"));
    trial.absorb(good);
    trial.drain(lasts(5, 60));
    trial.conclude_with(|id| id.starts_with("poison"));
}
