//! The route template of a request, never the raw URL.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Counter, LayerHandle};
use http::request::Parts;
use tracing_core::dispatcher::get_default;

use super::grpc;
use super::rules::Rules;

/// Returns the template from gRPC, axum or the application, in this order.
pub(super) fn name(parts: &Parts, rules: &Rules) -> Option<String> {
    let matched = matched(parts);
    grpc::method(parts, matched.as_deref())
        .or(matched)
        .or_else(|| asked(parts, rules))
}

/// Calls the application's route function. A panic in it is counted, and the request continues without a route.
fn asked(parts: &Parts, rules: &Rules) -> Option<String> {
    let route = rules.route.as_ref()?;
    catch_unwind(AssertUnwindSafe(|| route(parts))).unwrap_or_else(|_| {
        get_default(|dispatch| {
            if let Some(tap) = LayerHandle::of(dispatch) {
                tap.sink().count(Counter::Panicked);
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
