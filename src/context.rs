//! Taking a [`Context`](crate::Context) to where the work goes: spawned tasks, threads, streams, job queues; and reading
//! one from the spans of existing middleware.
//!
//! ```
//! use behavior_trace::context::propagate;
//! use behavior_trace::{Actor, Context};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let request = Context::new().actor(Actor::user(7));
//! request
//!     .scope(async {
//!         // What the task records is the user's, too.
//!         tokio::spawn(propagate(async { Context::current() })).await
//!     })
//!     .await
//!     .unwrap();
//! # }
//! ```
//!
//! Carrying takes along what the spans around said, too: the rows of a closure on another thread have the request id and the
//! route that only a span knows. On tokio a context is its task's: what else is polled meanwhile, in `block_on` or by
//! `LocalSet::run_until`, is not in it.
//!
//! ```
//! use behavior_trace::Context;
//! use behavior_trace::context::propagate_fn;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let work = Context::new().request_id("r-1").in_scope(|| {
//!     propagate_fn(|| Context::current().and_then(|context| context.current_request_id()))
//! });
//! assert_eq!(tokio::task::spawn_blocking(work).await.unwrap().as_deref(), Some("r-1"));
//! # }
//! ```

#[cfg(feature = "layer")]
pub use behavior_trace_core::Field;
pub use behavior_trace_core::{
    ContextToken, ParseTokenError, WithContext, propagate, propagate_each, propagate_fn,
};
#[cfg(feature = "layer")]
pub use behavior_trace_layer::SpanFieldNames;
