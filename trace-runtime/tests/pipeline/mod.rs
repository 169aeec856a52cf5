//! Units of work and the queue: the room they take, and the waits of their hand-over. Only tests that start a writer have
//! one.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_core::{Field, Fields, LayerHandle, Sink, UnitOfWork};

use crate::config::{Durability, Overflow};
use crate::queue::Queue;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::writer::tests::scripted::Rig;
use crate::writer::tests::scripted::Scripted;
use crate::{Config, RecorderHandle};

const LONG: Duration = Duration::from_secs(20);

struct Host {
    shared: Arc<Shared>,
    tap: LayerHandle,
}

impl Host {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let shared = Rig::shared(change);
        let sink: Arc<dyn Sink> = RecorderHandle::of(Arc::clone(&shared)).sink();
        let tap = LayerHandle::new(sink, ());
        Self { shared, tap }
    }

    fn durable(wait: Duration) -> Self {
        Self::new(|config| {
            config.durability = Some(Durability::Durable);
            config.durable_wait = wait;
        })
    }

    fn queue(&self) -> &Arc<Queue> {
        &self.shared.queue
    }

    fn record(&self, payload: &str) {
        let mut facts = |fields: &mut Fields| {
            fields.put(Field::Action, "order.approve");
            fields.put(Field::Resource, "Order");
            fields.put(Field::Payload, payload);
        };
        self.tap.collect(&mut facts, &mut |_| (), &mut |_| ());
    }

    fn record_all(&self, unit: &UnitOfWork, events: usize) {
        unit.in_scope(|| (0..events).for_each(|_| self.record("{}")));
    }

    fn stats(&self) -> Stats {
        let stats = self.shared.stats();
        assert_eq!(stats.unaccounted(), 0, "{stats:?}");
        stats
    }
}

/// Returns a unit of 300 events: in itself, in a savepoint and in a nested unit.
fn nested(host: &Host) -> UnitOfWork {
    let outer = UnitOfWork::new();
    host.record_all(&outer, 100);
    let savepoint = outer.handle().savepoint();
    host.record_all(&savepoint, 100);
    savepoint.commit();
    let inner = outer.handle().begin();
    host.record_all(&inner, 100);
    inner.commit();
    outer
}

const ENDS: [fn(UnitOfWork); 2] = [UnitOfWork::commit, UnitOfWork::commit_unknown];

#[test]
fn all_durable_events_of_a_unit_are_handed_over_before_any_is_waited_for() {
    for end in ENDS {
        let host = Host::durable(LONG);
        let unit = nested(&host);
        thread::scope(|threads| {
            let caller = threads.spawn(|| end(unit));
            let patience = Instant::now() + LONG;
            let mut together = 0;
            while together < 300 && Instant::now() < patience {
                together = host.shared.stats().in_memory;
            }
            while !caller.is_finished() {
                host.queue().drain(|chunk| {
                    let ack = chunk.ack.as_ref().expect("it is durable");
                    ack.complete(true);
                });
            }
            assert_eq!(together, 300);
        });
        assert_eq!(host.shared.stats().not_durable, 0);
    }
}

#[test]
fn the_durable_events_of_a_unit_have_one_deadline() {
    for end in ENDS {
        let host = Host::durable(Duration::from_millis(50));
        let unit = nested(&host);
        let begun = Instant::now();
        end(unit);
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(50), "{took:?}");
        assert!(took < Duration::from_secs(3), "{took:?}");
        assert_eq!(host.stats().not_durable, 300);
    }
}

#[test]
fn a_large_durable_unit_is_on_disk_when_its_commit_returns() {
    let directory = tempfile::tempdir().expect("a directory");
    let rig = Rig::start(&Scripted::default(), |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.durability = Some(Durability::Durable);
    });
    let shared = Rig::shared(|_| ());
    let tap = LayerHandle::new(rig.handle.sink(), ());
    let host = Host { shared, tap };
    let unit = nested(&host);
    let begun = Instant::now();
    unit.commit();
    println!("a unit of 300 durable events took {:?}", begun.elapsed());
    let stats = rig.settled();
    assert_eq!(stats.stored + stats.spooled, 300, "{stats:?}");
    assert_eq!(stats.not_durable, 0, "{stats:?}");
}

