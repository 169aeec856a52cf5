mod room;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Waker};

use super::*;
use crate::unit::UnitTarget;
use crate::{
    Activity, Actor, Admission, Call, Context, Counter, Event, Field, Fields, LayerHandle, Level,
    Masks, Policy, Sink, Timestamp,
};

/// Keeps the resource ids of what it is given, and what it counts.
#[derive(Default)]
struct Collected {
    masks: Masks,
    events: Mutex<Vec<String>>,
    tallies: Mutex<Vec<Counter>>,
}

impl Policy for Collected {
    fn admit(&self, _: &Call<'_>) -> Admission {
        Admission::Admitted(Level::Payload)
    }

    fn masks(&self) -> &Masks {
        &self.masks
    }

    fn finish<'a>(&self, event_id: uuid::Uuid, event: &Event<'a>) -> Activity<'a> {
        Activity {
            event_id,
            occurred_at: event.occurred_at,
            resource_id: event.resource_id.map(Into::into),
            ..Activity::default()
        }
    }
}

impl Sink for Collected {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        ask(self);
    }

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        let event = Event::decode(occurred_at, fields.as_bytes());
        let said = [event.resource_id, event.actor_id, event.commit];
        let said: Vec<_> = said.into_iter().flatten().collect();
        self.events.lock().unwrap().push(said.join(" "));
    }

    fn count(&self, tally: Counter) {
        self.tallies.lock().unwrap().push(tally);
    }
}

struct Recorder {
    collected: Arc<Collected>,
    handle: LayerHandle,
}

impl Recorder {
    fn new() -> Self {
        let collected = Arc::new(Collected::default());
        let handle = LayerHandle::new(collected.clone(), ());
        Self { collected, handle }
    }

    fn record(&self, id: &str) {
        self.record_in(None, id);
    }

    fn record_in(&self, unit: Option<&UnitOfWorkHandle>, id: &str) {
        let mut facts = |fields: &mut Fields| {
            fields.put(Field::Action, "user.update");
            fields.put(Field::Resource, "User");
            fields.put(Field::ResourceId, id);
        };
        let mut fill = |event: &mut crate::EventBuilder<'_>| {
            if let Some(unit) = unit {
                event.wait_in(unit);
            }
        };
        self.handle.collect(&mut facts, &mut fill, &mut |_| ());
    }

    /// Records in the flow of `unit` while the wall clock shows so many microseconds.
    fn record_at(&self, unit: &UnitOfWork, micros: i64, id: &str) {
        let mut fields = Fields::new();
        fields.put(Field::ResourceId, id);
        let sink: Arc<dyn Sink> = self.collected.clone();
        let at = Timestamp::from_micros(micros);
        UnitTarget::InnermostSavepoint(unit.handle()).accept(&sink, at, &fields);
    }

    fn events(&self) -> Vec<String> {
        self.collected.events.lock().unwrap().clone()
    }

    fn count(&self, tally: Counter) -> usize {
        let tallies = self.collected.tallies.lock().unwrap();
        tallies.iter().filter(|&&counted| counted == tally).count()
    }
}

/// Runs a future that never really waits.
fn finished<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut TaskContext::from_waker(Waker::noop()))
}

#[test]
fn events_wait_for_the_commit_and_leave_in_order() {
    let recorder = Recorder::new();
    let output = finished(unit_of_work(async {
        recorder.record("1");
        recorder.record("2");
        assert!(recorder.events().is_empty());
        Ok::<_, ()>(7)
    }));
    assert_eq!(output, Ok(7));
    assert_eq!(recorder.events(), ["1", "2"]);
}

#[test]
fn a_failed_unit_discards_its_events_and_counts_them() {
    let recorder = Recorder::new();
    let output = unit_of_work_blocking(|| {
        recorder.record("1");
        recorder.record("2");
        Err::<(), _>("no")
    });
    assert_eq!(output, Err("no"));
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 2);
}

