//! The tower middleware: every request gets a context.
//!
//! One [`ContextLayer`] serves axum, tonic, and whatever else speaks tower's `Service<http::Request<_>>`. For each
//! request it
//!
//! - keeps the client's `x-request-id` if it [may](crate::headers::request_id), else makes a new one (with `replaced:`
//!   before it where it refused one), and answers with it in the same header;
//! - takes the correlation id from `x-correlation-id`, else from `traceparent`, else makes one;
//! - takes the route's template where it is known: axum's `MatchedPath` (feature `axum`), the method of a gRPC
//!   service in a package (feature `tonic`; where tonic's own server took the request, or its routes stand in axum's
//!   router), or what [`route`](ContextLayer::route) says; never the raw URL, whatever content type a client states;
//! - takes the client's address from the socket's peer, and from forwarding headers only through
//!   [trusted proxies](ContextLayer::trusted_proxies), which the code or `BEHAVIOR_TRACE_TRUSTED_PROXIES` names
//!   (`10.0.0.0/8,192.0.2.7`, or `forwarded: 10.0.0.0/8` for the header of RFC 7239);
//! - takes the agent, cut to its column;
//! - runs the service, and polls the body it answers with, inside that context.
//!
//! The actor is not the middleware's to know: authentication sets it on [`Context::current`](behavior_trace_core::Context::current), or on the `Context` that
//! stands in the request's extensions, and all later events of the request carry it. So it stands inside of the middleware:
//! outside of it there is no context yet, and what another one says does not reach the request's. Events without an actor are
//! `ANONYMOUS`; the first one of a process is warned of, under the target `behavior_trace::install`, and all are counted in
//! the report of a shutdown.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use behavior_trace_core::{Actor, Context};
//! use behavior_trace_layer::http::ContextLayer;
//!
//! async fn authenticate(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
//!     if let Some(context) = Context::current() {
//!         context.set_actor(Actor::user(7));
//!     }
//!     next.run(request).await
//! }
//!
//! let app: axum::Router = axum::Router::new()
//!     .route("/users/{id}", axum::routing::patch(async || "changed"))
//!     .layer(axum::middleware::from_fn(authenticate))
//!     .layer(ContextLayer::new());
//! # }
//! ```
//!
//! In axum, `Router::layer` runs it once the route is known. Where it wraps the whole router instead, give the router a
//! second one, `route_layer(ContextLayer::new())`: finding a context in the request it only adds the route to it.

mod body;
mod future;
mod grpc;
mod inbound;
mod layer;
mod outbound;
mod peer;
mod route;
mod rules;
mod service;

pub use body::ContextBody;
pub use future::ResponseFuture;
pub use layer::ContextLayer;
pub use outbound::inject;
pub use peer::PeerAddr;
pub use service::ContextService;

use http::HeaderName;

/// Holds the request id, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Holds the correlation id.
pub const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
