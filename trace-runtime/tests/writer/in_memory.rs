//! The writer's loop with a scripted store.

use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::spool::Storage;
use tokio::time::Instant;

use super::scripted::{Answer, LONG, Rig, Scripted, names};
use crate::pipeline::storage_of;
use crate::shared::Shared;
use crate::writer::Writer;
use crate::writer::backlog::MAX_ROWS;
use crate::writer::pace::IDLE_TICK;

fn writer(shared: &Arc<Shared>) -> Writer<Scripted, Storage> {
    let storage = storage_of(&shared.config);
    Writer::new(Arc::clone(shared), Scripted::default(), storage)
}

/// Takes events as the loop does.
fn take_due(writer: &mut Writer<Scripted, Storage>, now: Instant) -> bool {
    let leaves = writer.can_leave_events();
    let queue = Arc::clone(&writer.shared.queue);
    writer.intake.take_due(&queue, leaves, IDLE_TICK, now)
}

#[test]
fn every_event_is_stored_once() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    let names = names(2500);
    rig.record_all(&names);
    let stats = rig.settled();
    assert_eq!((stats.accepted, stats.stored), (2500, 2500));
    assert_eq!(store.actions(), names);
    assert!(store.inner().largest <= 1000);
}

#[test]
fn a_lost_answer_is_followed_by_the_same_ids() {
    let answers = (0..3).map(|_| Answer::StoresButFails(ErrorClass::UnknownOutcome));
    let store = Scripted::answering(answers);
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(10));
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.failed_attempts), (10, 3));
    assert_eq!(store.actions(), names(10));
}

#[test]
fn an_attempt_that_hangs_is_given_up_and_repeated() {
    let store = Scripted::answering([Answer::Hangs, Answer::Stores]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    assert_eq!(store.actions(), ["thing.one"]);
}

#[test]
fn rows_known_to_be_stored_are_not_sent_again() {
    let store = Scripted::answering([Answer::StoresFirst(7, ErrorClass::Transient)]);
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(10));
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.failed_attempts), (10, 1));
    assert_eq!(store.actions(), names(10));
}

#[test]
fn a_panicking_attempt_loses_nothing() {
    let store = Scripted::answering([Answer::Panics]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
}

#[test]
fn one_bad_row_at_any_place_costs_at_most_ten_more_statements() {
    for place in [0, 1, 249, 250, 251, 498, 499] {
        let store = Scripted::default();
        let rig = Rig::start(&store, |config| {
            config.linger = Some(Duration::from_secs(5));
        });
        for at in 0..500 {
            rig.record(if at == place { "bad.row" } else { "good.row" });
        }
        let stats = rig.settled();
        assert_eq!((stats.stored, stats.dropped.poison), (499, 1), "{place}");
        assert_eq!(store.actions().len(), 499, "{place}");
        let statements = store.inner().statements;
        assert!(
            statements <= 11,
            "{statements} statements, bad row at {place}"
        );
    }
}

#[test]
fn a_row_that_is_too_big_loses_its_payload_and_not_its_life() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.small");
    rig.record_with("thing.big", &format!("{:?}", "x".repeat(5000)));
    rig.record("thing.also_small");
    assert_eq!(rig.settled().stored, 3);
    let inner = store.inner();
    let big = inner.rows.values().find(|row| row.action == "thing.big");
    let payload = &big.expect("stored").payload;
    assert!(payload.contains("truncated"), "{payload}");
}

#[test]
fn a_store_that_is_away_is_waited_for() {
    let store = Scripted::default();
    store
        .inner()
        .connects
        .extend([ErrorClass::Unavailable, ErrorClass::Configuration]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    assert_eq!(rig.handle.health().status, crate::HealthStatus::Healthy);
}

#[test]
fn a_shutdown_that_reaches_nobody_counts_what_it_drops() {
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Transient);
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(10));
    let report = rig.handle.shut_down(Duration::from_millis(300));
    assert_eq!((report.dropped.shutdown, report.pending), (10, 0));
    rig.record("thing.late");
    let stats = rig.handle.stats();
    assert_eq!(stats.dropped.after_shutdown, 1);
    assert_eq!(stats.unaccounted(), 0);
}

