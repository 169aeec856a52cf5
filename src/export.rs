//! Export of rows to an archive in the order of their insertion, as JSON Lines or CSV. Start one with [`Reader::export`].
//!
//! [`Reader::export`]: crate::query::Reader::export

pub use behavior_trace_store::{
    Export, ExportError, ExportFormat, ExportProgress, HiddenFields, HiddenFieldsError,
};
