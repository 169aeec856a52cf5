//! The place that an export reached.

use std::fs::Metadata;

use serde::{Deserialize, Serialize};

use crate::state_file::{self, StatePlace};

/// The place of an export. It is bound to the database, the filters and the form of the export.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct ExportPlace {
    pub(super) last_id: u64,
    /// Length of the file of rows; none where they went to standard output.
    pub(super) bytes: Option<u64>,
    /// Device and number of that file, where the system has them.
    #[serde(default)]
    pub(super) file: Option<String>,
}

/// Returns the device and the number of a file. Another file of the same name has others.
#[cfg_attr(
    unix,
    expect(clippy::unnecessary_wraps, reason = "other systems have none")
)]
pub(super) fn identity(file: &Metadata) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Some(format!("{}:{}", file.dev(), file.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

impl StatePlace for ExportPlace {
    const COMMAND: &'static str = "export";
}

pub(super) type StateFile = state_file::StateFile<ExportPlace>;
