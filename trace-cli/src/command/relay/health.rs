//! The routes `/health` and `/metrics` of a relay.

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use behavior_trace_nats::{RelayReport, RelayStats};
use serde_json::json;
use tokio::net::TcpListener;

use crate::failure::Failure;

pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format!("--listen {address}: {error}")))
}

/// Answers until it fails. Without a listener it waits for ever.
pub(super) async fn serve(listener: Option<TcpListener>, report: RelayReport) -> Failure {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    let site = Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(report);
    match axum::serve(listener, site).await {
        Ok(()) => Failure::failed("the routes of the relay ended"),
        Err(error) => error.into(),
    }
}

async fn health(State(report): State<RelayReport>) -> impl IntoResponse {
    let stats = report.stats();
    let (code, word) = if stats.is_healthy() {
        (StatusCode::OK, "healthy")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unhealthy")
    };
    let body = json!({"status": word, "lag": stats.lag, "trouble": stats.trouble});
    (code, axum::Json(body))
}

async fn metrics(State(report): State<RelayReport>) -> impl IntoResponse {
    let form = [("content-type", "text/plain; version=0.0.4")];
    (form, exposition(&report.stats()))
}

/// Returns the counters in the text form of Prometheus. A lag that is not known is absent.
fn exposition(stats: &RelayStats) -> String {
    let counters = [
        ("received", stats.received),
        ("redelivered", stats.redelivered),
        ("stored", stats.stored),
        ("set_aside", stats.set_aside),
        ("given_back", stats.given_back),
        ("failures", stats.failures),
    ];
    let mut text = String::new();
    for (name, value) in counters {
        let name = format!("behavior_trace_relay_{name}_total");
        let _ = writeln!(text, "# TYPE {name} counter\n{name} {value}");
    }
    if let Some(lag) = stats.lag {
        let name = "behavior_trace_relay_lag";
        let _ = writeln!(text, "# TYPE {name} gauge\n{name} {lag}");
    }
    let name = "behavior_trace_relay_healthy";
    let healthy = u8::from(stats.is_healthy());
    let _ = writeln!(text, "# TYPE {name} gauge\n{name} {healthy}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_that_is_not_known_is_no_number_and_no_health() {
        let text = exposition(&RelayStats::default());
        assert!(
            text.contains("behavior_trace_relay_stored_total 0\n"),
            "{text}"
        );
        assert!(!text.contains("behavior_trace_relay_lag"), "{text}");
        assert!(text.ends_with("behavior_trace_relay_healthy 0\n"), "{text}");
    }
}
