//! The whole path from an annotated function to a row of `operational_activity`, on every store.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use behavior_trace::query::StoredActivity;
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use serde::Serialize;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use crate::alone::alone;
use crate::database::{Database, on_every_store};

const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, Serialize)]
struct User {
    id: u64,
    email: String,
    password: String,
}

#[derive(Debug)]
struct Denied;

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("denied")
    }
}

struct Users;

impl Users {
    #[behavior_trace(action = "user.create", resource = "User", resource_id = |user| user.id, payload = |user| user)]
    async fn create(&self, id: u64) -> Result<User, Denied> {
        tokio::task::yield_now().await;
        let user = User {
            id,
            email: "ada@example.org".to_owned(),
            password: "hunter2".to_owned(),
        };
        (id < 1000).then_some(user).ok_or(Denied)
    }

    #[expect(clippy::unused_self, reason = "a method of a service")]
    #[behavior_trace(action = "user.delete", resource = "User", resource_id = id)]
    fn delete(&self, id: u64) -> Result<(), Denied> {
        match id {
            0 => Err(Denied),
            13 => panic!("unlucky"),
            _ => Ok(()),
        }
    }
}

#[behavior_trace(action = "user.approve", resource = "User", resource_id = id)]
async fn approve(id: u64) -> Result<(), Denied> {
    std::future::pending::<()>().await;
    let _ = id;
    Ok(())
}

/// Creates a recorder on the test's own database and migrates its table.
fn recorder(database: &Database) -> BehaviorTrace {
    BehaviorTrace::builder()
        .database_url(database.text())
        .migrate(true)
        .build()
        .expect("a sound configuration")
}

async fn users_rows(trace: &BehaviorTrace) -> Vec<StoredActivity> {
    let report = trace.flush(DEADLINE).await;
    assert!(report.is_complete(), "{report}");
    trace
        .reader()
        .query()
        .oldest_first()
        .limit(100)
        .fetch()
        .await
        .expect("a page")
        .items
}

on_every_store! {
    a_call_that_succeeds_becomes_one_row_with_its_context
    an_error_a_panic_and_a_cancelled_call_leave_no_row
    a_level_filter_on_the_whole_subscriber_loses_nothing
    an_entity_tells_its_history_newest_first
    a_hand_written_event_becomes_a_row
    what_nobody_is_said_to_have_done_is_counted_and_found
}

async fn a_call_that_succeeds_becomes_one_row_with_its_context(database: Database) {
    let trace = recorder(&database);
    let _subscriber = tracing_subscriber::registry()
        .with(trace.layer())
        .set_default();
    let context = Context::new()
        .actor(Actor::admin(7))
        .request_id("r-1")
        .correlation_id("c-1")
        .route_name("POST /users")
        .ip_address("203.0.113.7")
        .user_agent("curl/8.9 🦀");
    context
        .scope(Users.create(1))
        .await
        .expect("id 1 is allowed");

    let rows = users_rows(&trace).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0].activity;
    assert_eq!((&*row.action, &*row.resource), ("user.create", "User"));
    assert_eq!(row.resource_id.as_deref(), Some("1"));
    assert_eq!((&*row.actor_type, row.actor_id), ("ADMIN", Some(7)));
    assert_eq!(row.request_id.as_deref(), Some("r-1"));
    assert_eq!(row.correlation_id.as_deref(), Some("c-1"));
    assert_eq!(row.route_name.as_deref(), Some("POST /users"));
    assert_eq!(row.ip_address.as_deref(), Some("203.0.113.7"));
    assert_eq!(row.user_agent.as_deref(), Some("curl/8.9 🦀"));
    let payload: serde_json::Value = serde_json::from_str(&row.payload).expect("a JSON object");
    assert_eq!(payload["email"], "ada@example.org");
    assert_ne!(payload["password"], "hunter2", "a secret is masked");
    let report = trace.shutdown(DEADLINE).await;
    assert!(report.is_complete(), "{report}");
}

async fn an_error_a_panic_and_a_cancelled_call_leave_no_row(database: Database) {
    let trace = recorder(&database);
    let _subscriber = tracing_subscriber::registry()
        .with(trace.layer())
        .set_default();

    Users.create(1000).await.expect_err("id 1000 is denied");
    Users.delete(0).expect_err("id 0 is denied");
    catch_unwind(AssertUnwindSafe(|| Users.delete(13))).expect_err("13 panics");
    tokio::select! {
        biased;
        _ = approve(5) => unreachable!("it never ends"),
        () = tokio::task::yield_now() => {}
    }
    Users.delete(1).expect("1 is allowed");

    let rows = users_rows(&trace).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].activity.resource_id.as_deref(), Some("1"));
    let stats = trace.stats();
    assert_eq!((stats.accepted, stats.cancelled), (1, 1), "{stats:?}");
}

