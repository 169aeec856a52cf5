//! Variants of the recorder, each complete: the annotated function, the layer, the queue, an active writer.

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
use crate::mapped::Buffer;
use crate::request;

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

pub(crate) fn event(id: u64) {
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

pub(crate) fn in_context(work: &mut dyn FnMut()) {
    Context::new()
        .actor(Actor::user(ACTOR_ID))
        .request_id(REQUEST_ID)
        .correlation_id(CORRELATION_ID)
        .route_name(ROUTE_NAME)
        .ip_address(IP_ADDRESS)
        .user_agent(USER_AGENT)
        .in_scope(work);
}

/// Builds a recorder whose writer finishes every row and keeps it in memory.
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

/// Measures an event whose context is a `Context`.
pub(crate) fn scope(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event)
}

/// Measures an event whose context is a `Context`, with a spool directory and the event on the heap.
pub(crate) fn scope_heap(measure: Measure) -> Vec<Figure> {
    let _recorder = Buffer::Heap.install();
    measure.of(in_context, event)
}

/// Measures an event whose context is a `Context`, in a mapped buffer on a disk.
pub(crate) fn scope_disk(measure: Measure) -> Vec<Figure> {
    let _recorder = Buffer::Disk.install();
    measure.of(in_context, event)
}

/// Measures an event whose context is a `Context`, in a mapped buffer on a tmpfs.
pub(crate) fn scope_tmpfs(measure: Measure) -> Vec<Figure> {
    let _recorder = Buffer::Tmpfs.install();
    measure.of(in_context, event)
}

/// Measures an event whose context comes from the fields of surrounding spans.
pub(crate) fn spans(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(request::in_request, event)
}

/// Measures an async function.
pub(crate) fn scope_async(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event_later)
}

/// Measures a payload that is a value, serialized and masked.
pub(crate) fn scope_value(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, event_of_value)
}

/// Measures a payload that is a value, with a context from surrounding spans.
pub(crate) fn spans_value(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(request::in_request, event_of_value)
}

/// Measures `record!` in the middle of a function.
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

/// Measures a hand-written event of `tracing`.
pub(crate) fn written(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(in_context, request::event)
}

/// Measures an event that another layer sees as well.
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

/// Measures a full queue, while the database is unavailable and there is no spool.
pub(crate) fn full(measure: Measure) -> Vec<Figure> {
    let recorder = BehaviorTrace::builder()
        .database_url("sqlite:/nowhere/nothing.db")
        .queue_bytes(64 * 1024)
        .build()
        .expect("a recorder whose database is away starts");
    registry().with(recorder.layer()).init();
    in_context(&mut || (0..2000).for_each(event));
    thread::sleep(Duration::from_millis(50));
    measure.of(in_context, event)
}

/// Records events and waits until the writer has finished each and keeps its row in memory. Returns how many it stored.
pub fn written_by_the_writer(events: u32) -> Vec<Figure> {
    let recorder = install();
    in_context(&mut || (0..u64::from(events)).for_each(event));
    let report = recorder.shutdown_blocking(Duration::from_mins(5));
    #[expect(clippy::cast_precision_loss, reason = "thousands at most")]
    let stored = report.stored as f64;
    vec![("events", stored)]
}

/// Measures the function without its attribute.
pub(crate) fn bare(measure: Measure) -> Vec<Figure> {
    measure.of(
        |work| work(),
        |id| {
            let _ = black_box(unannotated(black_box(id), black_box(REASON)));
        },
    )
}

/// Measures an annotated function while no layer is alive.
pub(crate) fn absent(measure: Measure) -> Vec<Figure> {
    measure.of(|work| work(), event)
}

/// Measures an event of another target, with the recorder's layer alone.
pub(crate) fn foreign(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(
        |work| work(),
        |id| debug!(target: "sqlx::query", rows = black_box(id), "SELECT 1"),
    )
}

/// Measures the lifetime of a request's span with the recorder's layer.
pub(crate) fn span(measure: Measure) -> Vec<Figure> {
    let _recorder = install();
    measure.of(
        |work| work(),
        |_| drop(black_box(request::request().entered())),
    )
}
