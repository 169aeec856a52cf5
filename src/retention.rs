//! Removal of old rows: deleted or moved to the archive in small steps, or dropped by partition.

#[cfg(feature = "mysql")]
pub use behavior_trace_store::Partitions;
pub use behavior_trace_store::{Retention, RetentionError, RetentionReport};
