//! Rules for the headers of a request, without I/O: for the middleware, and for frameworks that cannot use it.
//!
//! A client's header is a hint, never an identity. A header that breaks its rule is ignored: it is not clipped, repaired or
//! stored. The actor comes only from the application's own authentication.

mod address;
mod agent;
mod ids;
mod proxies;
pub(crate) mod request;
pub(crate) mod seen;
mod traceparent;

pub use address::client_address;
pub use agent::user_agent;
use ids::REPLACED;
pub use ids::{correlation_id, request_id};
pub use proxies::{ForwardingHeader, ParseNetworkError, TrustedProxies};
pub use request::{RequestContext, request_context};
pub use traceparent::trace_id;
