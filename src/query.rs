//! Queries: filters, pages by cursor, streams, and following.
//!
//! [`BehaviorTrace::reader`](crate::BehaviorTrace::reader) returns a [`Reader`]. Without a recorder, create one from a
//! database URL.
//!
//! An event without an actor is stored with an `ANONYMOUS` one. It is counted in
//! [`Stats::without_actor`](crate::health::Stats::without_actor), and found by that actor:
//!
//! ```
//! # use std::time::Duration;
//! use behavior_trace::{Actor, BehaviorTrace, Context, record};
//! # use tracing_subscriber::prelude::*;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let recorder = BehaviorTrace::builder().database_url("memory:").build()?;
//! # tracing_subscriber::registry().with(recorder.layer()).init();
//! record!(action = "order.update", resource = "Order", resource_id = 41);
//! Context::new().actor(Actor::user(7)).in_scope(|| {
//!     record!(action = "order.update", resource = "Order", resource_id = 42);
//! });
//! # recorder.flush(Duration::from_secs(5)).await;
//! let page = recorder.reader().query().actor(&Actor::anonymous()).fetch().await?;
//! assert_eq!(page.items.len(), 1);
//! assert_eq!(page.items[0].activity.resource_id.as_deref(), Some("41"));
//! # Ok(())
//! # }
//! ```

//!
//! # Following
//!
//! [`Reader::follow`] gives rows as they appear, each once, whatever the order of the commits. It takes the filters of a query,
//! goes on where an earlier follower stopped, and waits out restarts of the server:
//!
//! ```no_run
//! # async fn example(reader: behavior_trace::query::Reader) -> Result<(), Box<dyn std::error::Error>> {
//! let mut rows = reader.follow().resource_type("Order");
//! if let Ok(position) = std::fs::read_to_string("orders.position") {
//!     rows = rows.after(position.parse()?);
//! }
//! loop {
//!     let row = rows.next().await?;
//!     println!("{} {}", row.id, row.activity.action);
//!     std::fs::write("orders.position", rows.position().to_string())?;
//! }
//! # }
//! ```

pub use behavior_trace_core::ParseTimestampError;
pub use behavior_trace_store::{
    ActivityStream, CountBy, Cursor, Follow, FollowPosition, GroupCount, GroupCounts, Page, Query,
    QueryError, Reader, StoredActivity,
};
