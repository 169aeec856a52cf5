//! The place that an export reached.

use serde::{Deserialize, Serialize};

use super::identity::FileIdentity;
use crate::state_file::{self, StatePlace};

/// The place of an export. It is bound to the database, the filters and the form of the export.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct ExportPlace {
    pub(super) last_id: u64,
    /// Length of the file of rows; none where they went to standard output.
    pub(super) bytes: Option<u64>,
    /// Identity of that file, where the system has one.
    #[serde(default)]
    pub(super) file: Option<FileIdentity>,
}

impl StatePlace for ExportPlace {
    const COMMAND: &'static str = "export";
}

pub(super) type StateFile = state_file::StateFile<ExportPlace>;
