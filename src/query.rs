//! Reading back: filters for what is searched, pages by cursor, streams.
//!
//! A [`Reader`] comes from [`BehaviorTrace::reader`](crate::BehaviorTrace::reader) or, where nothing is recorded, from a
//! database URL.

pub use behavior_trace_runtime::{
    ActivityStream, Cursor, Page, Query, QueryError, Reader, StoredActivity,
};
