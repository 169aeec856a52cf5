//! A real axum service with the routes of its recorder's health, while its database is killed and comes back.

use std::time::{Duration, Instant};

use axum::Router;
use behavior_trace::BehaviorTrace;
use behavior_trace::health::{health_route, strict_health_route};
use behavior_trace_servers::{Kind, Server};
use http::{Request, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::http::{header, send};

const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit of a statement. A route that waited for the hanging database would take as long.
const STATEMENT: Duration = Duration::from_secs(2);
const AT_ONCE: Duration = Duration::from_secs(1);

struct Service {
    base: String,
}

impl Service {
    async fn start(recorder: &BehaviorTrace) -> Self {
        let app = Router::new()
            .route("/health", health_route(recorder.handle()))
            .route("/strict", strict_health_route(recorder.handle()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base }
    }

    async fn ask(&self, path: &str) -> Response<String> {
        let begun = Instant::now();
        let answer = send(Request::get(format!("{}{path}", self.base)), "").await;
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        answer
    }

    /// Waits until the health has this status. Returns its body, and the codes of both routes.
    async fn becomes(&self, status: &str) -> (Value, [StatusCode; 2]) {
        let begun = Instant::now();
        loop {
            let [lenient, strict] = [self.ask("/health").await, self.ask("/strict").await];
            let body: Value = serde_json::from_str(lenient.body()).expect("it is JSON");
            // The status may have changed between the two questions.
            let same = lenient.body() == strict.body();
            if same && body["status"] == status {
                return (body, [lenient.status(), strict.status()]);
            }
            assert!(begun.elapsed() < PATIENCE, "{body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn recorder(url: &str) -> BehaviorTrace {
    let builder = BehaviorTrace::builder().database_url(url).migrate(true);
    let builder = builder.statement_timeout(STATEMENT);
    builder.build().expect("a sound configuration")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_database_answers_200_with_its_reason_and_503_only_if_asked_for() {
    let server = Server::start(Kind::MariaDb).unwrap_or_else(|error| panic!("{error}"));
    let recorder = recorder(&server.database("health").expect("a database"));
    let service = Service::start(&recorder).await;
    let (body, codes) = service.becomes("healthy").await;
    assert_eq!(codes, [StatusCode::OK, StatusCode::OK]);
    assert_eq!(body["reasons"], Value::Array(Vec::new()));

    // A server that is killed, and one that accepts and answers nothing.
    for hangs in [false, true] {
        if hangs {
            server.pause().expect("hangs");
        } else {
            server.kill().expect("dies");
        }
        let (body, codes) = tokio::select! {
            found = service.becomes("degraded") => found,
            () = keeps_recording(&recorder) => unreachable!("it records until it is dropped"),
        };
        assert_eq!(codes, [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE]);
        let reason = &body["reasons"][0];
        assert_eq!(reason["component"], "store", "{body}");
        assert_eq!(reason["status"], "degraded", "{body}");
        let text = reason["reason"].as_str().expect("a text");
        assert!(text.len() > 10 && !text.contains("password"), "{text}");
        let since = body["since"].as_str().expect("a time");
        assert!(since.ends_with('Z') && since.parse::<behavior_trace::Timestamp>().is_ok());

        if hangs {
            server.resume().expect("goes on");
        } else {
            server.restart().expect("starts again");
        }
        let (_, codes) = service.becomes("healthy").await;
        assert_eq!(codes, [StatusCode::OK, StatusCode::OK]);
    }
}

/// Records until it is dropped: an idle recorder does not notice an outage.
async fn keeps_recording(recorder: &BehaviorTrace) {
    use tracing_subscriber::prelude::*;

    let subscriber = tracing::Dispatch::new(tracing_subscriber::registry().with(recorder.layer()));
    loop {
        tracing::dispatcher::with_default(&subscriber, || {
            behavior_trace::record!(
                action = "order.approve",
                resource = "Order",
                resource_id = 1
            );
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_health_route_answers_with_json_that_nobody_keeps() {
    let recorder = recorder("memory:");
    let service = Service::start(&recorder).await;
    let (_, codes) = service.becomes("healthy").await;
    assert_eq!(codes, [StatusCode::OK, StatusCode::OK]);
    let answer = service.ask("/health").await;
    assert_eq!(header(&answer, "content-type"), "application/json");
    assert_eq!(header(&answer, "cache-control"), "no-store");
    let other = send(Request::post(format!("{}/health", service.base)), "").await;
    assert_eq!(other.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_recorder_that_is_switched_off_is_healthy_and_names_its_switch() {
    let recorder = BehaviorTrace::builder().enabled(false).build();
    let service = Service::start(&recorder.expect("it needs nothing")).await;
    let (body, codes) = service.becomes("healthy").await;
    assert_eq!(codes, [StatusCode::OK, StatusCode::OK]);
    let reason = body["reasons"][0]["reason"].as_str().expect("a text");
    assert!(reason.contains("switched off"), "{reason}");
}
