//! The route template of a request, never the raw URL.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::request::Parts;

use super::grpc;
use super::panicked;
use super::settings::HttpSettings;

/// Returns the template from the first source that has one.
pub(super) fn name(parts: &Parts, settings: &HttpSettings) -> Option<String> {
    let matched = matched(parts);
    grpc::method(parts, matched.as_deref())
        .or(matched)
        .or_else(|| asked(parts, settings))
}

/// Calls the application's own function. A panic in it is counted, and the request continues without a route.
fn asked(parts: &Parts, settings: &HttpSettings) -> Option<String> {
    let route = settings.route.as_ref()?;
    catch_unwind(AssertUnwindSafe(|| route(parts))).unwrap_or_else(|_| {
        panicked();
        None
    })
}

#[cfg(feature = "axum")]
fn matched(parts: &Parts) -> Option<String> {
    use axum::extract::MatchedPath;
    let path = parts.extensions.get::<MatchedPath>()?;
    Some(path.as_str().to_owned())
}

#[cfg(not(feature = "axum"))]
const fn matched(_: &Parts) -> Option<String> {
    None
}
