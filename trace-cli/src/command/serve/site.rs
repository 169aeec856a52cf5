//! The page under its path, and nothing else.

use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};

use super::host::names_this_server;
use super::place::Place;

/// Returns the page under its path. Every other path is not found, and a request for another name is refused before that.
pub(super) fn site(place: &Place, page: Router) -> Router {
    let port = place.port;
    Router::new()
        .nest(&format!("/{}", place.segment), page)
        .fallback(StatusCode::NOT_FOUND)
        .layer(middleware::from_fn(move |request, next| {
            for_this_server(port, request, next)
        }))
}

async fn for_this_server(port: u16, request: Request, next: Next) -> Response {
    if names_this_server(request.uri(), request.headers(), port) {
        return next.run(request).await;
    }
    let text = "this server answers under 127.0.0.1 and localhost, with its port, alone\n";
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::MISDIRECTED_REQUEST, no_store, text).into_response()
}
