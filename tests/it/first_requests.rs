//! A warning, once, about what the first requests of a process do not say.

use std::fmt;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::put;
use behavior_trace::http::{ContextLayer, PeerAddr};
use http::Request;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::alone::{alone, block_on};

/// The messages of the recorder about its installation.
#[derive(Clone, Default)]
struct Messages(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Messages {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() == "behavior_trace::install" {
            event.record(
                &mut |field: &tracing::field::Field, value: &dyn fmt::Debug| {
                    if field.name() == "message" {
                        let mut messages = self.0.lock().expect("no test panicked");
                        messages.push(format!("{value:?}"));
                    }
                },
            );
        }
    }
}

/// Sends 250 requests through `app`; returns what was said.
fn said(app: &Router, peer: bool) -> Vec<String> {
    let messages = Messages::default();
    registry().with(messages.clone()).init();
    block_on(async {
        for _ in 0..250 {
            let mut request = Request::put("/users/7").body(axum::body::Body::empty());
            if let (true, Ok(request)) = (peer, &mut request) {
                let address = ([203, 0, 113, 9], 4711).into();
                request.extensions_mut().insert(PeerAddr(address));
            }
            let mut app = app.clone();
            let answer = tower_service::Service::call(&mut app, request.expect("a request"));
            assert!(answer.await.expect("an answer").status().is_success());
        }
    });
    let said = messages.0.lock().expect("no test panicked");
    said.clone()
}

fn users() -> Router {
    Router::new().route("/users/{id}", put(async || "changed"))
}

#[test]
fn a_service_that_states_both_is_told_nothing() {
    alone(
        "first_requests::a_service_that_states_both_is_told_nothing",
        || {
            assert_eq!(said(&users().layer(ContextLayer::new()), true), [""; 0]);
        },
    );
}

#[test]
fn a_service_without_connect_info_is_told_so_once() {
    alone(
        "first_requests::a_service_without_connect_info_is_told_so_once",
        || {
            let said = said(&users().layer(ContextLayer::new()), false);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(
                said[0].starts_with("no request has had a peer so far"),
                "{said:?}"
            );
            assert!(
                said[0].contains("into_make_service_with_connect_info"),
                "{said:?}"
            );
        },
    );
}

/// The connect info of another version of axum is a type of its own, as this one is.
#[derive(Clone)]
struct Connection(std::net::IpAddr);

#[test]
fn a_service_that_names_its_peer_and_its_route_is_told_nothing() {
    let name = "first_requests::a_service_that_names_its_peer_and_its_route_is_told_nothing";
    alone(name, || {
        let layer = ContextLayer::new()
            .peer(|request| Some(request.extensions.get::<Connection>()?.0))
            .route(|_| Some("/users/{id}".to_owned()));
        let whole = Router::new().fallback_service(users()).layer(layer);
        let connected = axum::Extension(Connection([203, 0, 113, 9].into()));
        assert_eq!(said(&whole.layer(connected), false), [""; 0]);
    });
}

#[test]
fn a_framework_without_a_middleware_is_told_what_to_pass_and_of_no_layer() {
    let name =
        "first_requests::a_framework_without_a_middleware_is_told_what_to_pass_and_of_no_layer";
    alone(name, || {
        let messages = Messages::default();
        registry().with(messages.clone()).init();
        for _ in 0..250 {
            let none = |_: &str| Vec::<&[u8]>::new();
            behavior_trace::headers::request_context(none, None, Some("/users/{id}"), None);
        }
        let said = messages.0.lock().expect("no test panicked");
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("`request_context`"), "{said:?}");
        assert!(!said[0].contains("Layer"), "{said:?}");
    });
}

#[test]
fn a_middleware_around_the_whole_router_is_told_that_no_route_is_seen() {
    let name = "first_requests::a_middleware_around_the_whole_router_is_told_that_no_route_is_seen";
    alone(name, || {
        let whole = Router::new().fallback_service(users());
        let said = said(&whole.layer(ContextLayer::new()), true);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("no request has had a route so far"),
            "{said:?}"
        );
    });
}

#[test]
fn a_second_middleware_inside_states_the_route() {
    alone(
        "first_requests::a_second_middleware_inside_states_the_route",
        || {
            let whole = Router::new().fallback_service(users().route_layer(ContextLayer::new()));
            assert_eq!(said(&whole.layer(ContextLayer::new()), true), [""; 0]);
        },
    );
}

/// The types of another major version of axum are others: what it says of a request is not seen.
#[test]
fn a_framework_that_states_neither_is_told_what_to_check() {
    alone(
        "first_requests::a_framework_that_states_neither_is_told_what_to_check",
        || {
            let whole = Router::new().fallback_service(users());
            let said = said(&whole.layer(ContextLayer::new()), false);
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains("axum is 0.8"), "{said:?}");
        },
    );
}
