//! The writer's loop with a scripted store and a spool.

use std::fs;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::testing::Intruder;
use tempfile::{TempDir, tempdir};

use super::scripted::{Answer, LONG, Rig, Scripted, names};
use crate::config::Durability;
use crate::stats::Stats;

fn rig(store: &Scripted, directory: &TempDir) -> Rig {
    Rig::start(store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
    })
}

fn when(rig: &Rig, holds: impl Fn(&Stats) -> bool) -> Stats {
    rig.when(holds)
}

#[test]
fn an_outage_is_spooled_and_drained_when_the_store_is_back() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = rig(&store, &directory);
    rig.record_all(&names(1500));
    let stats = rig.settled();
    assert_eq!((stats.spooled, stats.stored), (1500, 0));
    assert_eq!(rig.handle.health().status, crate::HealthStatus::Degraded);
    store.inner().always = None;
    when(&rig, |stats| stats.stored == 1500 && stats.spooled == 0);
    assert_eq!(store.actions(), names(1500));
}

#[test]
fn the_oldest_event_is_known_in_memory_and_in_the_spool_until_it_is_stored() {
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let before = Timestamp::now();
    let without_spool = Rig::start(&store, |_| {});
    without_spool.record("thing.first");
    let stats = when(&without_spool, |stats| stats.oldest_in_memory.is_some());
    let first = stats.oldest_in_memory.expect("noted");
    assert!(first >= before && first <= Timestamp::now(), "{stats:?}");
    assert_eq!(stats.oldest_unstored(), Some(first));

    let directory = tempdir().expect("a directory");
    let spooling = rig(&store, &directory);
    spooling.record("thing.first");
    let stats = when(&spooling, |stats| stats.oldest_spooled.is_some());
    let oldest = stats.oldest_spooled.expect("noted");
    assert!(oldest >= first && oldest <= Timestamp::now(), "{stats:?}");
    spooling.record_all(&names(300));
    spooling.settled();
    store.inner().always = None;
    for rig in [&without_spool, &spooling] {
        let stats = when(rig, |stats| stats.in_memory + stats.spooled == 0);
        assert_eq!(stats.oldest_unstored(), None, "{stats:?}");
    }
}

#[test]
fn the_oldest_event_of_a_dead_processs_spool_is_known() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, &directory);
    first.record("thing.first");
    first.settled();
    let oldest = when(&first, |stats| stats.oldest_spooled.is_some()).oldest_spooled;
    assert_eq!(first.handle.shut_down(LONG).spooled, 1);
    let second = rig(&store, &directory);
    second.record("thing.later");
    let stats = when(&second, |stats| {
        stats.spooled == 2 && stats.oldest_spooled.is_some()
    });
    assert_eq!(stats.oldest_spooled, oldest);
}

#[test]
fn a_shutdown_spools_what_the_store_does_not_take_and_the_next_start_delivers_it() {
    let directory = tempdir().expect("a directory");
    let away = Scripted::answering((0..100).map(|_| Answer::Hangs));
    let first = rig(&away, &directory);
    first.record_all(&names(700));
    let report = first.handle.shut_down(Duration::from_secs(3));
    assert_eq!((report.spooled, report.dropped.total()), (700, 0));
    assert_eq!(first.handle.stats().unaccounted(), 0);
    let back = Scripted::default();
    let second = rig(&back, &directory);
    let stats = when(&second, |stats| stats.stored == 700);
    assert_eq!((stats.recovered, stats.spooled), (700, 0));
    assert_eq!(back.actions(), names(700));
}

#[test]
fn a_batch_that_waits_for_the_store_is_spooled_behind_what_came_later() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::answering((0..100).map(|_| Answer::Hangs));
    let rig = rig(&store, &directory);
    rig.record_all(&names(1));
    store.wait_for(1);
    rig.record_all(&names(3)[1..]);
    when(&rig, |stats| stats.spooled == 3);
    let report = rig.handle.shut_down(Duration::from_secs(5));
    assert_eq!((report.spooled, report.dropped.total()), (3, 0));
    // Thus the order of the file is not that of the calls.
    let actions = Intruder::at(directory.path()).actions();
    assert_eq!(actions, [1, 2, 0].map(|at| names(3)[at].clone()));
}

/// Leaves 1000 rows and a dead letter in the second slot, in a file with a wrong list of free pages.
fn leave_damaged(directory: &TempDir) {
    let elsewhere = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, &elsewhere);
    first.record_all(&names(1500));
    first.settled();
    assert_eq!(first.handle.shut_down(LONG).spooled, 1500);
    let mut intruder = Intruder::at(elsewhere.path());
    intruder.say(
        "DELETE FROM spool WHERE seq > 1000; \
         INSERT INTO dead_letter (buried_at, reason, row) SELECT '', 'why', row FROM spool LIMIT 1; \
         PRAGMA wal_checkpoint(TRUNCATE)",
    );
    drop(intruder);
    let slot = directory.path().join("1");
    fs::rename(elsewhere.path().join("0"), &slot).expect("one volume");
    let file = slot.join("spool.db");
    let mut bytes = fs::read(&file).expect("readable");
    let list = u32::from_be_bytes([bytes[32], bytes[33], bytes[34], bytes[35]]);
    assert!(list > 0);
    // Number of pages that the first page of the list names.
    bytes[(list as usize - 1) * 4096 + 4] ^= 0xff;
    fs::write(&file, bytes).expect("writable");
}

