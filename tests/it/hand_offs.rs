//! Context across hand-offs: work that runs elsewhere, later, or in pieces.

use std::sync::mpsc;
use std::thread;

use behavior_trace::context::{ContextToken, propagate, propagate_each, propagate_fn};
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

/// Asserts the number of rows, and that all of them belong to that request.
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
                (0..100_u64)
                    .into_par_iter()
                    .for_each(propagate_each(touched));
                let (done, wait) = mpsc::channel();
                rayon::spawn(propagate_fn(move || {
                    touched(100);
                    done.send(()).expect("somebody waits");
                }));
                wait.recv().expect("it ends");
            });
            assert_all_of_it(&sink.take(), 101);
            // The threads of the pool keep no context afterwards.
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

/// Runs `work` on a thread without a context.
fn elsewhere(work: impl FnOnce() + Send + 'static) {
    thread::spawn(work).join().expect("it ends");
}

/// Name of a hand-off, and the work that it propagates.
type HandOff = (&'static str, Box<dyn FnOnce() + Send>);

/// Returns work for every kind of hand-off, bound to the current context.
fn hand_offs() -> Vec<HandOff> {
    let each = propagate_each(touched);
    let future = propagate(async { touched(1) });
    let unit = behavior_trace::unit_of_work(async {
        touched(1);
        Ok::<(), ()>(())
    });
    let inner = Context::new();
    let token: ContextToken = inner.token().to_string().parse().expect("a token");
    let mut all: Vec<HandOff> = vec![
        ("propagate_fn", Box::new(propagate_fn(|| touched(1)))),
        ("propagate_each", Box::new(move || each(1))),
        ("propagate", Box::new(|| block_on(future))),
        (
            "unit_of_work",
            Box::new(|| assert_eq!(block_on(unit), Ok(()))),
        ),
        ("Context::new", Box::new(|| inner.in_scope(|| touched(1)))),
        (
            "a token",
            Box::new(|| Context::from(token).in_scope(|| touched(1))),
        ),
        (
            "propagate_fn in propagate_fn",
            Box::new(propagate_fn(|| elsewhere(propagate_fn(|| touched(1))))),
        ),
    ];
    if let Some(current) = Context::current() {
        assert_eq!(current.current_request_id().as_deref(), Some("r-1"));
        all.push((
            "Context::current",
            Box::new(|| current.in_scope(|| touched(1))),
        ));
    }
    all
}

#[test]
fn what_the_spans_say_comes_along_by_every_hand_off() {
    let name = "hand_offs::what_the_spans_say_comes_along_by_every_hand_off";
    alone(name, || {
        let sink = install();
        let check = || {
            for (how, work) in hand_offs() {
                elsewhere(work);
                let row = sink.one();
                assert_eq!(row.request_id.as_deref(), Some("r-1"), "{how}");
                assert_eq!(row.route_name.as_deref(), Some("/items/{id}"), "{how}");
                let actor = (&*row.actor_type, row.actor_id);
                assert_eq!(actor, ("USER", Some(7)), "{how}");
            }
        };
        let request = info_span!("request", request_id = "r-1", route = "/items/{id}").entered();
        Context::root().actor(Actor::user(7)).in_scope(check);
        // Without a context, the span alone names the actor.
        let who = info_span!("who", actor_type = "USER", actor_id = 7);
        who.in_scope(check);
        drop(request);
        elsewhere(propagate_fn(|| touched(1)));
        assert_eq!(sink.one().request_id, None);
    });
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
            propagate_fn(|| {
                info_span!("step", route = "/inner").in_scope(|| touched(1));
                Context::new().request_id("r-2").in_scope(|| touched(2));
            })
        });
        elsewhere(work);
        let rows = sink.take();
        let said = rows
            .iter()
            .map(|row| (row.request_id.as_deref(), row.route_name.as_deref()));
        assert_eq!(
            said.collect::<Vec<_>>(),
            [(Some("r-1"), Some("/inner")), (Some("r-2"), Some("/outer"))]
        );
        // Inside the span itself, values recorded later apply.
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
