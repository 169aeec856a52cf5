//! The route template of a request, never the raw URL.

use http::request::Parts;

use super::grpc;
use super::settings::{HttpSettings, find};

/// Returns the template from the first source that has one.
pub(super) fn name(parts: &Parts, settings: &HttpSettings) -> Option<String> {
    let matched = matched(parts);
    grpc::method(parts, matched.as_deref())
        .or(matched)
        .or_else(|| find(settings.route.as_ref(), parts))
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
