//! Removal of old rows: deleted or moved to the archive in small steps, or dropped by partition.

#[cfg(feature = "mysql")]
pub use behavior_trace_store::{LayoutPreview, PartitionStatus, Partitions};
pub use behavior_trace_store::{Retention, RetentionError, RetentionPreview, RetentionReport};
