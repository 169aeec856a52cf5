//! Taking out what is older than it need be: deleted or moved to the archive in small steps, or dropped by partitions.

#[cfg(feature = "mysql")]
pub use behavior_trace_store::Partitions;
pub use behavior_trace_store::{Retention, RetentionError, RetentionReport};