#[test]
fn a_panicking_unit_discards_its_events() {
    let recorder = Recorder::new();
    let unit = AssertUnwindSafe(|| {
        let _ = unit_of_work_blocking(|| -> Result<(), ()> {
            recorder.record("1");
            panic!("on purpose");
        });
    });
    assert!(catch_unwind(unit).is_err());
    recorder.record("after");
    assert_eq!(recorder.events(), ["after"]);
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

/// Records as it is dropped.
struct Parting<'a>(&'a Recorder);

impl Drop for Parting<'_> {
    fn drop(&mut self) {
        self.0.record("parting");
    }
}

#[test]
fn a_dropped_unit_discards_its_events_and_those_of_its_values() {
    let recorder = Recorder::new();
    {
        let mut unit = pin!(unit_of_work(async {
            let _parting = Parting(&recorder);
            recorder.record("1");
            pending::<()>().await;
        }));
        assert!(poll(unit.as_mut()).is_pending());
    }
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 2);
}

#[test]
fn an_outcome_is_judged_by_the_caller_where_its_type_cannot() {
    let recorder = Recorder::new();
    let taken = finished(unit_of_work_with(
        async {
            recorder.record("1");
            None::<u8>
        },
        Option::is_some,
    ));
    assert_eq!(taken, None);
    unit_of_work_blocking_with(|| recorder.record("2"), |()| true);
    assert_eq!(recorder.events(), ["2"]);
}

#[test]
fn a_panicking_judge_leaves_the_events_marked() {
    let recorder = Recorder::new();
    let judge = |(): &()| panic!("on purpose");
    unit_of_work_blocking_with(|| recorder.record("1"), judge);
    assert_eq!(recorder.events(), ["1 unknown"]);
    assert_eq!(recorder.count(Counter::CommitUnknown), 1);
}

#[test]
fn an_inner_rollback_leaves_the_outer_events() {
    let recorder = Recorder::new();
    unit_of_work_blocking(|| {
        recorder.record("outer");
        let inner = unit_of_work_blocking(|| {
            recorder.record("inner");
            Err::<(), ()>(())
        });
        assert_eq!(inner, Err(()));
        recorder.record("after");
    });
    assert_eq!(recorder.events(), ["outer", "after"]);
}

#[test]
fn an_outer_rollback_takes_the_committed_inner_events_along() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| unit_of_work_blocking(|| recorder.record("inner")));
    assert_eq!(recorder.count(Counter::RolledBack), 0);
    drop(outer);
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn a_savepoint_takes_what_arrives_at_the_unit_around_it() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        recorder.record("1");
        let first = outer.handle().savepoint();
        recorder.record("2");
        let second = outer.handle().savepoint();
        recorder.record("3");
        second.rollback();
        recorder.record("4");
        first.commit();
        recorder.record("5");
        assert!(recorder.events().is_empty());
    });
    outer.commit();
    assert_eq!(recorder.events(), ["1", "2", "4", "5"]);
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn what_is_carried_out_of_a_savepoint_shares_its_fate() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let savepoint = outer.handle().savepoint();
        let late = crate::propagate_fn(|| recorder.record("ghost"));
        savepoint.rollback();
        std::thread::scope(|threads| {
            threads.spawn(late);
        });
    });
    outer.commit();
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn what_was_carried_away_before_a_savepoint_is_not_undone_with_it() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let late = crate::propagate_fn(|| recorder.record("late"));
        let savepoint = outer.handle().savepoint();
        std::thread::scope(|threads| {
            threads.spawn(late);
        });
        savepoint.rollback();
    });
    outer.commit();
    assert_eq!(recorder.events(), ["late"]);
}

#[test]
fn a_context_entered_inside_the_flow_follows_its_savepoints() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        Context::new().in_scope(|| {
            let savepoint = outer.handle().savepoint();
            recorder.record("undone");
            savepoint.rollback();
        });
    });
    outer.commit();
    assert!(recorder.events().is_empty());
}

#[test]
fn a_unit_named_by_its_scope_takes_what_an_inner_one_would() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer
        .in_scope(|| {
            unit_of_work_blocking(|| {
                outer.in_scope(|| recorder.record("outer"));
                Err::<(), ()>(())
            })
        })
        .expect_err("it was told to fail");
    outer.commit();
    assert_eq!(recorder.events(), ["outer"]);
}

