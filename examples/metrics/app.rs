//! The service: orders that can be approved, its metrics, and the health of its recorder.

use std::future::ready;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use behavior_trace::health::health_route;
use behavior_trace::http::ContextLayer;
use behavior_trace::metrics::RecorderMetrics;
use behavior_trace::{BehaviorTrace, behavior_trace};
use metrics_exporter_prometheus::PrometheusHandle;

/// Returns the routes. Metrics and health are outside of the request context, which they do not need.
pub(crate) fn app(recorder: &BehaviorTrace, prometheus: PrometheusHandle) -> Router {
    let metrics = RecorderMetrics::new(recorder.handle());
    let scrape = move || {
        metrics.observe();
        ready(prometheus.render())
    };
    Router::new()
        .route("/orders/{id}/approve", post(approve_order))
        .layer(ContextLayer::new())
        .route("/metrics", get(scrape))
        .route("/health/activity", health_route(recorder.handle()))
}

async fn approve_order(Path(id): Path<String>) -> StatusCode {
    approve(&id);
    StatusCode::NO_CONTENT
}

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
pub(crate) fn approve(id: &str) {
    // A real service changes its own tables here.
}
