//! BehaviorTrace for [actix-web](actix_web): every request has a context, with its ids, route, address and agent.
//!
//! [`ContextMiddleware`] follows the rules of the tower middleware,
//! [`request_context`](behavior_trace_layer::headers::request_context). [`block`] runs blocking work inside the context.
//! [`health_route`] answers with the health of a recorder.
//!
//! ```
//! use actix_web::{App, HttpResponse, web};
//! use behavior_trace::{Actor, Context, behavior_trace};
//! use behavior_trace_actix::ContextMiddleware;
//!
//! #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
//! async fn rename(id: u64) {}
//!
//! async fn handler(id: web::Path<u64>) -> HttpResponse {
//!     // In your authentication, inside of the middleware:
//!     if let Some(context) = Context::current() {
//!         context.set_actor(Actor::user(7));
//!     }
//!     rename(*id).await;
//!     HttpResponse::NoContent().finish()
//! }
//!
//! let app = App::new()
//!     .route("/users/{id}", web::patch().to(handler))
//!     // .wrap(…, the authentication)
//!     .wrap(ContextMiddleware::new());
//! ```
//!
//! Works beside `tracing-actix-web`, in either order.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod block;
mod body;
mod health;
mod middleware;

pub use block::block;
pub use body::ScopedBody;
pub use health::health_route;
pub use middleware::{ContextMiddleware, ContextMiddlewareService, ScopedResponse};