#[test]
fn a_late_event_leaves_at_once_after_a_commit_and_is_discarded_after_a_rollback() {
    let recorder = Recorder::new();
    let committed = UnitOfWork::new();
    let late = committed.in_scope(|| Context::current().expect("a unit makes one"));
    committed.commit();
    late.in_scope(|| recorder.record("late"));
    assert_eq!(recorder.events(), ["late"]);

    let undone = UnitOfWork::new();
    let late = undone.in_scope(|| Context::current().expect("a unit makes one"));
    undone.rollback();
    late.in_scope(|| recorder.record("ghost"));
    assert_eq!(recorder.events(), ["late"]);
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn a_thread_that_carries_the_context_carries_the_unit() {
    let recorder = Recorder::new();
    let unit = UnitOfWork::new();
    unit.in_scope(|| {
        let carried = Context::current().expect("a unit makes one");
        std::thread::scope(|threads| {
            threads.spawn(|| carried.in_scope(|| recorder.record("elsewhere")));
        });
    });
    assert!(recorder.events().is_empty());
    unit.commit();
    assert_eq!(recorder.events(), ["elsewhere"]);
}

#[test]
fn a_context_made_before_the_unit_does_not_lead_out_of_it() {
    let recorder = Recorder::new();
    let request = Context::new().actor(Actor::user(7));
    let unit = UnitOfWork::new();
    unit.in_scope(|| request.clone().in_scope(|| recorder.record("in")));
    assert!(recorder.events().is_empty());
    request.in_scope(|| recorder.record("out"));
    assert_eq!(recorder.events(), ["out 7"]);
    unit.commit();
    assert_eq!(recorder.events(), ["out 7", "in 7"]);
}

#[test]
fn a_context_outside_units_leads_out_of_them() {
    let recorder = Recorder::new();
    unit_of_work_blocking(|| {
        Context::new()
            .without_unit_of_work()
            .in_scope(|| recorder.record("out"));
        Err::<(), ()>(())
    })
    .expect_err("it was told to fail");
    assert_eq!(recorder.events(), ["out"]);
}

#[test]
fn an_event_keeps_the_context_of_its_call() {
    let recorder = Recorder::new();
    let request = Context::new().actor(Actor::user(1));
    request.clone().in_scope(|| {
        unit_of_work_blocking(|| {
            recorder.record("a");
            request.set_actor(Actor::user(2));
            recorder.record("b");
        });
    });
    assert_eq!(recorder.events(), ["a 1", "b 2"]);
}

#[test]
fn an_actor_set_inside_a_unit_stands_after_it() {
    let recorder = Recorder::new();
    Context::new().in_scope(|| {
        unit_of_work_blocking(|| {
            let context = Context::current().expect("it is in scope");
            context.set_actor(Actor::user(3));
        });
        recorder.record("after");
    });
    assert_eq!(recorder.events(), ["after 3"]);
}

#[test]
fn a_named_unit_takes_the_event_from_the_current_one() {
    let recorder = Recorder::new();
    let named = UnitOfWork::new();
    unit_of_work_blocking(|| recorder.record_in(Some(named.as_ref()), "named"));
    assert!(recorder.events().is_empty());
    named.commit();
    assert_eq!(recorder.events(), ["named"]);
}

#[test]
fn a_root_unit_is_settled_by_itself() {
    let recorder = Recorder::new();
    let around = UnitOfWork::new();
    around.in_scope(|| {
        let root = UnitOfWork::root();
        root.in_scope(|| recorder.record("own"));
        root.commit();
    });
    assert_eq!(recorder.events(), ["own"]);
    around.rollback();
    assert_eq!(recorder.count(Counter::RolledBack), 0);
}

#[test]
fn a_full_unit_counts_what_it_leaves_out_once_it_commits() {
    let recorder = Recorder::new();
    let unit = UnitOfWork::new().limit(128);
    unit.in_scope(|| {
        recorder.record("1");
        recorder.record("2");
    });
    assert_eq!(recorder.count(Counter::UnitFull), 0);
    unit.commit();
    assert_eq!(recorder.events(), ["1"]);
    assert_eq!(recorder.count(Counter::UnitFull), 1);
}

#[test]
fn each_event_goes_to_the_recorder_of_its_call() {
    let (one, other) = (Recorder::new(), Recorder::new());
    unit_of_work_blocking(|| {
        one.record("1");
        other.record("2");
        one.record("3");
    });
    assert_eq!(one.events(), ["1", "3"]);
    assert_eq!(other.events(), ["2"]);
}

#[test]
fn lent_events_come_back_unless_they_were_stored() {
    let recorder = Recorder::new();
    let unit = UnitOfWork::new();
    unit.in_scope(|| recorder.record("1"));
    drop(unit.pending());
    let lent = unit.pending();
    unit.in_scope(|| recorder.record("2"));
    let rows = lent.finish(uuid::Uuid::nil);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].resource_id.as_deref(), Some("1"));
    lent.mark_stored();
    unit.commit();
    assert_eq!(recorder.events(), ["2"]);
    assert_eq!(recorder.count(Counter::InTransaction), 1);
}

