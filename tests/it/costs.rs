//! Costs of recording that can be counted rather than timed.

use std::future::Future;
use std::pin::pin;
use std::task::{self, Waker};
use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use behavior_trace_servers::{Kind, Server};
use serde::Serialize;
use tracing::field::Empty;
use tracing::info_span;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Serialize)]
struct Change {
    email: &'static str,
    password: &'static str,
    seats: u32,
}

const CHANGE: Change = Change {
    email: "ada@example.org",
    password: "hunter2",
    seats: 3,
};

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, payload = change)]
fn update(id: u64, change: &Change) -> u32 {
    change.seats
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, payload = change)]
#[expect(
    clippy::unused_async,
    reason = "what it costs is what its future costs"
)]
async fn update_later(id: u64, change: &Change) -> u32 {
    change.seats
}

/// Returns the fewest allocations per hundred events among several runs. Every run pays the cost of the events, but not
/// every run pays for the warm-up and the writer's timing.
fn allocations_per_hundred(trace: &BehaviorTrace, event: impl Fn(u64)) -> u64 {
    (0..20)
        .map(|_| {
            trace.flush_blocking(DEADLINE);
            allocation_counter::measure(|| (0..100).for_each(&event)).count_total
        })
        .min()
        .unwrap_or(u64::MAX)
}

fn in_memory() -> BehaviorTrace {
    BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("a recorder in memory starts")
}

fn context() -> Context {
    Context::new()
        .actor(Actor::user(7))
        .request_id("r-1")
        .correlation_id("c-1")
        .route_name("/users/{id}")
}

#[test]
fn an_event_allocates_nothing_on_a_warm_thread() {
    let trace = in_memory();
    let _subscriber = registry().with(trace.layer()).set_default();
    let allocated = context().in_scope(|| {
        allocations_per_hundred(&trace, |id| {
            update(id, &CHANGE);
        })
    });
    assert_eq!(allocated, 0);
    assert_eq!(trace.stats().accepted, 2000);
}

#[test]
fn an_event_of_an_async_function_allocates_nothing_on_a_warm_thread() {
    let trace = in_memory();
    let _subscriber = registry().with(trace.layer()).set_default();
    let allocated = context().in_scope(|| {
        allocations_per_hundred(&trace, |id| {
            let future = pin!(update_later(id, &CHANGE));
            assert!(
                future
                    .poll(&mut task::Context::from_waker(Waker::noop()))
                    .is_ready()
            );
        })
    });
    assert_eq!(allocated, 0);
    assert_eq!(trace.stats().accepted, 2000);
}

#[test]
fn an_event_whose_context_is_in_spans_allocates_nothing_on_a_warm_thread() {
    let trace = in_memory();
    let _subscriber = registry().with(trace.layer()).set_default();
    let request = info_span!(
        "request",
        actor_type = "USER",
        actor_id = 7,
        request_id = "r-1"
    );
    let allocated = request.in_scope(|| {
        allocations_per_hundred(&trace, |id| {
            update(id, &CHANGE);
        })
    });
    assert_eq!(allocated, 0);
    assert_eq!(trace.stats().accepted, 2000);
}

#[test]
fn what_a_span_is_told_late_allocates_nothing_on_a_warm_thread() {
    let trace = in_memory();
    let _subscriber = registry().with(trace.layer()).set_default();
    let request = info_span!("request", request_id = "r-1", actor_id = Empty);
    let allocated = request.in_scope(|| {
        allocations_per_hundred(&trace, |id| {
            request.record("actor_id", id);
        })
    });
    assert_eq!(allocated, 0);
}

/// Maximum of what a thread that records holds.
const HELD: u64 = 64 * 1024;

#[test]
fn a_thread_that_records_holds_at_most_64_kib() {
    let trace = in_memory();
    let dispatch = tracing::Dispatch::new(registry().with(trace.layer()));
    let held_after = |events: u64| {
        // The writer exchanges the buffers of some threads meanwhile, which counts neither as theirs nor as given back.
        let held = (0..21).map(|_| {
            trace.flush_blocking(DEADLINE);
            let dispatch = dispatch.clone();
            let thread = std::thread::spawn(move || {
                let measured = allocation_counter::measure(|| {
                    tracing::dispatcher::with_default(&dispatch, || {
                        context().in_scope(|| {
                            (0..events).for_each(|id| {
                                update(id, &CHANGE);
                            });
                        });
                    });
                });
                u64::try_from(measured.bytes_current).expect("it holds some")
            });
            thread.join().expect("no panic")
        });
        let mut held: Vec<_> = held.collect();
        held.sort_unstable();
        held[held.len() / 2]
    };
    // A buffer doubles up to its limit, and has room for more than 400 of these events.
    let held: Vec<_> = [1, 10, 100, 400]
        .map(|events| (events, held_after(events)))
        .into();
    println!("bytes that a thread holds after so many events: {held:?}");
    assert!(held.iter().all(|(_, bytes)| *bytes <= HELD), "{held:?}");
}

#[test]
fn a_thousand_events_are_one_statement() {
    let server = Server::start(Kind::MariaDb).unwrap_or_else(|error| panic!("{error}"));
    let url = server
        .database("costs")
        .unwrap_or_else(|error| panic!("{error}"));
    let trace = BehaviorTrace::builder()
        .database_url(url)
        .migrate(true)
        .linger(DEADLINE)
        .build()
        .expect("the address is good");
    let _subscriber = registry().with(trace.layer()).set_default();
    update(0, &CHANGE);
    assert!(trace.flush_blocking(DEADLINE).is_complete());

    let before = inserts(&server);
    (1..=1000).for_each(|id| {
        update(id, &CHANGE);
    });
    assert!(trace.flush_blocking(DEADLINE).is_complete());
    assert_eq!(inserts(&server) - before, 1);
    assert_eq!(trace.stats().stored, 1001);
}

/// Returns how many INSERT statements the server has run.
fn inserts(server: &Server) -> u64 {
    let status = server
        .sql("SHOW GLOBAL STATUS LIKE 'Com_insert'")
        .unwrap_or_else(|error| panic!("{error}"));
    let count = status.split_whitespace().last();
    count
        .and_then(|count| count.parse().ok())
        .unwrap_or_else(|| panic!("no count in {status:?}"))
}
