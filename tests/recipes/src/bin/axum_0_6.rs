use axum06 as axum;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Path};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::patch;
use behavior_trace::headers::{TrustedProxies, request_context};
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};

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

static PROXIES: LazyLock<Option<TrustedProxies>> =
    LazyLock::new(|| TrustedProxies::from_env().ok().flatten());

/// Gives a request its context, and its id to the response.
async fn in_context<B>(request: Request<B>, next: Next<B>) -> Response {
    let (headers, extensions) = (request.headers(), request.extensions());
    let header = |name: &str| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|peer| peer.ip());
    let route = extensions.get::<MatchedPath>().map(MatchedPath::as_str);
    let made = request_context(header, peer, route, PROXIES.as_ref());
    let mut response = made.context.scope(next.run(request)).await;
    if let Ok(id) = made.request_id.parse() {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Stands for yours, which finds the user by a session or a token. It runs inside of the context.
async fn authenticate<B>(request: Request<B>, next: Next<B>) -> Response {
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(7));
    }
    next.run(request).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;

    let app = Router::new()
        .route("/users/:id", patch(rename_user))
        .layer(from_fn(authenticate))
        .layer(from_fn(in_context));

    let listener = std::net::TcpListener::bind(behavior_trace_recipes::address())?;
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::Server::from_tcp(listener)?.serve(app);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    server.with_graceful_shutdown(stop).await?;
    recorder.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
