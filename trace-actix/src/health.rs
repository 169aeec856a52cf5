//! A route that answers with the health of a recorder.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, Route, web};

/// Returns a route that answers with what `health` returns: a status code, and the health as JSON.
///
/// It never waits for the database: the health of a recorder is what its writer has noted. `http_status(false)` is 200
/// whatever the health, so that a probe does not end a working application for an outage of the database.
/// `http_status(true)` is 503 while the recorder is not healthy. The reasons may name hosts, accounts and paths, so keep the
/// route inside.
///
/// ```
/// use actix_web::App;
/// use behavior_trace::{BehaviorTrace, RecorderHandle};
/// use behavior_trace_actix::health_route;
///
/// fn answer(recorder: &RecorderHandle) -> (u16, String) {
///     let health = recorder.health();
///     (health.http_status(false), health.to_json())
/// }
///
/// # fn app(recorder: &BehaviorTrace) {
/// let recorder = recorder.handle();
/// let app = App::new().route("/health/activity", health_route(move || answer(&recorder)));
/// # }
/// ```
pub fn health_route(health: impl Fn() -> (u16, String) + Clone + 'static) -> Route {
    web::get().to(move || {
        let (status, body) = health();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let response = HttpResponse::build(status)
            .content_type("application/json")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(body);
        std::future::ready(response)
    })
}
