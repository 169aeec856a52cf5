//! I2: a dead process's spool on a full volume. Each process that tries to recover it leaves it unchanged.

use std::time::Duration;

use behavior_trace_servers::Kind;
use serde_json::json;

use super::left::{directory, file, files, is_untouched, leave, leave_killed, size, told};
use super::sqlite::Sqlite;
use super::volume::Volume;
use crate::faults::judgement::trial::Trial;
use crate::faults::judgement::{compare, lasts, limit};
use crate::faults::report::Row;
use crate::faults::site::Site;
use crate::faults::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_volume_full_while_adopting_takes_no_row_away => super::full;
}

const FAULT: &str = "I2 volume full while adopting a dead process's slot";

fn full(kind: Kind) {
    Volume::small(|volume| {
        let mut site = Site::new(kind);
        site.spool = volume.directory();
        // The first slot opens without free space, since its log exists; the second does not.
        leave_killed(&site, 0);
        let ids = leave(&site, 1, "old", 2000);
        let before = size(&site, 1);
        let filler = volume.fill();
        let mut row = Row::new(202, FAULT, kind);
        // More attempts than the number of damaged files that are kept.
        for process in 0..rounds(4, 6) {
            attempt(&site, &mut row, process);
        }
        row.promise(is_untouched(&site, 1, before), || {
            format!("the good file was touched: {:?}", files(&site, 1))
        });
        drop(filler);
        // With a little free space, one of the processes may have delivered some rows.
        let left = rows_in(&site, 1);
        let stored = compare::stored(&site).len();
        row.promise(left + stored >= 2000, || {
            format!("{left} rows are left and {stored} stored of 2000")
        });
        let mut config = site.config();
        config.statement_timeout = limit();
        let table = Box::new(|| compare::stored(&site));
        let mut trial = Trial::of(row, config, table);
        trial.expect(ids);
        let arrived = |trial: &mut Trial<'_>| trial.recorder.stats().recovered >= 2000;
        trial.wait(lasts(6, 30), arrived);
        trial.drain(lasts(6, 60));
        trial.conclude();
    });
}

/// Runs a process that tries to recover the spool, and ends it.
fn attempt(site: &Site, row: &mut Row, process: u32) {
    site.faults.lock().expect("no hook panics").clear();
    let mut config = site.config();
    config.statement_timeout = limit();
    let recorder = behavior_trace::config::Pipeline::start(config).expect("a good configuration");
    let begun = std::time::Instant::now();
    let is_told = || told(site).contains("spool");
    while !is_told() && begun.elapsed() < Duration::from_secs(5) {
        crate::faults::site::wait(Duration::from_millis(10));
    }
    let text = told(site);
    row.promise(text.contains("spool"), || {
        format!("the error hook of process {process} was not told of the spool: {text}")
    });
    row.extra = json!({"told": text, "files": files(site, 1)});
    recorder.shutdown_blocking(Duration::from_secs(1));
}

/// Returns the number of readable rows in a slot's `spool.db`.
fn rows_in(site: &Site, slot: usize) -> usize {
    let file = file(site, slot);
    if !file.exists() {
        return 0;
    }
    let has_table = "SELECT 1, name FROM sqlite_schema WHERE name = 'spool'";
    let mut spool = Sqlite::open(&file);
    let rows = match spool.pairs(has_table).len() {
        0 => 0,
        _ => spool.rows().len(),
    };
    spool.close();
    assert!(directory(site, slot).is_dir());
    rows
}
