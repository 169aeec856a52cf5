//! The service that the tests of this package call, and the subscriber of their process.

use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, Response, StatusCode};
use axum::routing::patch;
use behavior_trace::test::Capture;
use behavior_trace::{Activity, record};
use tower::ServiceExt;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

/// Number of users whose requests run at once.
pub(crate) const USERS: i64 = 200;

/// Installs a subscriber as a service at `RUST_LOG=warn` has it; the first test of the process does.
pub(crate) fn install() -> &'static Capture {
    static CAPTURE: OnceLock<Capture> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let capture = Capture::new();
        tracing_subscriber::registry()
            .with(EnvFilter::new("warn"))
            .with(tracing_subscriber::fmt::layer().with_test_writer())
            .with(capture.layer())
            .init();
        capture
    })
}

/// Routes whose rows are about `resource`: one that works for the user whose id is in the path.
pub(crate) fn routes<S>(resource: &'static str) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let handler = async move |Path(id): Path<i64>| {
        tokio::task::yield_now().await;
        record!(
            action = "account.update",
            resource = resource,
            resource_id = id
        );
        StatusCode::NO_CONTENT
    };
    Router::new().route("/accounts/{id}", patch(handler))
}

/// The rows about `resource` so far.
pub(crate) fn rows(resource: &str) -> Vec<Activity<'static>> {
    let mut rows = install().activities();
    rows.retain(|row| row.resource == resource);
    rows
}

/// Calls the service once.
pub(crate) async fn call(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.expect("an answer")
}

/// Checks that each user has one row, with the user as actor and its request, and none of another.
pub(crate) fn assert_each_acted_alone(resource: &str) {
    let rows = rows(resource);
    let mut actors: Vec<_> = rows.iter().filter_map(|row| row.actor_id).collect();
    actors.sort_unstable();
    assert!(actors.into_iter().eq(1..=USERS), "one row of each");
    for row in rows {
        let id = row.actor_id.map(|id| id.to_string());
        assert_eq!(id, row.resource_id.as_deref().map(str::to_owned), "{row:?}");
        let request = id.map(|id| format!("r-{id}"));
        assert_eq!(request.as_deref(), row.request_id.as_deref(), "{row:?}");
        assert_eq!(row.route_name.as_deref(), Some("/accounts/{id}"));
    }
}