#[test]
fn a_dead_processs_damaged_spool_is_taken_over_once_though_its_rows_can_be_read() {
    let directory = tempdir().expect("a directory");
    leave_damaged(&directory);
    let store = Scripted::default();
    let rig = rig(&store, &directory);
    when(&rig, |stats| stats.salvaged == 1001);
    let stats = when(&rig, |stats| stats.stored >= 1000 && stats.spooled == 0);
    assert_eq!((stats.recovered, stats.stored), (1000, 1000), "{stats:?}");
    assert_eq!((stats.dropped.total(), stats.unaccounted()), (0, 0));
    assert_eq!(rig.handle.shut_down(LONG).spooled, 0);
    let letters = behavior_trace_store::spool::dead_letters(directory.path());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let letters = runtime.block_on(letters).expect("readable");
    assert_eq!(letters.len(), 1);
}

#[test]
fn a_durable_event_is_spooled_before_its_call_returns() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = Rig::start(&store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.durability = Some(Durability::Memory);
        config.durable_actions = vec!["order.*".to_owned()];
        config.linger = Some(LONG);
    });
    rig.record("thing.update");
    rig.record("order.approve");
    let stats = rig.handle.stats();
    assert_eq!((stats.spooled, stats.not_durable), (1, 0), "{stats:?}");
    assert_eq!(stats.unaccounted(), 0);
}

#[test]
fn a_bad_row_becomes_a_dead_letter_wherever_it_comes_from() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    let rig = rig(&store, &directory);
    rig.record("bad.row");
    rig.record("good.row");
    when(&rig, |stats| stats.dead_lettered == 1 && stats.stored == 1);
    store.inner().always = Some(ErrorClass::Unavailable);
    rig.record("bad.row");
    rig.record("good.row");
    when(&rig, |stats| stats.spooled == 2);
    store.inner().always = None;
    let stats = when(&rig, |stats| stats.stored == 2 && stats.dead_lettered == 2);
    assert_eq!(stats.dropped.total(), 0);
}

#[test]
fn a_full_spool_leaves_events_in_memory_until_there_is_room() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = Rig::start(&store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.spool_bytes = 512 << 10;
    });
    let names = names(3000);
    rig.record_all(&names);
    let stats = when(&rig, |stats| {
        stats.spooled > 0 && rig.handle.health().status == crate::HealthStatus::Unhealthy
    });
    assert!(stats.in_memory > 0, "{stats:?}");
    store.inner().always = None;
    when(&rig, |stats| stats.stored == 3000);
    assert_eq!(store.actions(), names);
}

#[test]
fn after_two_panics_the_writer_only_spools() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().panics = 2;
    let rig = rig(&store, &directory);
    when(&rig, |stats| stats.restarts == 2);
    rig.record("thing.one");
    let stats = rig.settled();
    assert_eq!((stats.spooled, stats.stored), (1, 0));
}

#[test]
fn an_unknown_error_on_every_statement_makes_no_dead_letters() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Other);
    let rig = rig(&store, &directory);
    rig.record_all(&names(1500));
    when(&rig, |stats| stats.spooled == 1500);
    store.wait_for(9);
    assert_eq!(rig.handle.stats().dead_lettered, 0);
    store.inner().always = None;
    // Rows whose attempt the end of the fault interrupted are tried again after twenty seconds at the earliest.
    let minute = Duration::from_mins(1);
    let stats = rig.when_within(minute, |stats| stats.stored == 1500);
    assert_eq!((stats.dead_lettered, stats.dropped.total()), (0, 0));
    assert_eq!(store.actions(), names(1500));
}

#[test]
fn a_row_that_alone_is_refused_for_an_unknown_reason_is_kept_in_the_spool_until_that_is_proven() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    let rig = rig(&store, &directory);
    rig.record("odd.row");
    when(&rig, |stats| stats.spooled == 1);
    rig.record_all(&names(3));
    let stats = when(&rig, |stats| stats.stored == 3 && stats.in_memory == 0);
    assert_eq!((stats.spooled, stats.dead_lettered), (1, 0), "{stats:?}");
    assert_eq!(rig.handle.health().status, crate::HealthStatus::Degraded);
}

#[test]
fn a_shutdown_that_finds_the_spool_busy_waits_for_it_while_it_may() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = rig(&store, &directory);
    rig.record("thing.first");
    when(&rig, |stats| stats.spooled == 1);
    let mut intruder = Intruder::at(directory.path());
    intruder.say("BEGIN IMMEDIATE");
    rig.record_all(&names(2500));
    let handle = rig.handle.clone();
    let shutdown = std::thread::spawn(move || handle.shut_down(Duration::from_secs(6)));
    // Longer than a write waits for a busy file.
    std::thread::sleep(Duration::from_millis(1500));
    intruder.say("COMMIT");
    let report = shutdown.join().expect("no panic");
    assert_eq!((report.spooled, report.pending), (2501, 0), "{report:?}");
    assert_eq!(report.dropped.total(), 0, "{report:?}");
    assert_eq!(intruder.rows(), 2501);
}

