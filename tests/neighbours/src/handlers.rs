//! The attribute beside those of handlers and of memoized functions.

#![expect(
    clippy::unused_async,
    clippy::diverging_sub_expression,
    reason = "handlers are async, and `debug_handler` writes calls that are never made"
)]

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Json, debug_handler};
use behavior_trace::behavior_trace;
use cached::macros::cached;

use crate::collected::{block_on, events};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User id=7"];

#[debug_handler]
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn checked_above(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    tokio::task::yield_now().await;
    if id == 0 {
        return ::core::result::Result::Err(StatusCode::NOT_FOUND);
    }
    Ok(Json(id))
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[debug_handler]
async fn checked_below(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    tokio::task::yield_now().await;
    if id == 0 {
        return ::core::result::Result::Err(StatusCode::NOT_FOUND);
    }
    Ok(Json(id))
}

// Not below `debug_handler`: it copies the body without the attributes, so the name of the event handle would be unknown.
#[behavior_trace(action = "user.touch", resource = "User", bind = event)]
#[debug_handler]
async fn told_below(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    event.resource_id(id);
    Ok(Json(id))
}

#[debug_handler(state = String)]
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[tracing::instrument(skip_all, err)]
async fn with_state(
    State(_): State<String>,
    Path(id): Path<u64>,
    _: Json<u64>,
) -> Result<Json<u64>, StatusCode> {
    Ok(Json(id))
}

#[utoipa::path(post, path = "/users/{id}", responses((status = 200, body = u64)))]
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn described_above(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    Ok(Json(id))
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[utoipa::path(post, path = "/users/{id}", responses((status = 200, body = u64)))]
async fn described_below(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
    Ok(Json(id))
}

#[test]
fn a_handler_is_checked_and_recorded() {
    assert_eq!(events(|| block_on(checked_above(Path(7)))), TOUCHED);
    assert_eq!(events(|| block_on(checked_above(Path(0)))), NONE);
    assert_eq!(events(|| block_on(checked_below(Path(7)))), TOUCHED);
    assert_eq!(events(|| block_on(checked_below(Path(0)))), NONE);
    assert_eq!(events(|| block_on(told_below(Path(7)))), TOUCHED);
    let state = State(String::new());
    assert_eq!(
        events(|| block_on(with_state(state, Path(7), Json(1)))),
        TOUCHED
    );
}

#[test]
fn a_handler_that_is_copied_to_be_checked_is_in_the_catalogue_once() {
    #[behavior_trace(action = "user.check", resource = "User", resource_id = id)]
    #[debug_handler]
    async fn copied(Path(id): Path<u64>) -> Result<Json<u64>, StatusCode> {
        Ok(Json(id))
    }

    assert_eq!(
        events(|| block_on(copied(Path(7)))),
        ["user.check User id=7"]
    );
    let listed = behavior_trace::catalogue().into_iter();
    assert_eq!(
        listed
            .filter(|callsite| callsite.action() == "user.check")
            .count(),
        1
    );
}

#[test]
fn a_described_handler_is_recorded_and_described() {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(described_above, described_below))]
    struct Described;

    let described = <Described as utoipa::OpenApi>::openapi();
    assert!(described.paths.paths.contains_key("/users/{id}"));
    assert_eq!(events(|| block_on(described_above(Path(7)))), TOUCHED);
    assert_eq!(events(|| block_on(described_below(Path(7)))), TOUCHED);
}

// Not below `cached`: it repeats the attributes on each function that it generates.
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[cached]
async fn remembered(id: u64) -> u64 {
    tokio::task::yield_now().await;
    if id == 1 {
        return ::core::primitive::u64::MAX;
    }
    id
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[cached]
fn remembered_sync(id: u64) -> u64 {
    id
}

#[test]
fn a_remembered_call_is_recorded_when_its_body_runs() {
    let twice = || block_on(async { remembered(7).await + remembered(7).await });
    assert_eq!(events(twice), TOUCHED);
    assert_eq!(events(|| remembered_sync(7) + remembered_sync(7)), TOUCHED);
}
