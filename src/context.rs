//! Taking a [`Context`](crate::Context) to where the work goes: spawned tasks, threads, streams, job queues; and reading
//! one from the spans of existing middleware.
//!
//! ```
//! use behavior_trace::context::carry;
//! use behavior_trace::{Actor, Context};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let request = Context::new().actor(Actor::user(7));
//! request
//!     .scope(async {
//!         // What the task records is the user's, too.
//!         tokio::spawn(carry(async { Context::current() })).await
//!     })
//!     .await
//!     .unwrap();
//! # }
//! ```

pub use behavior_trace_core::{ContextToken, ParseTokenError, Scoped, carry, carry_each, carry_fn};
#[cfg(feature = "layer")]
pub use behavior_trace_layer::SpanNames;
