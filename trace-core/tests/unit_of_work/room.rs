//! The room that a unit has at its recorders, and what one hand-over waits for.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A recorder whose memory is limited, and on whose behalf everybody waits in vain.
struct Narrow {
    collected: Collected,
    limit: usize,
    used: AtomicUsize,
    waits: AtomicUsize,
    hand_overs: AtomicUsize,
}

impl Sink for Narrow {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        ask(&self.collected);
    }

    fn has_room(&self) -> bool {
        let room = self.used.load(Ordering::Relaxed) < self.limit;
        if !room {
            self.count(Counter::QueueFull);
        }
        room
    }

    fn room(&self) -> Option<bool> {
        Some(self.used.load(Ordering::Relaxed) < self.limit)
    }

    fn wait_for_room(&self) -> bool {
        self.waits.fetch_add(1, Ordering::Relaxed);
        false
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        self.collected.accept(occurred_at, fields);
    }

    fn accept_all(&self, each: &mut dyn FnMut(&mut crate::Accept<'_>)) {
        self.hand_overs.fetch_add(1, Ordering::Relaxed);
        each(&mut |occurred_at, fields| self.accept(occurred_at, fields));
    }

    fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        assert!(0 < least && least <= most);
        if least > self.limit {
            return Err(Counter::Oversize);
        }
        let used = self.used.load(Ordering::Relaxed);
        if used >= self.limit {
            return Err(Counter::QueueFull);
        }
        self.used.store(used + most, Ordering::Relaxed);
        Ok(most)
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn count(&self, tally: Counter) {
        self.collected.count(tally);
    }
}

struct Rig {
    sink: Arc<Narrow>,
    handle: LayerHandle,
}

impl Rig {
    fn new(limit: usize) -> Self {
        let sink = Arc::new(Narrow {
            collected: Collected::default(),
            limit,
            used: AtomicUsize::new(0),
            waits: AtomicUsize::new(0),
            hand_overs: AtomicUsize::new(0),
        });
        let handle = LayerHandle::new(sink.clone(), ());
        Self { sink, handle }
    }

    fn record(&self, named: Option<&UnitOfWorkHandle>, id: &str) {
        let mut facts = |fields: &mut Fields| {
            fields.put(Field::Action, "user.update");
            fields.put(Field::Resource, "User");
            fields.put(Field::ResourceId, id);
        };
        let mut fill = |event: &mut crate::EventBuilder<'_>| {
            if let Some(unit) = named {
                event.wait_in(unit);
            }
        };
        self.handle.collect(&mut facts, &mut fill, &mut |_| ());
    }

    fn used(&self) -> usize {
        self.sink.used.load(Ordering::Relaxed)
    }

    fn events(&self) -> Vec<String> {
        self.sink.collected.events.lock().unwrap().clone()
    }

    fn count(&self, tally: Counter) -> usize {
        let tallies = self.sink.collected.tallies.lock().unwrap();
        tallies.iter().filter(|&&counted| counted == tally).count()
    }

    /// Records events in `unit` up to far beyond the limit; how many of them wait.
    fn fill(&self, unit: &UnitOfWork) -> usize {
        unit.in_scope(|| (0..1000).for_each(|n| self.record(None, &n.to_string())));
        let waiting = unit.handle().pending_events();
        assert!((10..900).contains(&waiting), "{waiting}");
        waiting
    }
}

const LIMIT: usize = 10_000;

#[test]
fn what_finds_no_room_is_lost_if_the_unit_commits() {
    let rig = Rig::new(LIMIT);
    let unit = UnitOfWork::new();
    let waiting = rig.fill(&unit);
    assert_eq!(rig.count(Counter::QueueFull), 0);
    assert!(rig.used() < LIMIT * 2);
    unit.commit();
    assert_eq!(rig.events().len(), waiting);
    assert_eq!(rig.count(Counter::QueueFull), 1000 - waiting);
    assert_eq!((rig.used(), rig.count(Counter::RolledBack)), (0, 0));
}

