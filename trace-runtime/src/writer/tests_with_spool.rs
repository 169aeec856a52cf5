//! The loop against a scripted store, with a spool.

use std::time::Duration;

use tempfile::{TempDir, tempdir};

use super::scripted::{Answer, LONG, Rig, Scripted, names};
use crate::config::Durability;
use crate::spool::intruder::Intruder;
use crate::stats::Stats;
use crate::store::ErrorClass;

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
    assert_eq!(rig.handle.health().status, crate::Status::Degraded);
    store.inner().always = None;
    when(&rig, |stats| stats.stored == 1500 && stats.spooled == 0);
    assert_eq!(store.actions(), names(1500));
}

#[test]
fn a_shutdown_spools_what_the_store_does_not_take_and_the_next_start_delivers_it() {
    let directory = tempdir().expect("a directory");
    let away = Scripted::answering((0..100).map(|_| Answer::Hangs));
    let first = rig(&away, &directory);
    first.record_all(&names(700));
    let report = first.handle.shut_down(Duration::from_secs(3));
    assert_eq!((report.spooled, report.dropped.total()), (700, 0));
    assert_eq!(first.handle.stats().balance(), 0);
    let back = Scripted::default();
    let second = rig(&back, &directory);
    let stats = when(&second, |stats| stats.stored == 700);
    assert_eq!((stats.recovered, stats.spooled), (700, 0));
    assert_eq!(back.actions(), names(700));
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
        config.linger = LONG;
    });
    rig.record("thing.update");
    rig.record("order.approve");
    let stats = rig.handle.stats();
    assert_eq!((stats.spooled, stats.not_durable), (1, 0), "{stats:?}");
    assert_eq!(stats.balance(), 0);
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
        stats.spooled > 0 && rig.handle.health().status == crate::Status::Red
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
    let stats = when(&rig, |stats| stats.stored == 1500);
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
    assert_eq!(rig.handle.health().status, crate::Status::Degraded);
}

#[test]
fn a_shutdown_that_finds_the_spool_busy_waits_for_it_while_it_may() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = rig(&store, &directory);
    rig.record("thing.first");
    when(&rig, |stats| stats.spooled == 1);
    let mut intruder = Intruder::at(&directory);
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
    let mut intruder = Intruder::at(&directory);
    intruder.say("BEGIN IMMEDIATE");
    rig.record_all(&names(2500));
    let begun = std::time::Instant::now();
    let report = rig.handle.shut_down(Duration::from_millis(300));
    assert!(begun.elapsed() < Duration::from_secs(1), "{report:?}");
    let told = report.pending + report.dropped.total();
    assert_eq!((report.spooled, told), (1, 2500), "{report:?}");
    // The write that was under way goes through now; the books say so.
    intruder.say("COMMIT");
    let stats = when(&rig, |stats| stats.in_memory == 0);
    let on_disk = u64::try_from(intruder.rows()).expect("a number");
    assert_eq!((stats.spooled, stats.balance()), (on_disk, 0), "{stats:?}");
}
