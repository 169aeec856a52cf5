//! Decisions at the beginning of a call that bind its end.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use behavior_trace::{UnitOfWork, behavior_trace, record};
use behavior_trace_core::{Counter, Fields, Level, Policy, Sink, Timestamp};
use behavior_trace_layer::BehaviorTraceLayer;
use tracing::Dispatch;
use tracing::dispatcher::with_default;

use super::collected::{Collected, Seen};

/// Sink like [`Collected`] that can be full.
struct Filling {
    kept: Arc<Collected>,
    full: AtomicBool,
}

impl Sink for Filling {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        self.kept.with_policy(ask);
    }

    fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    fn has_room(&self) -> bool {
        true
    }

    fn room(&self) -> Option<bool> {
        Some(!self.is_full())
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        self.kept.accept(occurred_at, fields);
    }

    fn count(&self, tally: Counter) {
        self.kept.count(tally);
    }
}

thread_local! {
    static SHOWN: Cell<u32> = const { Cell::new(0) };
}

/// Id that counts how often it is displayed.
struct Id;

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SHOWN.set(SHOWN.get() + 1);
        f.write_str("7")
    }
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: &Id, succeeds: bool, meanwhile: impl FnOnce()) -> Result<(), ()> {
    meanwhile();
    if succeeds { Ok(()) } else { Err(()) }
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn update_later(id: u64) {
    tokio::task::yield_now().await;
}

#[test]
fn a_call_that_began_without_room_captures_nothing_and_is_lost_if_it_succeeds() {
    let kept = Collected::new(Level::Payload);
    let sink = Arc::new(Filling {
        kept: Arc::clone(&kept),
        full: AtomicBool::new(true),
    });
    let room = || sink.full.store(false, Ordering::Relaxed);
    with_default(
        &Dispatch::from(BehaviorTraceLayer::new(sink.clone())),
        || {
            let _ = update(&Id, true, room);
            sink.full.store(true, Ordering::Relaxed);
            let _ = update(&Id, false, || ());
        },
    );
    assert_eq!(SHOWN.get(), 0);
    let lost = Seen {
        events: Vec::new(),
        tallies: vec![Counter::QueueFull],
    };
    assert_eq!(kept.seen(), lost);
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, unit = unit)]
fn update_in(unit: &UnitOfWork, id: &Id) -> Result<(), ()> {
    Ok(())
}

/// Returns the events and counts of calls that find no room, each in a unit of work that ends this way.
fn without_room(end: fn(UnitOfWork)) -> Seen {
    let kept = Collected::new(Level::Payload);
    let sink = Arc::new(Filling {
        kept: Arc::clone(&kept),
        full: AtomicBool::new(true),
    });
    let dispatch = Dispatch::from(BehaviorTraceLayer::new(sink));
    SHOWN.set(0);
    with_default(&dispatch, || {
        let around = UnitOfWork::new();
        let _ = around.in_scope(|| update(&Id, true, || ()));
        around.in_scope(|| record!(action = "user.update", resource = "User", resource_id = Id));
        let named = UnitOfWork::new();
        let _ = update_in(&named, &Id);
        record!(
            action = "user.update",
            resource = "User",
            resource_id = Id,
            unit = named
        );
        assert_eq!(kept.seen().tallies, []);
        end(around);
        end(named);
    });
    assert_eq!(SHOWN.get(), 0);
    kept.seen()
}

#[test]
fn a_call_without_room_is_lost_with_the_commit_of_its_unit_and_discarded_with_its_rollback() {
    let ends: [(fn(UnitOfWork), Counter); 2] = [
        (UnitOfWork::commit, Counter::QueueFull),
        (UnitOfWork::rollback, Counter::RolledBack),
    ];
    for (end, tally) in ends {
        let all = Seen {
            events: Vec::new(),
            tallies: vec![tally; 4],
        };
        assert_eq!(without_room(end), all);
    }
}

#[test]
fn an_event_belongs_to_the_recorder_of_the_subscriber_its_call_began_under() {
    let (first, second) = (
        Collected::new(Level::Payload),
        Collected::new(Level::Payload),
    );
    let mut call = pin!(update_later(7));
    let mut context = Context::from_waker(Waker::noop());
    let begun = with_default(&first.dispatch(), || call.as_mut().poll(&mut context));
    assert_eq!(begun, Poll::Pending);
    let ended = with_default(&second.dispatch(), || call.as_mut().poll(&mut context));
    assert_eq!(ended, Poll::Ready(()));
    assert_eq!(first.seen().events, ["user.update User id=7"]);
    assert_eq!(second.seen().events, [""; 0]);
}

#[test]
fn a_future_that_is_dropped_elsewhere_is_in_doubt_where_it_began() {
    let (first, second) = (
        Collected::new(Level::Payload),
        Collected::new(Level::Payload),
    );
    let mut call = Box::pin(update_later(7));
    let mut context = Context::from_waker(Waker::noop());
    let begun = with_default(&first.dispatch(), || call.as_mut().poll(&mut context));
    assert_eq!(begun, Poll::Pending);
    with_default(&second.dispatch(), || drop(call));
    assert_eq!(first.seen().tallies, [Counter::Cancelled]);
    assert_eq!(second.seen().tallies, []);
}
