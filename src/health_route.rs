//! Routes of axum that answer with the health of a recorder.

use std::future::ready;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use behavior_trace_runtime::{Health, RecorderHandle};

/// Returns a route that answers with the [health](Health::to_json) of a recorder as JSON, and with 200 whatever the health.
///
/// The application works without its recorder, so a probe on this route does not end it for an outage of the database. The
/// route never waits for the database: it reads what the writer has noted. The reasons may name hosts, accounts and paths, so
/// keep the route inside.
///
/// ```
/// use axum::Router;
/// use behavior_trace::BehaviorTrace;
/// use behavior_trace::health::health_route;
///
/// # fn router(recorder: &BehaviorTrace) -> Router {
/// Router::new().route("/health/activity", health_route(recorder.handle()))
/// # }
/// ```
pub fn health_route<S>(recorder: RecorderHandle) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    route(recorder, false)
}

/// Returns a route like [`health_route`] that answers with 503 while the recorder is not healthy.
///
/// Use it where a person or an alert reads the status code. A liveness or readiness probe on it ends a working application
/// for an outage of the database.
pub fn strict_health_route<S>(recorder: RecorderHandle) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    route(recorder, true)
}

fn route<S>(recorder: RecorderHandle, strict: bool) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    get(move || ready(response(&recorder.health(), strict)))
}

fn response(health: &Health, strict: bool) -> Response {
    let status = StatusCode::from_u16(health.http_status(strict)).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, health.to_json()).into_response()
}
