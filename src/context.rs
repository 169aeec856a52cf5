//! Propagation of a [`Context`](crate::Context) to spawned tasks, threads, streams and job queues; and the names of span
//! fields from which a context is read.
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
//!         // Events of the task have the user as actor, too.
//!         tokio::spawn(propagate(async { Context::current() })).await
//!     })
//!     .await
//!     .unwrap();
//! # }
//! ```
//!
//! Propagation includes the fields of the surrounding spans. The rows of a closure on another thread thus have the request
//! id and the route that only a span provides. On tokio a context belongs to its task: futures that `block_on` or
//! `LocalSet::run_until` poll meanwhile are not in it.
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