async fn a_level_filter_on_the_whole_subscriber_loses_nothing(database: Database) {
    let trace = recorder(&database);
    for filter in [LevelFilter::WARN, LevelFilter::OFF] {
        let subscriber = tracing_subscriber::registry()
            .with(filter)
            .with(trace.layer());
        let _subscriber = subscriber.set_default();
        Users.delete(4).expect("4 is allowed");
    }
    let off = tracing_subscriber::EnvFilter::new("off");
    let _subscriber = tracing_subscriber::registry()
        .with(off)
        .with(trace.layer())
        .set_default();
    Users.delete(4).expect("4 is allowed");
    assert_eq!(users_rows(&trace).await.len(), 3);
}

async fn an_entity_tells_its_history_newest_first(database: Database) {
    let trace = recorder(&database);
    let _subscriber = tracing_subscriber::registry()
        .with(trace.layer())
        .set_default();
    for id in [1, 2] {
        Users.create(id).await.expect("allowed");
        Users.delete(id).expect("allowed");
    }
    assert!(trace.flush(DEADLINE).await.is_complete());

    let page = trace
        .reader()
        .query()
        .resource("User", 2)
        .limit(10)
        .fetch()
        .await
        .expect("a page");
    let actions: Vec<_> = page.items.iter().map(|row| &*row.activity.action).collect();
    assert_eq!(actions, ["user.delete", "user.create"]);
}

async fn a_hand_written_event_becomes_a_row(database: Database) {
    let trace = recorder(&database);
    let _subscriber = tracing_subscriber::registry()
        .with(trace.layer())
        .set_default();
    tracing::info!(target: "behavior_trace", action = "plan.assign", resource = "Plan", resource_id = 9, actor_type = "user", actor_id = 3);
    tracing::info!(action = "plan.assign", resource = "Plan", "not our target");

    let rows = users_rows(&trace).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].activity.resource_id.as_deref(), Some("9"));
    assert_eq!(
        (&*rows[0].activity.actor_type, rows[0].activity.actor_id),
        ("USER", Some(3))
    );
}

async fn what_nobody_is_said_to_have_done_is_counted_and_found(database: Database) {
    let trace = recorder(&database);
    let _subscriber = tracing_subscriber::registry()
        .with(trace.layer())
        .set_default();
    Users.delete(1).expect("allowed");
    let context = || Context::root().request_id("r-1");
    context().in_scope(|| Users.delete(2)).expect("allowed");
    for known in [Actor::user(3), Actor::system()] {
        let context = context().actor(known);
        context.in_scope(|| Users.delete(4)).expect("allowed");
    }
    tracing::info!(target: "behavior_trace", action = "user.delete", resource = "User", resource_id = 6);

    assert_eq!(users_rows(&trace).await.len(), 5);
    assert_eq!(trace.stats().without_actor, 3);
    let nobodys = trace.reader().query().actor(&Actor::anonymous());
    let found = nobodys.oldest_first().fetch().await.expect("a page");
    let ids = found.items.iter().map(|row| &row.activity.resource_id);
    let ids: Vec<_> = ids.map(Option::as_deref).collect();
    assert_eq!(ids, [Some("1"), Some("2"), Some("6")]);
    for row in &found.items {
        let actor = (&*row.activity.actor_type, row.activity.actor_id);
        assert_eq!(actor, ("ANONYMOUS", None));
    }
}

#[test]
fn a_call_where_nobody_records_is_counted_where_it_was_made() {
    let trace = BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("a sound configuration");
    let _alive = trace.layer::<tracing_subscriber::Registry>();
    let before = trace.stats().without_layer;
    tracing::subscriber::with_default(tracing_subscriber::registry(), || Users.delete(6))
        .expect("6 is allowed");
    // Other tests may increase the counter at the same time.
    assert!(trace.stats().without_layer > before);
    assert_eq!(trace.stats().accepted, 0);
}

#[test]
fn under_a_global_subscriber_at_trace_the_whole_pipe_records_calls_and_nothing_else() {
    let name = "end_to_end::under_a_global_subscriber_at_trace_the_whole_pipe_records_calls_and_nothing_else";
    alone(name, || {
        let database = Database::sqlite();
        let trace = recorder(&database);
        // Without a filter, every event of the driver and of the recorder is created and formatted.
        let printed = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
        tracing_subscriber::registry()
            .with(printed)
            .with(trace.layer())
            .init();
        for id in 100..150 {
            Users.delete(id).expect("allowed");
        }
        let report = trace.flush_blocking(DEADLINE);
        assert!(report.is_complete(), "{report}");
        let stats = trace.stats();
        assert_eq!((stats.accepted, stats.stored), (50, 50), "{stats:?}");
        assert_eq!((stats.refused, stats.reentrant), (0, 0), "{stats:?}");
    });
}
