//! I3: the process that salvages a damaged spool is killed in the middle. The next one continues.

use std::time::{Duration, Instant};

use behavior_trace_servers::Kind;
use serde_json::json;

use super::damage::Damaged;
use super::left::{directory, evidence, files, is_salvaged};
use super::pages;
use super::process::Process;
use super::sqlite::Sqlite;
use crate::faults::judgement::lasts;
use crate::faults::judgement::trial::Trial;
use crate::faults::site::{Site, wait};
use crate::faults::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_start_killed_in_the_middle_of_salvage_costs_no_row => super::killed;
}

fn killed(kind: Kind) {
    let site = Site::new(kind);
    let page = pages::Kind::Leaf;
    let damaged = Damaged::leave(&site, 0, rounds(20_000, 100_000), page);
    let count = damaged.ids.len();
    site.server.stop().expect("stops");
    let (mut kills, mut in_the_middle) = (0, 0);
    for kill in 0..rounds(3, 20) {
        let mut process = Process::start(&site, "idle", |_| ());
        await_salvage(&site);
        wait(Duration::from_millis(u64::from(5 + kill * 67 % 400)));
        process.kill();
        kills += 1;
        in_the_middle += u32::from(is_in_the_middle(&site, count));
    }
    site.server.restart().expect("starts");
    let mut trial = Trial::on(&site, 203, "I3f start killed in the middle of salvage");
    trial.expect(damaged.ids.clone());
    let readable = damaged.ids.len() - damaged.unreadable.len();
    // Unreadable rows are counted last, when all readable ones may have arrived.
    let is_done = trial.wait(lasts(60, 60), |trial| {
        trial.in_table().len() >= readable && is_salvaged(&site, 0)
    });
    let is_empty = trial.wait(lasts(5, 30), |trial| trial.is_empty());
    let state = trial.state();
    trial.row.promise(is_done && is_empty, || {
        format!("not everything has arrived: {state}, {}", evidence(&site))
    });
    damaged.promise_no_others(&mut trial);
    let missing = trial.missing();
    let excess = missing
        .iter()
        .filter(|id| !damaged.unreadable.contains(*id));
    let excess = excess.count();
    trial.row.promise(excess == 0, || {
        format!(
            "{excess} of {readable} readable rows are lost: {}",
            evidence(&site)
        )
    });
    // The process that met the unreadable rows has counted them, and most of these processes are dead.
    let unreadable = damaged.unreadable.len() as u64;
    trial.unreadable = trial.recorder.stats().dropped.spool_damaged;
    let counted = trial.unreadable;
    trial.row.promise(counted <= unreadable, || {
        format!("{counted} rows were counted as lost, where {unreadable} cannot be read")
    });
    trial.lost_before = unreadable.saturating_sub(counted);
    trial.row.extra = json!({"kills": kills, "in_the_middle": in_the_middle});
    trial.conclude();
}

/// Waits a short time for the slot's files to show that the salvage has begun.
fn await_salvage(site: &Site) {
    let before: Vec<_> = files(site, 0);
    let begun = Instant::now();
    let names = |files: &[(String, u64)]| -> Vec<String> {
        let names = files.iter().map(|(name, _)| name.clone());
        names
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect()
    };
    // A process that continues an earlier salvage renames no file, so the wait has a limit.
    while names(&files(site, 0)) == names(&before) && begun.elapsed() < Duration::from_millis(500) {
        wait(Duration::from_millis(1));
    }
}

/// Returns whether the slot's spool has some but not all of the rows.
fn is_in_the_middle(site: &Site, count: usize) -> bool {
    let copy = tempfile::tempdir().expect("a directory");
    for (name, _) in files(site, 0) {
        let from = directory(site, 0).join(&name);
        std::fs::copy(from, copy.path().join(name)).expect("copied");
    }
    let rows = Sqlite::open(&copy.path().join("spool.db")).count();
    rows.is_some_and(|rows| rows > 0 && rows < count)
}
