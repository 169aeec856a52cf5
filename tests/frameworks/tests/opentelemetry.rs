//! The trace of tracing-opentelemetry as the correlation, where nothing else says one.

use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use behavior_trace::context::propagate;
use behavior_trace::http::{ContextLayer, inject};
use behavior_trace::test::Capture;
use behavior_trace::{Context, record};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tower::ServiceExt;
use tracing::{Instrument, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::prelude::*;

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn install() -> &'static Capture {
    static CAPTURE: OnceLock<Capture> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let capture = Capture::new();
        let tracer = SdkTracerProvider::builder().build().tracer("tests");
        tracing_subscriber::registry()
            .with(tracing_opentelemetry::layer().with_tracer(tracer))
            .with(capture.layer())
            .init();
        capture
    })
}

/// The correlations of the rows about `resource`.
fn correlations(resource: &str) -> Vec<Option<String>> {
    let mut rows = install().activities();
    rows.retain(|row| row.resource == resource);
    let correlations = rows.into_iter().map(|row| row.correlation_id);
    correlations.map(|id| id.map(Into::into)).collect()
}

/// The trace of the current span, as the tracer knows it.
fn trace() -> String {
    let context = tracing::Span::current().context();
    context.span().span_context().trace_id().to_string()
}

#[test]
fn an_event_in_a_span_has_its_trace_and_one_outside_has_none() {
    install();
    record!(action = "job.create", resource = "Plain");
    let expected = info_span!("job").in_scope(|| {
        info_span!("step").in_scope(|| record!(action = "job.update", resource = "Plain"));
        tracing::info!(target: "behavior_trace", action = "job.delete", resource = "Plain");
        trace()
    });
    let traced = Some(expected);
    assert_eq!(correlations("Plain"), [None, traced.clone(), traced]);
}

#[test]
fn a_context_that_says_a_correlation_has_precedence() {
    install();
    info_span!("job").in_scope(|| {
        let context = Context::new().correlation_id("c-1");
        context.in_scope(|| record!(action = "job.update", resource = "Said"));
    });
    assert_eq!(correlations("Said"), [Some("c-1".to_owned())]);
}

#[tokio::test]
async fn a_spawned_task_keeps_the_trace() {
    install();
    let work = async {
        let task = propagate(async { record!(action = "job.update", resource = "Spawned") });
        tokio::spawn(task).await.expect("it ends");
        trace()
    };
    let expected = work.instrument(info_span!("job")).await;
    assert_eq!(correlations("Spawned"), [Some(expected)]);
}

/// Begins a trace for each request, as the middleware of OpenTelemetry does.
async fn traced(request: Request, next: Next) -> Response {
    let work = async {
        let mut response = next.run(request).await;
        let trace = trace().parse().expect("a header");
        response.headers_mut().insert("trace", trace);
        response
    };
    work.instrument(info_span!("request")).await
}

/// Records, and answers with the correlation that an outgoing request would have.
fn routes(resource: &'static str) -> Router {
    let handler = async move || {
        record!(action = "order.create", resource = resource);
        let mut outgoing = HeaderMap::new();
        inject(&mut outgoing);
        let id = outgoing.remove("x-correlation-id").expect("one");
        [("outgoing", id)]
    };
    Router::new().route("/orders", post(handler))
}

async fn call(app: Router, header: Option<(&str, &str)>) -> HeaderMap {
    let mut request = Request::post("/orders");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let (parts, _) = app.oneshot(request).await.expect("an answer").into_parts();
    parts.headers
}

#[tokio::test]
async fn a_request_has_its_trace_whichever_middleware_is_outside() {
    install();
    let inside = routes("Inside")
        .layer(from_fn(traced))
        .layer(ContextLayer::new());
    let outside = routes("Outside")
        .layer(ContextLayer::new())
        .layer(from_fn(traced));
    for (app, resource) in [(inside, "Inside"), (outside, "Outside")] {
        let answer = call(app, None).await;
        let trace = answer["trace"].to_str().expect("text").to_owned();
        assert_eq!(answer["outgoing"], *trace);
        assert_eq!(correlations(resource), [Some(trace)]);
    }
}

#[tokio::test]
async fn a_header_has_precedence_and_a_request_without_a_trace_has_a_new_correlation() {
    install();
    for (resource, header, expected) in [
        ("Header", ("x-correlation-id", "c-1"), "c-1"),
        ("Parent", ("traceparent", TRACEPARENT), &TRACEPARENT[3..35]),
    ] {
        let app = routes(resource).layer(from_fn(traced));
        call(app.layer(ContextLayer::new()), Some(header)).await;
        assert_eq!(correlations(resource), [Some(expected.to_owned())]);
    }
    let answer = call(routes("Bare").layer(ContextLayer::new()), None).await;
    let correlations = correlations("Bare");
    let id = correlations[0].as_deref().expect("a new one");
    assert_eq!(id.len(), 36);
    assert_eq!(answer["outgoing"], *id);
}