#[test]
fn a_flush_and_a_shutdown_may_have_all_the_time_there_is() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert!(rig.handle.flush_blocking(Duration::MAX).is_complete());
    rig.record("thing.two");
    let report = rig.handle.shut_down(Duration::MAX);
    assert_eq!((report.stored, report.pending), (2, 0));
}

#[test]
fn a_full_queue_drops_the_newest_and_counts_them() {
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = Rig::start(&store, |config| config.queue_bytes = 64 * 1024);
    for name in names(2000) {
        rig.record_with(&name, &format!("{:?}", "x".repeat(100)));
    }
    let stats = rig.handle.stats();
    assert!(stats.dropped.queue_full > 0);
    assert_eq!(stats.accepted, 2000);
    assert_eq!(stats.unaccounted(), 0);
    store.inner().always = None;
    let stats = rig.settled();
    assert_eq!(stats.stored + stats.dropped.queue_full, 2000);
    assert_eq!(store.actions()[0], "thing.n0000");
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    let store = Scripted::default();
    store.inner().connects.push_back(ErrorClass::Unavailable);
    let rig = Rig::start(&store, |config| {
        config.on_error = Some(Arc::new(|_| panic!("a hook")));
    });
    rig.record("thing.one");
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.restarts), (1, 0));
    rig.when(|stats| stats.panicked >= 1);
}

#[test]
fn a_hook_that_hangs_holds_up_nothing_and_is_counted() {
    let store = Scripted::default();
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let freed = std::sync::Mutex::new(freed);
    store.inner().connects.push_back(ErrorClass::Unavailable);
    let rig = Rig::start(&store, |config| {
        config.on_error = Some(Arc::new(move |_| {
            let _ = freed.lock().expect("no panic").recv();
        }));
    });
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    let begun = std::time::Instant::now();
    let report = rig.handle.shut_down(LONG);
    assert!(report.is_complete(), "{report:?}");
    assert!(begun.elapsed() < LONG / 2);
    assert_eq!(rig.handle.stats().unreported, 1);
    drop(free);
}

#[test]
fn after_two_panics_without_a_spool_the_writer_goes_on_sending_and_names_it() {
    let store = Scripted::default();
    store.inner().panics = 2;
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.unlucky");
    rig.wait_for_restarts(1);
    rig.record("thing.unlucky");
    rig.wait_for_restarts(2);
    let health = rig.handle.health();
    assert_eq!(health.status, crate::HealthStatus::Unhealthy, "{health:?}");
    let cause = health.cause.unwrap_or_default();
    assert!(cause.contains("goes on sending"), "{cause}");
    rig.record("thing.after");
    rig.when(|stats| stats.stored >= 1 && stats.in_memory == 0);
    assert!(store.actions().contains(&"thing.after".to_owned()));
}

#[test]
fn a_panic_of_the_writer_costs_at_most_the_batch_at_hand_and_is_counted() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.before");
    assert_eq!(rig.settled().stored, 1);
    store.inner().panics = 1;
    rig.record("thing.unlucky");
    let stats = rig.settled();
    assert_eq!((stats.restarts, stats.dropped.writer_died), (1, 1));
    rig.record("thing.after");
    assert_eq!(rig.settled().stored, 2);
    let health = rig.handle.health();
    assert_eq!(health.status, crate::HealthStatus::Unhealthy, "{health:?}");
}

#[test]
fn a_writer_that_keeps_panicking_ends_and_counts_everything() {
    let store = Scripted::default();
    store.inner().panics = 1000;
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(10));
    rig.wait_for_restarts(2);
    let report = rig.handle.shut_down(Duration::from_millis(500));
    assert_eq!(report.pending, 0, "{report:?}");
    assert_eq!(report.dropped.total(), 10, "{report:?}");
    assert_eq!(rig.handle.stats().unaccounted(), 0);
}

#[test]
fn a_panic_that_was_survived_is_past_once_something_is_stored() {
    let store = Scripted::default();
    store.inner().panics = 1;
    let rig = Rig::start(&store, |_| {});
    rig.wait_for_restarts(1);
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    assert_eq!(rig.handle.stats().restarts, 1);
    assert_eq!(rig.handle.health().status, crate::HealthStatus::Healthy);
}

