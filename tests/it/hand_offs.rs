//! Context across hand-offs: work that runs elsewhere, later, or piece by piece.

use std::sync::mpsc;
use std::thread;

use behavior_trace::context::{ContextToken, carry_each, carry_fn};
use behavior_trace::{Actor, Context, record};
use behavior_trace_core::Activity;
use rayon::prelude::*;
use tokio_stream::StreamExt;

use crate::alone::{alone, block_on, install};

fn touched(n: u64) {
    record!(action = "item.update", resource = "Item", resource_id = n);
}

fn request() -> Context {
    Context::root().actor(Actor::user(7)).request_id("r-1")
}

/// Whether there are so many rows, all of them that request's.
fn assert_all_of_it(rows: &[Activity<'_>], count: usize) {
    assert_eq!(rows.len(), count);
    for row in rows {
        assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
        assert_eq!(row.request_id.as_deref(), Some("r-1"));
    }
}

#[test]
fn rayons_threads_work_in_the_context_of_who_asked() {
    alone(
        "hand_offs::rayons_threads_work_in_the_context_of_who_asked",
        || {
            let sink = install();
            request().in_scope(|| {
                (0..100_u64).into_par_iter().for_each(carry_each(touched));
                let (done, wait) = mpsc::channel();
                rayon::spawn(carry_fn(move || {
                    touched(100);
                    done.send(()).expect("somebody waits");
                }));
                wait.recv().expect("it ends");
            });
            assert_all_of_it(&sink.take(), 101);
            // A pool's thread keeps nothing of it.
            rayon::broadcast(|thread| touched(thread.index() as u64));
            assert!(sink.take().iter().all(|row| row.request_id.is_none()));
        },
    );
}

#[test]
fn a_stream_has_its_context_wherever_it_is_polled() {
    alone(
        "hand_offs::a_stream_has_its_context_wherever_it_is_polled",
        || {
            let sink = install();
            let stream = request().scope(tokio_stream::iter(0..3).map(touched));
            let consumer = Context::root().actor(Actor::system()).request_id("another");
            block_on(consumer.scope(async {
                let all: Vec<()> = stream.collect().await;
                assert_eq!(all.len(), 3);
            }));
            assert_all_of_it(&sink.take(), 3);
        },
    );
}

#[test]
fn a_job_runs_in_the_context_that_it_was_queued_in() {
    alone(
        "hand_offs::a_job_runs_in_the_context_that_it_was_queued_in",
        || {
            let sink = install();
            let (queue, jobs) = mpsc::channel::<String>();
            let worker = thread::spawn(move || {
                Context::root().actor(Actor::system()).in_scope(|| {
                    for job in jobs {
                        let token: ContextToken = job.parse().expect("a token");
                        Context::from(token).in_scope(|| touched(1));
                    }
                });
            });
            let context = request();
            queue
                .send(context.token().to_string())
                .expect("a worker waits");
            context.set_actor(Actor::user(8));
            drop(queue);
            worker.join().expect("it ends");
            assert_all_of_it(&sink.take(), 1);
        },
    );
}