#[test]
fn what_finds_no_room_is_discarded_if_the_unit_is_rolled_back() {
    let rig = Rig::new(LIMIT);
    let outer = UnitOfWork::new();
    let inner = outer.handle().begin();
    rig.fill(&inner);
    inner.commit();
    // In the flow of the outer, and by its name.
    rig.record(Some(outer.as_ref()), "named");
    outer.rollback();
    assert_eq!(rig.count(Counter::RolledBack), 1001);
    assert_eq!((rig.used(), rig.count(Counter::QueueFull)), (0, 0));
    rig.record(None, "room again");
    assert_eq!(rig.events(), ["room again"]);
}

#[test]
fn many_units_share_one_limit() {
    let rig = Rig::new(LIMIT);
    let units: Vec<_> = (0..40).map(|_| UnitOfWork::root()).collect();
    for n in 0..100 {
        for unit in &units {
            unit.in_scope(|| rig.record(None, &n.to_string()));
        }
    }
    assert!(rig.used() < LIMIT * 2, "{}", rig.used());
    for (n, unit) in units.into_iter().enumerate() {
        match n % 3 {
            0 => unit.commit(),
            1 => unit.commit_unknown(),
            _ => unit.rollback(),
        }
    }
    assert_eq!(rig.used(), 0);
    let lost = rig.count(Counter::QueueFull);
    let discarded = rig.count(Counter::RolledBack);
    assert_eq!(rig.events().len() + lost + discarded, 4000);
    assert_eq!(discarded, 1300);
}

#[test]
fn each_end_of_a_unit_gives_its_room_back() {
    let rig = Rig::new(1 << 20);
    let recorded = |begin: &dyn Fn() -> UnitOfWork| {
        let unit = begin();
        unit.in_scope(|| (0..100).for_each(|n| rig.record(None, &n.to_string())));
        assert!(rig.used() > 0);
        unit
    };
    let ends: [fn(UnitOfWork); 5] = [
        UnitOfWork::commit,
        UnitOfWork::commit_unknown,
        UnitOfWork::rollback,
        |unit| {
            unit.pending().mark_stored();
            unit.commit();
        },
        |unit| {
            drop(unit.pending());
            unit.commit();
        },
    ];
    for end in ends {
        end(recorded(&UnitOfWork::root));
        assert_eq!(rig.used(), 0);
        let outer = UnitOfWork::root();
        end(recorded(&|| outer.handle().savepoint()));
        end(recorded(&|| outer.handle().begin()));
        outer.commit();
        assert_eq!(rig.used(), 0);
    }
}

#[test]
fn an_event_larger_than_the_queue_is_lost_alone() {
    let rig = Rig::new(LIMIT);
    let unit = UnitOfWork::new();
    unit.in_scope(|| {
        rig.record(None, &"9".repeat(2 * LIMIT));
        rig.record(None, "1");
    });
    unit.commit();
    assert_eq!(rig.events(), ["1"]);
    assert_eq!(rig.count(Counter::Oversize), 1);
}

#[test]
fn room_is_waited_for_in_vain_once_per_unit() {
    let rig = Rig::new(LIMIT);
    let unit = UnitOfWork::new();
    rig.fill(&unit);
    assert_eq!(rig.sink.waits.load(Ordering::Relaxed), 1);
    let other = UnitOfWork::new();
    other.in_scope(|| rig.record(None, "lost"));
    other.in_scope(|| rig.record(None, "lost"));
    assert_eq!(rig.sink.waits.load(Ordering::Relaxed), 2);
}

#[test]
fn a_unit_is_handed_over_once_to_each_of_its_recorders() {
    let (one, other) = (Rig::new(1 << 20), Rig::new(1 << 20));
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        for n in 0..10 {
            unit_of_work_blocking(|| one.record(None, &n.to_string()));
            let savepoint = outer.handle().savepoint();
            other.record(None, &n.to_string());
            savepoint.commit();
        }
    });
    outer.commit_unknown();
    let unknown: Vec<_> = (0..10).map(|n| format!("{n} unknown")).collect();
    for rig in [one, other] {
        assert_eq!(rig.events(), unknown);
        assert_eq!(rig.count(Counter::CommitUnknown), 10);
        assert_eq!(rig.sink.hand_overs.load(Ordering::Relaxed), 1);
        assert_eq!(rig.used(), 0);
    }
}