#[test]
fn stored_events_of_a_rolled_back_transaction_count_as_discarded() {
    let recorder = Recorder::new();
    let unit = UnitOfWork::new();
    unit.in_scope(|| recorder.record("1"));
    unit.pending().mark_stored();
    unit.rollback();
    assert_eq!(recorder.count(Counter::InTransaction), 0);
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn stored_events_of_an_unknown_commit_are_in_doubt_with_it() {
    let recorder = Recorder::new();
    let unit = UnitOfWork::new();
    unit.in_scope(|| recorder.record("1"));
    unit.pending().mark_stored();
    unit.commit_unknown();
    assert_eq!(recorder.count(Counter::InTransaction), 0);
    assert_eq!(recorder.count(Counter::CommitUnknown), 1);
}

#[test]
fn events_leave_in_the_order_of_their_calls_whatever_the_clock_shows() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    let inner = outer.handle().begin();
    recorder.record_at(&outer, 50, "1");
    recorder.record_at(&inner, 40, "2");
    recorder.record_at(&outer, 60, "3");
    recorder.record_at(&inner, 10, "4");
    recorder.record_at(&outer, 20, "5");
    inner.commit();
    recorder.record_at(&outer, 5, "6");
    drop(outer.pending());
    recorder.record_at(&outer, 4, "7");
    let lent = outer.pending().finish(uuid::Uuid::nil);
    let lent: Vec<_> = lent
        .iter()
        .filter_map(|row| row.resource_id.as_deref())
        .collect();
    assert_eq!(lent, ["1", "2", "3", "4", "5", "6", "7"]);
    outer.commit();
    assert_eq!(recorder.events(), ["1", "2", "3", "4", "5", "6", "7"]);
}

#[test]
fn events_of_one_moment_leave_in_the_order_of_their_calls() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    let savepoint = outer.handle().savepoint();
    let inner = savepoint.handle().begin();
    recorder.record_at(&inner, 7, "1");
    recorder.record_at(&savepoint, 7, "2");
    recorder.record_at(&inner, 7, "3");
    savepoint.commit();
    recorder.record_at(&outer, 7, "4");
    inner.commit();
    outer.commit_unknown();
    let events = ["1 unknown", "2 unknown", "3 unknown", "4 unknown"];
    assert_eq!(recorder.events(), events);
}

/// The context of a scope, as code in it would keep it.
fn captured(unit: &UnitOfWork) -> Context {
    unit.in_scope(|| Context::current().expect("a unit makes one"))
}

#[test]
fn a_context_of_the_outer_unit_does_not_lead_out_of_a_root_unit() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let request = Context::current().expect("a unit makes one");
        let root = UnitOfWork::root();
        root.in_scope(|| request.clone().in_scope(|| recorder.record("undone")));
        root.rollback();
        let root = UnitOfWork::root();
        root.in_scope(|| {
            unit_of_work_blocking(|| request.in_scope(|| recorder.record("kept")));
        });
        root.commit();
        assert_eq!(recorder.events(), ["kept"]);
    });
    outer.commit();
    assert_eq!(recorder.events(), ["kept"]);
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn a_context_scoped_in_an_unrelated_unit_shares_the_fate_of_that_one() {
    let recorder = Recorder::new();
    let request = UnitOfWork::new();
    let asker = captured(&request);
    let batch = UnitOfWork::new();
    batch.in_scope(|| asker.in_scope(|| recorder.record("batched")));
    request.rollback();
    batch.commit();
    assert_eq!(recorder.events(), ["batched"]);
}

