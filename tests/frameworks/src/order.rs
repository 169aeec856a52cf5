//! The order of `ActorLayer` and `ContextLayer`.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use behavior_trace::health::Counter;
use behavior_trace::http::{ActorLayer, ContextLayer};
use behavior_trace::{Activity, Actor};

use crate::service::{call, install, routes, rows};

fn seven() -> ActorLayer {
    ActorLayer::new(|_: &Parts| Some(Actor::user(7)))
}

async fn row(app: Router, resource: &str) -> Activity<'static> {
    install();
    let request = Request::patch("/accounts/1").header("x-request-id", "r-1");
    call(&app, request.body(Body::empty()).expect("a request")).await;
    let mut rows = rows(resource);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[tokio::test]
async fn either_may_be_outside_of_the_other() {
    let inside = routes("Inside").layer(seven()).layer(ContextLayer::new());
    let outside = routes("Outside").layer(ContextLayer::new()).layer(seven());
    for row in [row(inside, "Inside").await, row(outside, "Outside").await] {
        assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
        assert_eq!(row.request_id.as_deref(), Some("r-1"));
        assert_eq!(row.route_name.as_deref(), Some("/accounts/{id}"));
    }
}

#[tokio::test]
async fn without_a_context_layer_the_row_has_its_actor_alone() {
    let row = row(routes("Bare").layer(seven()), "Bare").await;
    assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
    assert_eq!(row.request_id, None);
}

#[tokio::test]
async fn an_inner_answer_replaces_an_outer_one_and_none_leaves_it() {
    let silent = ActorLayer::new(|_: &Parts| None);
    let nine = ActorLayer::new(|_: &Parts| Some(Actor::admin(9)));
    let app = routes("Both").layer(silent).layer(nine).layer(seven());
    let row = row(app.layer(ContextLayer::new()), "Both").await;
    assert_eq!((&*row.actor_type, row.actor_id), ("ADMIN", Some(9)));
}

#[tokio::test]
async fn a_panic_of_the_function_is_counted_and_the_request_goes_on() {
    let before = install().count(Counter::Panicked);
    let panics = ActorLayer::new(|_: &Parts| panic!("a bug of the application"));
    let row = row(
        routes("Panic").layer(panics).layer(ContextLayer::new()),
        "Panic",
    )
    .await;
    assert_eq!(row.actor_type, "ANONYMOUS");
    assert_eq!(install().count(Counter::Panicked), before + 1);
}
