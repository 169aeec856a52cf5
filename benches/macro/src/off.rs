//! What an annotated call costs while no layer is alive.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use behavior_trace::behavior_trace;

use crate::report::Row;

const ROUNDS: usize = 31;
const CALLS: u32 = 400_000;

/// What a change calls on: any function that is not a leaf has saved registers of its own before ours.
#[inline(never)]
fn change(id: u64) -> u64 {
    black_box(id) + 1
}

#[inline(never)]
fn bare(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

#[inline(never)]
#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn annotated(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

#[inline(never)]
#[tracing::instrument(skip_all)]
fn instrumented(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

async fn bare_async(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn annotated_async(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

#[tracing::instrument(skip_all)]
async fn instrumented_async(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        Err(name.to_owned())
    } else {
        Ok(change(id) + name.len() as u64)
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let mut best = [f64::MAX; 6];
    for round in 0..ROUNDS {
        for place in 0..best.len() {
            let place = (place + round) % best.len();
            let nanos = match place {
                0 => sync_calls(bare),
                1 => sync_calls(annotated),
                2 => sync_calls(instrumented),
                3 => async_calls(bare_async),
                4 => async_calls(annotated_async),
                _ => async_calls(instrumented_async),
            };
            best[place] = best[place].min(nanos);
        }
    }
    let added = |id: &str, place: usize, bare: usize, target| Row {
        id: format!("added to a call while off, {id}"),
        value: best[place] - best[bare],
        unit: "ns",
        ratio: None,
        target,
    };
    vec![
        added("sync", 1, 0, Some(1.5)),
        added("sync, instrument(skip_all)", 2, 0, None),
        added("async", 4, 3, Some(4.0)),
        added("async, instrument(skip_all)", 5, 3, None),
    ]
}

fn sync_calls(call: fn(u64, &str) -> Result<u64, String>) -> f64 {
    nanos(|| drop(black_box(call(black_box(7), black_box("Ada")))))
}

fn async_calls<'a, F>(call: fn(u64, &'a str) -> F) -> f64
where
    F: Future<Output = Result<u64, String>>,
{
    let mut context = Context::from_waker(Waker::noop());
    nanos(|| {
        let future = pin!(call(black_box(7), black_box("Ada")));
        assert!(matches!(
            black_box(future.poll(&mut context)),
            Poll::Ready(Ok(_))
        ));
    })
}

/// Nanoseconds per call.
fn nanos(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}
