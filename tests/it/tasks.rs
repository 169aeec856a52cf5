//! A context belongs to a task, not to other tasks that the thread polls meanwhile.

use std::sync::Arc;
use std::time::Duration;

use behavior_trace::context::{propagate, propagate_fn};
use behavior_trace::{Actor, Context, record, unit_of_work};
use behavior_trace_core::Activity;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{LocalSet, spawn_local, yield_now};

use crate::alone::{alone, install};
use crate::collected::Collected;

fn touched(name: &str) {
    record!(
        action = "item.update",
        resource = "Item",
        resource_id = name
    );
}

fn single_threaded() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
}

fn ada() -> Context {
    Context::root().actor(Actor::user(7)).request_id("r-1")
}

/// Records some events, between which its task is polled again.
async fn work(name: &'static str) {
    for _ in 0..3 {
        touched(name);
        Context::new()
            .route_name("/inner")
            .scope(async { touched(name) })
            .await;
        yield_now().await;
    }
}

/// Asserts that all rows of this name have Ada's context, or none.
fn assert_rows(rows: &[Activity<'_>], name: &str, adas: bool) {
    let named: Vec<_> = rows
        .iter()
        .filter(|row| row.resource_id.as_deref() == Some(name))
        .collect();
    assert_eq!(named.len(), 6, "{name}");
    let (actor, request) = if adas {
        (Some(7), Some("r-1"))
    } else {
        (None, None)
    };
    for row in named {
        assert_eq!(
            (row.actor_id, row.request_id.as_deref()),
            (actor, request),
            "{name}"
        );
    }
}

fn assert_all(sink: &Arc<Collected>) {
    let rows = sink.take();
    assert_rows(&rows, "own", true);
    assert_rows(&rows, "another", false);
    assert_rows(&rows, "carried", true);
}

#[test]
fn tasks_that_a_local_set_drives_inside_a_scope_are_not_in_it() {
    let name = "tasks::tasks_that_a_local_set_drives_inside_a_scope_are_not_in_it";
    alone(name, || {
        let sink = install();
        let drive = || async {
            let local = LocalSet::new();
            local.spawn_local(work("another"));
            let scope = ada().scope(local.run_until(async {
                let carried = spawn_local(propagate(work("carried")));
                work("own").await;
                carried.await.expect("it ends");
            }));
            scope.await;
            local.await;
        };
        single_threaded().block_on(drive());
        assert_all(&sink);
        // Also inside a task.
        single_threaded().block_on(async {
            let outer = LocalSet::new();
            outer.spawn_local(drive());
            outer.await;
        });
        assert_all(&sink);
    });
}

#[test]
fn tasks_that_run_while_a_thread_blocks_inside_a_scope_are_not_in_it() {
    let name = "tasks::tasks_that_run_while_a_thread_blocks_inside_a_scope_are_not_in_it";
    alone(name, || {
        let sink = install();
        let runtime = single_threaded();
        let another = runtime.spawn(work("another"));
        ada().in_scope(|| {
            let carried = runtime.spawn(propagate(work("carried")));
            runtime.block_on(async {
                work("own").await;
                carried.await.expect("it ends");
            });
        });
        runtime.block_on(another).expect("it ends");
        assert_all(&sink);
        // Also on a thread that a runtime lends for blocking work.
        let blocking = Builder::new_multi_thread()
            .build()
            .expect("a runtime starts");
        let lent = move || {
            let runtime = single_threaded();
            runtime.spawn(work("another"));
            let carried = runtime.spawn(propagate(work("carried")));
            runtime.block_on(async {
                work("own").await;
                carried.await.expect("it ends");
            });
        };
        let lent = ada().in_scope(|| blocking.spawn_blocking(propagate_fn(lent)));
        blocking.block_on(lent).expect("it ends");
        assert_all(&sink);
    });
}

#[test]
fn a_task_waits_in_no_unit_of_work_that_it_is_driven_in() {
    let name = "tasks::a_task_waits_in_no_unit_of_work_that_it_is_driven_in";
    alone(name, || {
        let sink = install();
        single_threaded().block_on(async {
            let local = LocalSet::new();
            local.spawn_local(work("another"));
            let undone: Result<(), ()> = local
                .run_until(unit_of_work(async {
                    work("own").await;
                    Err(())
                }))
                .await;
            assert_eq!(undone, Err(()));
            let undone: Result<(), ()> = unit_of_work(local.run_until(async {
                spawn_local(work("another still"));
                work("own").await;
                Err(())
            }))
            .await;
            assert_eq!(undone, Err(()));
            local.await;
        });
        let rows = sink.take();
        assert_eq!(rows.len(), 12);
        assert!(
            rows.iter()
                .all(|row| row.resource_id.as_deref() != Some("own"))
        );
    });
}

#[test]
fn what_is_polled_in_a_scopes_own_task_is_in_it_however_it_is_driven() {
    let name = "tasks::what_is_polled_in_a_scopes_own_task_is_in_it_however_it_is_driven";
    alone(name, || {
        let sink = install();
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime starts");
        runtime.block_on(async {
            let request = ada().scope(async {
                tokio::join!(work("own"), async {
                    let patience = Duration::from_mins(1);
                    tokio::time::timeout(patience, work("joined")).await
                })
                .1
                .expect("in time");
                tokio::task::block_in_place(|| {
                    let runtime = tokio::runtime::Handle::current();
                    runtime.block_on(work("blocking"));
                });
            });
            tokio::spawn(request).await.expect("it ends");
        });
        let rows = sink.take();
        for name in ["own", "joined", "blocking"] {
            assert_rows(&rows, name, true);
        }
    });
}
