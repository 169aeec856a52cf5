//! Handing rows to an archive, in the order of their insertion: JSON Lines or CSV, begun with [`Reader::export`].
//!
//! [`Reader::export`]: crate::query::Reader::export

pub use behavior_trace_store::{Export, ExportError, ExportFormat, ExportProgress};
