//! Spools that earlier processes left in their slots, and the current files of a slot.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use behavior_trace::config::Config;
use behavior_trace::config::Pipeline;
use tempfile::TempDir;

use super::sqlite::Sqlite;
use crate::faults::load::{payload, record};
use crate::faults::site::{Site, wait};

/// URL without a listener.
const NOWHERE: &str = "mysql://trace@127.0.0.1:1/faults";

/// Leaves rows in a slot, like a process that ends normally while the server is down. Returns their events.
pub(super) fn leave(site: &Site, slot: usize, name: &str, count: u32) -> Vec<String> {
    let spool = tempfile::tempdir_in(site.spool.path()).expect("a directory");
    let (recorder, ids) = spooled(site, &spool, name, count);
    let report = recorder.shutdown_blocking(Duration::from_secs(10));
    assert_eq!(report.spooled, u64::from(count), "{report}");
    put(&spool, site, slot);
    ids
}

/// Leaves a slot like a process that is killed after delivering everything: an empty spool, and its log.
pub(super) fn leave_killed(site: &Site, slot: usize) {
    let (spool, copy) = (temporary(), temporary());
    let (recorder, _) = spooled(site, &spool, "delivered", 1);
    let (from, to) = (spool.path().join("0"), copy.path().join("0"));
    let mut other = Sqlite::open(&from.join("spool.db"));
    other.run("DELETE FROM spool");
    make_slot(&to);
    for file in ["spool.db", "spool.db-wal", "spool.db-shm"] {
        fs::copy(from.join(file), to.join(file)).expect("copied");
    }
    drop(other);
    recorder.shutdown_blocking(Duration::from_secs(5));
    put(&copy, site, slot);
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// Creates a recorder that has spooled this many rows.
fn spooled(site: &Site, spool: &TempDir, name: &str, count: u32) -> (Pipeline, Vec<String>) {
    let mut config: Config = site.config();
    config.database_url = Some(NOWHERE.parse().expect("a good URL"));
    config.spool_dir = Some(spool.path().to_owned());
    config.on_error = None;
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink = recorder.sink();
    let ids: Vec<_> = (0..count)
        .map(|number| format!("{name}-{number}"))
        .collect();
    for id in &ids {
        assert!(record(&*sink, "order.update", id, &payload(id)).0);
    }
    let begun = Instant::now();
    while recorder.stats().spooled < u64::from(count) {
        let stats = recorder.stats();
        assert!(begun.elapsed() < Duration::from_mins(1), "{stats:?}");
        wait(Duration::from_millis(5));
    }
    (recorder, ids)
}

/// Moves the first slot of a spool directory into a slot of the site.
fn put(spool: &TempDir, site: &Site, slot: usize) {
    let (from, to) = (spool.path().join("0"), directory(site, slot));
    if fs::rename(&from, &to).is_ok() {
        return;
    }
    // The source may be on another volume, so a rename is not possible.
    make_slot(&to);
    for entry in fs::read_dir(from).expect("a slot") {
        let file = entry.expect("a file").path();
        let name = file.file_name().expect("a name");
        fs::copy(&file, to.join(name)).expect("copied");
    }
}

/// Creates a slot as the recorder does.
pub(super) fn make_slot(directory: &Path) {
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700).create(directory).expect("a slot");
}

/// Returns the directory of a slot.
pub(super) fn directory(site: &Site, slot: usize) -> PathBuf {
    site.spool.path().join(slot.to_string())
}

/// Returns the spool file of a slot.
pub(super) fn file(site: &Site, slot: usize) -> PathBuf {
    directory(site, slot).join("spool.db")
}

/// Returns the files of a slot with their sizes.
pub(super) fn files(site: &Site, slot: usize) -> Vec<(String, u64)> {
    let Ok(entries) = fs::read_dir(directory(site, slot)) else {
        return Vec::new();
    };
    let sizes = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Some((name, entry.metadata().ok()?.len()))
    });
    let mut sizes: Vec<_> = sizes.collect();
    sizes.sort();
    sizes
}

/// Returns whether each quarantined file of a slot has been read to its end.
pub(super) fn is_salvaged(site: &Site, slot: usize) -> bool {
    let files = files(site, slot);
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    names
        .iter()
        .filter(|name| name.starts_with("damaged-"))
        .filter_map(|name| name.strip_suffix(".db"))
        .all(|name| names.contains(&format!("{name}.done").as_str()))
}

/// Returns everything that helps to find a missing row: the files of each slot, the contents of each table in a copy of
/// them, and the reported errors.
pub(super) fn evidence(site: &Site) -> String {
    let mut slots = Vec::new();
    for slot in (0..).take_while(|slot| directory(site, *slot).is_dir()) {
        let (copy, files) = (temporary(), files(site, slot));
        for (name, _) in &files {
            // A file that was removed meanwhile has no tables in the report.
            let _ = fs::copy(directory(site, slot).join(name), copy.path().join(name));
        }
        let names = files.iter().map(|(name, _)| name);
        let tables: Vec<_> = names
            .filter(|name| Path::new(name).extension().is_some_and(|it| it == "db"))
            .map(|name| {
                let tables = Sqlite::open(&copy.path().join(name)).tables();
                format!("{name}: {tables}")
            })
            .collect();
        slots.push(format!("slot {slot}: {files:?}, {tables:?}"));
    }
    format!("{slots:#?}, told: {}", told(site))
}

/// Returns whether a slot still has its `spool.db`, not smaller than before, and no renamed file.
pub(super) fn is_untouched(site: &Site, slot: usize, bytes: u64) -> bool {
    let files = files(site, slot);
    let is_there = |name: &str| files.iter().any(|(it, now)| it == name && *now >= bytes);
    is_there("spool.db") && !files.iter().any(|(name, _)| name.starts_with("damaged"))
}

/// Returns the size of a slot's spool.
pub(super) fn size(site: &Site, slot: usize) -> u64 {
    fs::metadata(file(site, slot)).expect("a spool").len()
}

/// Returns the errors reported to the hook, except for the warning that the small volume is in memory.
pub(super) fn told(site: &Site) -> String {
    let faults = site.faults.lock().expect("no hook panics").clone();
    let faults = faults.into_iter();
    let faults = faults.filter(|fault| !fault.starts_with("the spool directory "));
    faults.collect::<Vec<_>>().join("\n")
}
