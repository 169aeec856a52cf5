use axum08 as axum;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::patch;
use behavior_trace::http::{ActorLayer, ContextLayer};
use behavior_trace::{Actor, BehaviorTrace, behavior_trace};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn rename(id: u64, name: &str) -> Result<(), StatusCode> {
    // … change the user …
    if name.is_empty() {
        Err(StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        Ok(())
    }
}

async fn rename_user(Path(id): Path<u64>, name: String) -> Result<(), StatusCode> {
    rename(id, &name).await
}

#[derive(Clone)]
struct User {
    id: i64,
}

/// Stands for yours, which finds the user by a session or a token.
async fn authenticate(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(User { id: 7 });
    next.run(request).await
}

/// Returns the user that the authentication has found. `None` is a visitor.
fn actor(request: &Parts) -> Option<Actor> {
    Some(Actor::user(request.extensions.get::<User>()?.id))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::INFO))
        .with(recorder.layer())
        .init();

    let app = Router::new()
        .route("/users/{id}", patch(rename_user))
        .layer(ActorLayer::new(actor))
        .layer(from_fn(authenticate))
        .layer(ContextLayer::new());

    let listener = tokio::net::TcpListener::bind(behavior_trace_recipes::address()).await?;
    // The connect info is the peer's address; without it no row has an address.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let server = axum::serve(listener, app);
    server.with_graceful_shutdown(stop).await?;
    recorder.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
