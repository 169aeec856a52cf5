//! The route's template, never the raw URL.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Tally, Tap};
use http::request::Parts;
use tracing_core::dispatcher::get_default;

use super::rules::Rules;

/// The template, from whoever knows it.
pub(super) fn name(parts: &Parts, rules: &Rules) -> Option<String> {
    let matched = matched(parts);
    // tonic's own router matches a whole service and leaves the method to it.
    let is_open = |path: &String| path.ends_with("/{*rest}");
    let method = matched.as_ref().is_none_or(is_open).then(|| method(parts));
    method.flatten().or(matched).or_else(|| asked(parts, rules))
}

/// The host's own way to tell. A panic in it is counted, and the request goes on without a route.
fn asked(parts: &Parts, rules: &Rules) -> Option<String> {
    let route = rules.route.as_ref()?;
    catch_unwind(AssertUnwindSafe(|| route(parts))).unwrap_or_else(|_| {
        get_default(|dispatch| {
            if let Some(tap) = Tap::of(dispatch) {
                tap.sink().count(Tally::Panicked);
            }
        });
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

/// A gRPC call's path is its method: `/package.Service/Method`.
#[cfg(feature = "tonic")]
fn method(parts: &Parts) -> Option<String> {
    let kind = parts.headers.get(http::header::CONTENT_TYPE)?;
    let path = parts.uri.path();
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let grpc = kind.as_bytes().starts_with(b"application/grpc");
    (grpc && service.split('.').all(is_identifier) && is_identifier(method))
        .then(|| path.to_owned())
}

/// As Protocol Buffers defines it, so that no id or token passes for a method.
#[cfg(feature = "tonic")]
fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(not(feature = "tonic"))]
const fn method(_: &Parts) -> Option<String> {
    None
}
