//! Context across hand-offs: work that runs elsewhere, later, or piece by piece.

use std::sync::mpsc;
use std::thread;

use behavior_trace::context::{ContextToken, carry, carry_each, carry_fn};
use behavior_trace::{Actor, Context, record};
use behavior_trace_core::Activity;
use rayon::prelude::*;
use tokio_stream::StreamExt;
use tracing::info_span;

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

/// Whether the row is that of the request which its span alone describes.
fn assert_of_the_span(row: &Activity<'_>, how: &str) {
    assert_eq!(row.request_id.as_deref(), Some("r-1"), "{how}");
    assert_eq!(row.route_name.as_deref(), Some("/items/{id}"), "{how}");
    assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)), "{how}");
}

#[test]
fn what_the_spans_say_comes_along_by_every_hand_off() {
    let name = "hand_offs::what_the_spans_say_comes_along_by_every_hand_off";
    alone(name, || {
        let sink = install();
        let span = info_span!("request", request_id = "r-1", route = "/items/{id}");
        let by_thread =
            |work: Box<dyn FnOnce() + Send>| thread::spawn(work).join().expect("it ends");
        let with_and_without = [None, Some(Context::root().actor(Actor::user(7)))];
        for context in with_and_without {
            let is_said = context.is_some();
            let around = || match &context {
                // Said by the span, where no context does.
                None => {
                    let who = info_span!("who", actor_type = "USER", actor_id = 7);
                    (Some(who.entered()), Context::new())
                }
                Some(context) => (None, context.clone()),
            };
            span.in_scope(|| {
                let (_who, context) = around();
                let hand_off = || {
                    by_thread(Box::new(carry_fn(|| touched(1))));
                    assert_of_the_span(&sink.one(), "carry_fn");
                    let each = carry_each(touched);
                    by_thread(Box::new(move || each(1)));
                    assert_of_the_span(&sink.one(), "carry_each");
                    let future = carry(async { touched(1) });
                    by_thread(Box::new(|| block_on(future)));
                    assert_of_the_span(&sink.one(), "carry");
                    let inner = Context::new();
                    by_thread(Box::new(|| inner.in_scope(|| touched(1))));
                    assert_of_the_span(&sink.one(), "Context::new");
                    let again = carry_fn(|| by_thread_of(carry_fn(|| touched(1))));
                    by_thread(Box::new(again));
                    assert_of_the_span(&sink.one(), "carry_fn in carry_fn");
                    if let Some(current) = Context::current() {
                        let token = current.token().to_string();
                        assert_eq!(current.current_request_id().as_deref(), Some("r-1"));
                        by_thread(Box::new(|| current.in_scope(|| touched(1))));
                        assert_of_the_span(&sink.one(), "Context::current");
                        let token: ContextToken = token.parse().expect("a token");
                        by_thread(Box::new(|| Context::from(token).in_scope(|| touched(1))));
                        assert_of_the_span(&sink.one(), "a token");
                    }
                    let unit = behavior_trace::unit_of_work(async {
                        touched(1);
                        Ok::<(), ()>(())
                    });
                    by_thread(Box::new(|| {
                        block_on(async { unit.await.expect("it is well") })
                    }));
                    assert_of_the_span(&sink.one(), "a unit of work");
                };
                if is_said {
                    context.in_scope(hand_off)
                } else {
                    hand_off()
                }
            });
        }
        by_thread(Box::new(carry_fn(|| touched(1))));
        assert_eq!(sink.one().request_id, None);
    });
}

fn by_thread_of(work: impl FnOnce() + Send + 'static) {
    thread::spawn(work).join().expect("it ends");
}

#[test]
fn what_is_said_where_the_work_runs_comes_before_what_was_carried() {
    let name = "hand_offs::what_is_said_where_the_work_runs_comes_before_what_was_carried";
    alone(name, || {
        let sink = install();
        let request = info_span!(
            "request",
            request_id = "r-1",
            actor_id = tracing::field::Empty,
            route = "/outer"
        );
        let work = request.in_scope(|| {
            carry_fn(|| {
                info_span!("step", route = "/inner").in_scope(|| touched(1));
                Context::new().request_id("r-2").in_scope(|| touched(2));
            })
        });
        by_thread_of(work);
        let rows = sink.take();
        let said = rows
            .iter()
            .map(|row| (row.request_id.as_deref(), row.route_name.as_deref()));
        assert_eq!(
            said.collect::<Vec<_>>(),
            [(Some("r-1"), Some("/inner")), (Some("r-2"), Some("/outer"))]
        );
        // In the span itself what it says later stands.
        request.in_scope(|| {
            request.record("actor_id", 7);
            Context::new().in_scope(|| {
                request.record("actor_id", 8);
                touched(3);
            });
        });
        assert_eq!(sink.one().actor_id, Some(8));
    });
}
