//! Tower middleware that gives every request a context.
//!
//! One [`ContextLayer`] serves axum, tonic and every other framework on tower's `Service<http::Request<_>>`. For each
//! request it
//!
//! - keeps the client's `x-request-id` if it is [valid](crate::headers::request_id), else generates one, and returns it in
//!   the same header of the response. A generated id has the prefix `replaced:` if the client's was invalid;
//! - takes the correlation id from `x-correlation-id`, else from `traceparent`, else from the current trace (feature
//!   `opentelemetry`), else generates one;
//! - takes the route template from axum's `MatchedPath` (feature `axum`), from the method of a gRPC service in a package
//!   (feature `tonic`), or from the result of [`route`](ContextLayer::route). The method counts if tonic's own server
//!   accepted the request, or if its routes are in axum's router. The raw URL is never taken, for any content type;
//! - takes the client's address from the socket's peer, and from forwarding headers only through [trusted
//!   proxies](ContextLayer::trusted_proxies). The code names those, or `BEHAVIOR_TRACE_TRUSTED_PROXIES`
//!   (`10.0.0.0/8,192.0.2.7`, or `forwarded: 10.0.0.0/8` for the header of RFC 7239);
//! - takes the user agent, cut to its column;
//! - runs the service inside that context, and polls the response body inside it.
//!
//! The middleware does not know the actor. An [`ActorLayer`] inside of the authentication takes it from the request's
//! extensions. An authentication of your own may set it too, on
//! [`Context::current`](behavior_trace_core::Context::current) or on the `Context` in the extensions; it then has to be
//! inside of the middleware, since outside of it there is no context yet. All later events of the request have that actor.
//! Events without an actor are `ANONYMOUS`. The first one of a process causes a warning under the target
//! `behavior_trace::install`, and so does a process whose first hundred requests had no peer or no route. The report of a
//! shutdown counts the events without an actor.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use behavior_trace::Actor;
//! use behavior_trace::http::{ActorLayer, ContextLayer};
//!
//! #[derive(Clone)]
//! struct User { id: i64 }
//!
//! // In place of yours, which knows the user by a session or a token.
//! async fn authenticate(mut request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
//!     request.extensions_mut().insert(User { id: 7 });
//!     next.run(request).await
//! }
//!
//! let app: axum::Router = axum::Router::new()
//!     .route("/users/{id}", axum::routing::patch(async || "changed"))
//!     .layer(ActorLayer::new(|request| Some(Actor::user(request.extensions.get::<User>()?.id))))
//!     .layer(axum::middleware::from_fn(authenticate))
//!     .layer(ContextLayer::new());
//! # }
//! ```
//!
//! In axum, `Router::layer` runs the middleware after routing. If you wrap the whole router instead, give the router a
//! second one: `route_layer(ContextLayer::new())`. It finds the existing context and only adds the route to it.

mod actor;
mod body;
mod future;
mod grpc;
mod layer;
mod outbound;
mod peer;
mod request_context;
mod route;
mod service;
mod settings;

pub use actor::{ActorLayer, ActorService};
pub use body::ContextBody;
pub use future::ResponseFuture;
pub use layer::ContextLayer;
pub use outbound::inject;
pub use peer::PeerAddr;
pub use service::ContextService;

use behavior_trace_core::{Counter, LayerHandle};
use http::HeaderName;
use tracing_core::dispatcher::get_default;

/// The name of the header with the request id, in requests and responses.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The name of the header with the correlation id.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Counts a panic in a function of the application's. The request goes on.
fn panicked() {
    get_default(|dispatch| {
        if let Some(handle) = LayerHandle::of(dispatch) {
            handle.sink().count(Counter::Panicked);
        }
    });
}