#[tokio::test(flavor = "current_thread")]
async fn a_loss_is_told_for_a_minute_and_remembered_for_good() {
    let shared = Rig::shared(|_| {});
    let mut writer = writer(&shared);
    shared
        .queue
        .counters()
        .add(crate::stats::Metric::WriterDied, 3);
    let begun = tokio::time::Instant::now();
    writer.losses.watch(&shared, begun);
    assert_eq!(
        shared.condition.health().status,
        crate::HealthStatus::Unhealthy
    );
    writer
        .losses
        .watch(&shared, begun + Duration::from_secs(59));
    assert_eq!(
        shared.condition.health().status,
        crate::HealthStatus::Unhealthy
    );
    writer
        .losses
        .watch(&shared, begun + Duration::from_secs(61));
    assert_eq!(
        shared.condition.health().status,
        crate::HealthStatus::Healthy
    );
    let losses = shared.stats().losses;
    assert_eq!((losses.len(), losses[0].events), (1, 3), "{losses:?}");
    assert_eq!(losses[0].reason, "the writer died");
}

#[test]
fn an_unknown_error_on_every_statement_loses_no_row() {
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Other);
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(20));
    store.wait_for(8);
    let stats = rig.handle.stats();
    assert_eq!((stats.in_memory, stats.dropped.total()), (20, 0));
    let cause = rig.handle.health().cause.unwrap_or_default();
    assert!(cause.contains("every row alike"), "{cause}");
    store.inner().always = None;
    // Rows whose attempt the end of the fault interrupted are tried again after twenty seconds at the earliest.
    rig.when_within(Duration::from_mins(1), |stats| stats.stored == 20);
    assert_eq!(store.actions(), names(20));
}

#[test]
fn a_row_that_alone_is_refused_for_an_unknown_reason_holds_nobody_up() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("odd.row");
    store.wait_for(2);
    rig.record_all(&names(20));
    let stats = rig.when(|stats| stats.stored == 20);
    assert_eq!((stats.in_memory, stats.dropped.total()), (1, 0));
    assert_eq!(store.actions(), names(20));
    let cause = rig.handle.health().cause.unwrap_or_default();
    assert!(cause.contains("nobody knows"), "{cause}");
}

#[test]
fn an_odd_row_among_others_is_found_and_they_are_stored_once() {
    for place in [0, 10, 18, 19] {
        let store = Scripted::default();
        let rig = Rig::start(&store, |config| {
            config.linger = Some(Duration::from_secs(5));
        });
        for (at, name) in names(20).iter().enumerate() {
            rig.record(if at == place { "odd.row" } else { name });
        }
        let report = rig.handle.flush_blocking(Duration::from_millis(300));
        assert_eq!((report.stored, report.pending), (19, 1), "{place}");
        let stats = rig.when(|stats| stats.stored == 19);
        assert_eq!((stats.in_memory, stats.dropped.total()), (1, 0), "{place}");
        assert_eq!(store.actions().len(), 19, "{place}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_single_event_behind_a_backlog_is_taken_no_later_than_when_idle() {
    let shared = Rig::shared(|_| {});
    let mut writer = writer(&shared);
    let begun = tokio::time::Instant::now();
    let push = || shared.queue.push(Timestamp::now(), b"");
    (0..MAX_ROWS).for_each(|_| push());
    assert!(take_due(&mut writer, begun));
    push();
    assert!(!take_due(&mut writer, begun));
    assert!(take_due(&mut writer, begun + IDLE_TICK));
    assert_eq!(writer.intake.backlog().frames(), MAX_ROWS as u64 + 1);
}

#[tokio::test(flavor = "current_thread")]
async fn a_single_event_that_is_to_be_spooled_is_taken_at_each_tick() {
    let shared = Rig::shared(|config| config.durability = Some(crate::config::Durability::Spool));
    let mut writer = writer(&shared);
    let begun = tokio::time::Instant::now();
    let push = || shared.queue.push(Timestamp::now(), b"");
    (0..MAX_ROWS).for_each(|_| push());
    assert!(take_due(&mut writer, begun));
    push();
    assert!(take_due(&mut writer, begun));
}
