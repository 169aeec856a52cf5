//! Actors as a whole: kind, id, label and impersonator come from one source, or the event has no actor.

use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace, record};
use tracing::field::Empty;
use tracing::{info, info_span, subscriber};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const DEADLINE: Duration = Duration::from_secs(20);

/// Runs `work` and returns the kind, id and payload of the rows it stores.
fn stored(work: impl FnOnce()) -> Vec<String> {
    let trace = BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("a sound configuration");
    let layer = trace.layer();
    subscriber::with_default(registry().with(layer), work);
    assert!(trace.flush_blocking(DEADLINE).is_complete());
    let page = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(trace.reader().query().oldest_first().fetch())
        .expect("a page");
    let row = |row: &behavior_trace::query::StoredActivity| {
        let id = row
            .activity
            .actor_id
            .map_or(String::new(), |id| id.to_string());
        format!("{}:{id} {}", row.activity.actor_type, row.activity.payload)
    };
    page.items.iter().map(row).collect()
}

fn touched() {
    record!(action = "item.update", resource = "Item", resource_id = 1);
}

fn robot() -> Context {
    Context::root()
        .actor(Actor::service(1).with_label("Billing robot"))
        .impersonator(Actor::admin(2))
}

const ROBOT: &str = r#"SERVICE:1 {"impersonator":"ADMIN:2","actor_label":"Billing robot"}"#;

#[test]
fn a_span_adds_nothing_to_the_actor_of_a_scope_and_a_scope_nothing_to_anothers() {
    let rows = stored(|| {
        robot().in_scope(|| {
            info_span!("inner", actor_id = 7).in_scope(touched);
            info_span!("inner", actor_label = "Ada", impersonator = "USER:3").in_scope(touched);
            Context::new().actor(Actor::new("", 7)).in_scope(touched);
            Context::new().actor(Actor::system()).in_scope(touched);
            Context::new()
                .impersonator(Actor::admin(9))
                .in_scope(touched);
        });
    });
    assert_eq!(rows, [ROBOT, ROBOT, "ANONYMOUS:7 {}", "SYSTEM: {}", ROBOT]);
}

#[test]
fn a_span_within_another_has_an_actor_of_its_own_or_that_ones() {
    let rows = stored(|| {
        let robot = info_span!(
            "robot",
            actor_type = "SERVICE",
            actor_id = 1,
            actor_label = "Billing robot",
            impersonator = "ADMIN:2"
        );
        robot.in_scope(|| {
            touched();
            info_span!("inner", actor_id = 7).in_scope(touched);
            info_span!("inner", actor_type = "SYSTEM").in_scope(touched);
            info_span!("inner", actor_label = "Ada").in_scope(touched);
            info_span!("inner", enduser.id = "8").in_scope(touched);
        });
    });
    assert_eq!(
        rows,
        [ROBOT, "ANONYMOUS:7 {}", "SYSTEM: {}", ROBOT, "USER:8 {}"]
    );
}

#[test]
fn names_that_mean_actors_of_two_kinds_are_not_mixed() {
    let rows = stored(|| {
        info_span!("r", actor_id = 7, enduser.id = "8").in_scope(touched);
        info_span!("r", actor_type = "ADMIN", enduser.id = "8").in_scope(touched);
        info_span!("r", actor_type = "USER", enduser.id = %"8").in_scope(touched);
    });
    assert_eq!(rows, ["ANONYMOUS:7 {}", "ADMIN: {}", "USER:8 {}"]);
}

#[test]
fn an_actor_recorded_later_on_a_span_is_another_one() {
    let rows = stored(|| {
        let span = info_span!(
            "request",
            actor_type = "USER",
            actor_id = 7,
            actor_label = "Ada",
            impersonator = Empty
        );
        span.record("impersonator", "ADMIN:1");
        span.in_scope(|| {
            touched();
            span.record("actor_id", 8);
            touched();
            span.record("actor_label", "Bob");
            touched();
            span.record("actor_type", "SYSTEM");
            touched();
        });
        let late = info_span!(
            "request",
            actor_type = "USER",
            actor_label = "Ada",
            actor_id = Empty
        );
        late.record("actor_id", 7);
        late.in_scope(touched);
    });
    assert_eq!(
        rows,
        [
            r#"USER:7 {"impersonator":"ADMIN:1","actor_label":"Ada"}"#,
            "USER:8 {}",
            r#"USER:8 {"actor_label":"Bob"}"#,
            // This kind completes the id recorded before it.
            r#"SYSTEM:8 {"actor_label":"Bob"}"#,
            r#"USER:7 {"actor_label":"Ada"}"#,
        ]
    );
}

#[behavior_trace(action = "item.update", resource = "Item", actor = who, bind = event)]
fn by(who: Option<Actor>, told: &[Actor]) {
    drop(who);
    for actor in told {
        event.actor(actor);
    }
}

#[test]
fn what_a_call_or_an_event_says_of_its_actor_is_all_of_it() {
    let rows = stored(|| {
        robot().in_scope(|| {
            by(Some(Actor::user(7)), &[]);
            by(Some(Actor::new("", 7).with_label("Ada")), &[]);
            by(Some(Actor::user(7).with_label("Ada")), &[Actor::user(8).with_label("Bob"), Actor::user(9)]);
            by(None, &[]);
            info!(target: "behavior_trace", action = "item.update", resource = "Item", actor_id = 7);
            info!(target: "behavior_trace", action = "item.update", resource = "Item", actor_label = "Ada");
        });
    });
    assert_eq!(
        rows,
        [
            "USER:7 {}",
            r#"ANONYMOUS:7 {"actor_label":"Ada"}"#,
            "USER:9 {}",
            ROBOT,
            "ANONYMOUS:7 {}",
            ROBOT,
        ]
    );
}

#[test]
fn a_fallback_completes_no_actor() {
    let sink = crate::collected::Collected::new();
    let layer =
        behavior_trace_layer::BehaviorTraceLayer::new(sink.clone()).default_context(robot());
    subscriber::with_default(registry().with(layer), || {
        info_span!("inner", actor_id = 7).in_scope(touched);
        touched();
    });
    let rows = sink.take();
    let said: Vec<_> = rows
        .iter()
        .map(|row| (&*row.actor_type, row.actor_id))
        .collect();
    assert_eq!(said, [("", Some(7)), ("SERVICE", Some(1))]);
}
