//! Cost of an annotated call while no layer is alive.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use crate::report::Row;

const ROUNDS: usize = 31;
const CALLS: u32 = 400_000;

/// Provides a call in each body: any function that is not a leaf saves registers before the code of the attribute.
#[inline(never)]
fn change(id: u64) -> u64 {
    black_box(id) + 1
}

/// Does some tens of nanoseconds of work.
#[inline]
fn work(id: u64, text: &str) -> u64 {
    (0..16).fold(id, |sum, round| {
        let sum = black_box(sum).rotate_left(5) ^ round;
        text.bytes()
            .fold(sum, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
    })
}

/// Defines one body under each attribute, sync and async.
macro_rules! functions {
    ($name:ident, |$id:ident, $text:ident| $body:expr) => {
        mod $name {
            use behavior_trace::behavior_trace;

            use super::{Times, async_calls, change, sync_calls, work};

            #[inline(never)]
            fn bare($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            #[inline(never)]
            #[behavior_trace(action = "user.update", resource = "User", resource_id = $id)]
            fn annotated($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            #[inline(never)]
            #[tracing::instrument(skip_all)]
            fn instrumented($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            async fn bare_async($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            #[behavior_trace(action = "user.update", resource = "User", resource_id = $id)]
            async fn annotated_async($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            #[tracing::instrument(skip_all)]
            async fn instrumented_async($id: u64, $text: &str) -> Result<u64, String> {
                $body
            }

            /// Measures the nanoseconds of each, beginning with `first`.
            pub(super) fn round(first: usize, best: &mut Times) {
                for place in 0..best.len() {
                    let place = (place + first) % best.len();
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

            // Each body uses at most one of the two.
            const _: (fn(u64) -> u64, fn(u64, &str) -> u64) = (change, work);
        }
    };
}

functions!(calling, |id, text| if text.is_empty() {
    Err(text.to_owned())
} else {
    Ok(change(id) + text.len() as u64)
});

functions!(leaf, |id, text| if text.is_empty() {
    Err(String::new())
} else {
    Ok(id + text.len() as u64)
});

functions!(working, |id, text| if text.is_empty() {
    Err(text.to_owned())
} else {
    Ok(work(id, text))
});

/// Times of bare, annotated and instrumented calls, then of the async ones.
type Times = [f64; 6];

pub(crate) fn rows() -> Vec<Row> {
    let mut bodies = [[f64::MAX; 6]; 3];
    let [calling, leaf, working] = &mut bodies;
    for round in 0..ROUNDS {
        calling::round(round, calling);
        leaf::round(round, leaf);
        working::round(round, working);
    }
    ["", " leaf", " with work"]
        .into_iter()
        .zip(&bodies)
        .flat_map(|(body, best)| {
            let added = |id: &str, place: usize, bare: usize, target| Row {
                id: format!("added to a call while off, {id}"),
                value: best[place] - best[bare],
                unit: "ns",
                ratio: None,
                target,
            };
            [
                added(&format!("sync{body}"), 1, 0, Some(1.5)),
                added(&format!("sync{body}, instrument(skip_all)"), 2, 0, None),
                added(&format!("async{body}"), 4, 3, Some(4.0)),
                added(&format!("async{body}, instrument(skip_all)"), 5, 3, None),
            ]
        })
        .collect()
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

/// Returns the nanoseconds per call.
fn nanos(mut call: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    started.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
}
