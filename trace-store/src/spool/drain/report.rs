//! Result of a drain.

use std::path::{Path, PathBuf};

use crate::spool::error::SpoolError;
use crate::spool::spools_error::{Kind, SpoolsError};
use crate::store::StoreError;

/// Progress and result of a drain.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct DrainReport {
    /// Rows that the database has now, whether this drain stored them or an earlier attempt had.
    pub stored: u64,
    /// Rows that became dead letters: proven bad, or not readable.
    pub dead_lettered: u64,
    /// Unreadable rows that were lost, because the volume had no room to keep them as dead letters.
    pub lost: u64,
    /// Rows that are still in the spool. During the drain it counts those that were refused without proof.
    pub left: u64,
    /// Last error of the database about a row that was refused without proof.
    pub left_because: Option<String>,
    /// Damaged files of the slot, which a drain leaves alone. A recorder reads them back.
    pub damaged_files: Vec<PathBuf>,
}

/// Reason why a drain stopped early.
#[derive(Debug)]
pub(in crate::spool) enum Stop {
    Spool(SpoolError),
    Store(StoreError),
}

impl Stop {
    pub(in crate::spool) fn at(self, slot: usize, path: &Path) -> SpoolsError {
        match self {
            Self::Spool(error) => Kind::File {
                path: path.to_owned(),
                error,
            },
            Self::Store(error) => Kind::Store { slot, error },
        }
        .into()
    }
}

impl From<SpoolError> for Stop {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