#[test]
fn a_context_of_the_outer_unit_joins_what_was_carried_out_of_a_root_unit() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let request = Context::current().expect("a unit makes one");
        let root = UnitOfWork::root();
        let elsewhere = root
            .in_scope(|| crate::propagate_fn(|| request.in_scope(|| recorder.record("undone"))));
        std::thread::scope(|threads| {
            threads.spawn(elsewhere);
        });
        root.rollback();
    });
    outer.commit();
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 1);
}

#[test]
fn a_context_carried_to_where_no_unit_is_waits_in_its_own() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let root = UnitOfWork::root();
        let (of_outer, of_root) = (
            Context::current().expect("a unit makes one"),
            captured(&root),
        );
        std::thread::scope(|threads| {
            threads.spawn(|| of_outer.in_scope(|| recorder.record("outer")));
            threads.spawn(|| of_root.in_scope(|| recorder.record("root")));
        });
        root.rollback();
    });
    outer.commit();
    assert_eq!(recorder.events(), ["outer"]);
}

#[test]
fn a_context_of_a_unit_that_has_ended_records_where_it_is_scoped() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let begin: [fn(&UnitOfWorkHandle) -> UnitOfWork; 3] = [
            |_| UnitOfWork::root(),
            UnitOfWorkHandle::begin,
            UnitOfWorkHandle::savepoint,
        ];
        for begin in begin {
            let inner = begin(outer.as_ref());
            let late = captured(&inner);
            inner.rollback();
            late.in_scope(|| recorder.record("late"));
        }
        assert!(recorder.events().is_empty());
    });
    outer.commit();
    assert_eq!(recorder.events(), ["late", "late", "late"]);
}

#[test]
fn a_context_of_an_open_unit_begun_within_the_one_around_takes_precedence() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        for inner in [UnitOfWork::root(), UnitOfWork::new()] {
            captured(&inner).in_scope(|| recorder.record("inner"));
            inner.rollback();
        }
    });
    outer.commit();
    assert!(recorder.events().is_empty());
    assert_eq!(recorder.count(Counter::RolledBack), 2);
}

#[test]
fn a_context_made_in_a_savepoint_follows_the_savepoints_of_its_flow() {
    let recorder = Recorder::new();
    let outer = UnitOfWork::new();
    outer.in_scope(|| {
        let first = outer.handle().savepoint();
        Context::new().in_scope(|| {
            let second = outer.handle().savepoint();
            recorder.record("undone");
            second.rollback();
            recorder.record("kept");
        });
        first.commit();
    });
    outer.commit();
    assert_eq!(recorder.events(), ["kept"]);
}

#[test]
fn a_context_outside_units_by_name_stays_outside_of_later_ones() {
    let recorder = Recorder::new();
    let outside = Context::new().without_unit_of_work();
    let unit = UnitOfWork::root();
    unit.in_scope(|| outside.in_scope(|| recorder.record("out")));
    assert_eq!(recorder.events(), ["out"]);
    // What waits in a unit keeps waiting there when it is scoped outside of all.
    let waits = captured(&unit);
    Context::new()
        .without_unit_of_work()
        .in_scope(|| waits.in_scope(|| recorder.record("undone")));
    unit.rollback();
    assert_eq!(recorder.events(), ["out"]);
}

#[test]
fn jobs_that_begin_the_next_one_in_a_unit_inside_their_own_may_be_many() {
    let recorder = Recorder::new();
    let mut last = UnitOfWork::new();
    for _ in 0..100_000 {
        let next = last.handle().begin();
        last.commit();
        last = next;
    }
    recorder.record_in(Some(&last.handle()), "1");
    let late = last.handle();
    last.commit();
    assert_eq!(recorder.events(), ["1"]);
    recorder.record_in(Some(&late), "2");
    assert_eq!(recorder.events(), ["1", "2"]);
}