const MIB: usize = 1 << 20;

/// Returns forty units with 5 MB of recorded events each.
fn large_units(host: &Host) -> Vec<UnitOfWork> {
    let payload = format!("\"{}\"", "x".repeat(10_000));
    let record = |unit: &UnitOfWork| unit.in_scope(|| host.record(&payload));
    let units: Vec<_> = (0..40).map(|_| UnitOfWork::root()).collect();
    for _ in 0..500 {
        units.iter().for_each(record);
    }
    units
}

#[test]
fn forty_units_hold_no_more_than_the_queue_may() {
    let host = Host::new(|config| config.queue_bytes = MIB);
    let units = large_units(&host);
    assert!(host.queue().is_full());
    assert_eq!(host.stats().accepted, 0);
    for unit in units {
        unit.commit();
    }
    let stats = host.stats();
    let most = (MIB / 10_000 + 40) as u64;
    assert!((50..most).contains(&stats.in_memory), "{stats:?}");
    assert_eq!(stats.accepted, 20_000);
    assert_eq!(stats.dropped.queue_full, 20_000 - stats.in_memory);
    // The queue holds their events now, and releases them here.
    host.queue()
        .drain(|chunk| host.queue().release(chunk.size()));
    assert_eq!(host.queue().set_aside(MIB, MIB).ok(), Some(MIB));
}

#[test]
fn units_that_are_rolled_back_discard_what_found_no_room_too() {
    let host = Host::new(|config| config.queue_bytes = MIB);
    drop(large_units(&host));
    let stats = host.stats();
    assert_eq!((stats.rolled_back, stats.accepted), (20_000, 0));
    assert_eq!(stats.dropped.total(), 0);
    assert!(!host.queue().is_full());
}

#[test]
fn what_a_unit_holds_is_not_lost_at_its_release_for_want_of_the_room_it_has() {
    let host = Host::new(|config| config.queue_bytes = MIB);
    let unit = UnitOfWork::root();
    let payload = format!("\"{}\"", "x".repeat(1000));
    while !host.queue().is_full() {
        unit.in_scope(|| host.record(&payload));
    }
    // The last event may have lost the room it was promised.
    unit.commit();
    let stats = host.stats();
    assert!(stats.in_memory > 900, "{stats:?}");
    assert!(stats.dropped.total() <= 1, "{stats:?}");
}

#[test]
fn a_unit_open_over_the_end_loses_what_it_holds_as_late() {
    let host = Host::new(|_| ());
    let unit = UnitOfWork::root();
    host.record_all(&unit, 10);
    host.queue().seal();
    host.record_all(&unit, 10);
    let undone = UnitOfWork::root();
    host.record_all(&undone, 10);
    undone.rollback();
    unit.commit();
    let stats = host.stats();
    assert_eq!((stats.accepted, stats.dropped.after_shutdown), (20, 20));
    assert_eq!(stats.rolled_back, 10);
}

#[test]
fn a_unit_that_takes_all_the_room_waits_for_more_of_it_once() {
    let host = Host::new(|config| {
        config.queue_bytes = MIB;
        config.overflow = Overflow::Wait(Duration::from_millis(20));
    });
    let unit = UnitOfWork::root();
    let payload = format!("\"{}\"", "x".repeat(10_000));
    let begun = Instant::now();
    unit.in_scope(|| (0..1000).for_each(|_| host.record(&payload)));
    assert!(begun.elapsed() < Duration::from_secs(5));
    unit.commit();
    let stats = host.stats();
    assert_eq!(stats.accepted, 1000);
    assert_eq!(stats.dropped.queue_full, 1000 - stats.in_memory);
}