#[test]
fn what_a_shutdown_reports_is_what_is_on_disk_even_if_a_write_outlasts_the_deadline() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = rig(&store, &directory);
    rig.record("thing.first");
    when(&rig, |stats| stats.spooled == 1);
    let mut intruder = Intruder::at(directory.path());
    intruder.say("BEGIN IMMEDIATE");
    rig.record_all(&names(2500));
    let begun = std::time::Instant::now();
    let report = rig.handle.shut_down(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(1), "{report:?}");
    let told = report.pending + report.dropped.total();
    assert_eq!((report.spooled, told), (1, 2500), "{report:?}");
    // The write in progress goes through now, and the counters include it.
    intruder.say("COMMIT");
    let stats = when(&rig, |stats| stats.in_memory == 0);
    let on_disk = u64::try_from(intruder.rows()).expect("a number");
    assert_eq!(
        (stats.spooled, stats.unaccounted()),
        (on_disk, 0),
        "{stats:?}"
    );
}

#[test]
fn a_poison_row_is_kept_while_the_spool_is_busy() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    let rig = rig(&store, &directory);
    rig.record("good.row");
    when(&rig, |stats| stats.stored == 1);
    let mut intruder = Intruder::at(directory.path());
    intruder.say("BEGIN IMMEDIATE");
    rig.record("bad.row");
    // Longer than a write waits for a busy file.
    std::thread::sleep(Duration::from_millis(2500));
    let stats = rig.handle.stats();
    let kept = stats.in_memory + stats.spooled;
    assert_eq!((kept, stats.dropped.total()), (1, 0), "{stats:?}");
    intruder.say("COMMIT");
    let stats = when(&rig, |stats| stats.dead_lettered == 1);
    assert_eq!(stats.dropped.total(), 0, "{stats:?}");
}

#[test]
fn an_emptied_spool_is_small_again_within_a_minute() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = rig(&store, &directory);
    rig.record_all(&names(9000));
    when(&rig, |stats| stats.spooled == 9000);
    store.inner().always = None;
    when(&rig, |stats| stats.stored == 9000);
    let size = || -> u64 {
        let entries = std::fs::read_dir(directory.path().join("0")).expect("ours");
        let sizes = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.len()));
        sizes.sum()
    };
    assert!(size() > 1 << 20, "{}", size());
    let begun = std::time::Instant::now();
    // The index of the log is 32 KiB.
    while size() > 128 << 10 {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", size());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rows_go_to_another_slot_while_the_first_cannot_be_used_and_come_back() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, &directory);
    first.record_all(&names(500));
    when(&first, |stats| stats.spooled == 500);
    let report = first.handle.shut_down(Duration::from_secs(10));
    assert_eq!(report.spooled, 500);
    // A directory in the place of the log: SQLite cannot open it.
    let log = directory.path().join("0/spool.db-wal");
    std::fs::create_dir(&log).expect("made");
    let second = rig(&store, &directory);
    second.record("thing.new");
    when(&second, |stats| stats.spooled == 1);
    let health = second.handle.health();
    assert_ne!(health.status, crate::HealthStatus::Healthy);
    assert!(directory.path().join("1/spool.db").exists());
    assert!(directory.path().join("0/spool.db").exists());
    std::fs::remove_dir(&log).expect("removed");
    when(&second, |stats| {
        stats.recovered == 500 && stats.spooled == 501
    });
    store.inner().always = None;
    let stats = when(&second, |stats| stats.stored == 501);
    assert_eq!((stats.spooled, stats.dropped.total()), (0, 0), "{stats:?}");
    assert_eq!(second.handle.health().status, crate::HealthStatus::Healthy);
}

#[test]
fn durable_calls_do_not_wait_for_a_large_spool_to_be_looked_through() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, &directory);
    first.record("thing.first");
    when(&first, |stats| stats.spooled == 1);
    let mut intruder = Intruder::at(directory.path());
    intruder.say(
        "INSERT INTO spool (row) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000) \
         SELECT json_set(row, '$.payload', hex(zeroblob(300))) FROM spool, n",
    );
    drop(intruder);
    first.handle.shut_down(Duration::from_secs(10));
    let second = Rig::start(&store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.durability = Some(Durability::Memory);
        config.durable_actions = vec!["order.*".to_owned()];
        config.linger = Some(LONG);
    });
    let begun = std::time::Instant::now();
    second.record("order.approve");
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(1500), "{waited:?}");
    println!("a durable call beside 100,000 spooled rows took {waited:?}");
    assert_eq!(second.handle.stats().not_durable, 0);
    when(&second, |stats| stats.recovered >= 100_001);
}
