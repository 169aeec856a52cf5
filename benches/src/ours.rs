//! Our own ways, each the whole of it: the annotated function, the layer, the queue, a writer at work.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{self, Poll, Waker};
use std::thread;
use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace, record};
use tracing::debug;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, registry};

use crate::cost::{Figure, Measure};
use crate::event::{
    ACTOR_ID, CHANGE, CORRELATION_ID, Change, IP_ADDRESS, REASON, REQUEST_ID, ROUTE_NAME, Refused,
    USER_AGENT,
};
use crate::peers;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, reason = reason)]
#[inline(never)]
fn update(id: u64, reason: &str) -> Result<u64, Refused> {
    black_box(reason);
    black_box(Ok(id))
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, payload = change)]
#[inline(never)]
fn change(id: u64, change: &Change) -> Result<u64, Refused> {
    black_box(change);
    black_box(Ok(id))
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id, reason = reason)]
#[inline(never)]
#[expect(clippy::unused_async, reason = "what is measured is its future")]
async fn update_later(id: u64, reason: &str) -> Result<u64, Refused> {
    black_box(reason);
    black_box(Ok(id))
}

#[inline(never)]
fn unannotated(id: u64, reason: &str) -> Result<u64, Refused> {
    black_box(reason);
    black_box(Ok(id))
}

fn event(id: u64) {
    let _ = black_box(update(black_box(id), black_box(REASON)));
}

fn event_of_value(id: u64) {
    let _ = black_box(change(black_box(id), black_box(&CHANGE)));
}

fn event_later(id: u64) {
    let future = pin!(update_later(black_box(id), black_box(REASON)));
    if let Poll::Ready(returned) = future.poll(&mut task::Context::from_waker(Waker::noop())) {
        let _ = black_box(returned);
    }
}

fn in_context(work: &mut dyn FnMut()) {
    Context::new()
        .actor(Actor::user(ACTOR_ID))
        .request_id(REQUEST_ID)
        .correlation_id(CORRELATION_ID)
        .route_name(ROUTE_NAME)
        .ip_address(IP_ADDRESS)
        .user_agent(USER_AGENT)
        .in_scope(work);
}

/// A recorder whose writer finishes every row and keeps it in memory.
fn recorder() -> BehaviorTrace {
    BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("a recorder in memory starts")
}

fn install() -> BehaviorTrace {
    let recorder = recorder();
    registry().with(recorder.layer()).init();
    recorder
}

/// The context is our own.
pub(crate) fn scope(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event)
}

/// The context is what the spans around say.
pub(crate) fn spans(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(peers::in_request, event)
}

/// An async function.
pub(crate) fn scope_async(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event_later)
}

/// The payload is a value, serialized and masked.
pub(crate) fn scope_value(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event_of_value)
}

/// The same, the context being what the spans around say.
pub(crate) fn spans_value(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(peers::in_request, event_of_value)
}

/// By the macro that stands in the middle of a function.
pub(crate) fn scope_record(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, |id| {
        record!(
            action = "user.update",
            resource = "User",
            resource_id = black_box(id),
            reason = black_box(REASON),
        );
    })
}

/// An event of `tracing` written by hand.
pub(crate) fn written(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, peers::event)
}

/// Another layer wants to see each event.
pub(crate) fn mirror(measure: Measure) -> Vec<Figure> {
    struct Looks;
    impl<S: tracing::Subscriber> Layer<S> for Looks {
        fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
            black_box(event);
        }
    }
    let recorder = recorder();
    registry().with(Looks).with(recorder.layer()).init();
    measure.of(in_context, event)
}

/// The queue is full, since the database is away and there is no spool.
pub(crate) fn full(measure: Measure) -> Vec<Figure> {
    let recorder = BehaviorTrace::builder()
        .database_url("mysql://nobody@127.0.0.1:1/nothing")
        .queue_bytes(64 * 1024)
        .build()
        .expect("a recorder whose database is away starts");
    registry().with(recorder.layer()).init();
    in_context(&mut || (0..2000).for_each(event));
    thread::sleep(Duration::from_millis(50));
    measure.of(in_context, event)
}

/// The function without its attribute.
pub(crate) fn bare(measure: Measure) -> Vec<Figure> {
    measure.of(
        |work| work(),
        |id| {
            let _ = black_box(unannotated(black_box(id), black_box(REASON)));
        },
    )
}

/// Annotated, and no layer is alive.
pub(crate) fn absent(measure: Measure) -> Vec<Figure> {
    measure.of(|work| work(), event)
}

/// An event of the process that is not ours, with our layer alone.
pub(crate) fn foreign(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(
        |work| work(),
        |id| debug!(target: "sqlx::query", rows = black_box(id), "SELECT 1"),
    )
}

/// The life of a request's span with our layer.
pub(crate) fn span(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(
        |work| work(),
        |_| drop(black_box(peers::request().entered())),
    )
}
