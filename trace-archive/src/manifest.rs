//! Manifests: the files that count, and the place in the table after them.

use serde::{Deserialize, Serialize};

/// Number of the form.
pub(crate) const SCHEMA: u32 = 1;

/// One seal of an archive: the files that were published together. It is the JSON object of `manifests/N.json`.
///
/// A reader takes the files of all manifests, and no others. Later releases may add keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Number of the form, 1.
    pub schema: u32,
    /// Number of the seal. Seals begin at 1 and have no gaps.
    pub seal: u64,
    /// Time at which the files were complete, in RFC 3339 and UTC.
    pub sealed_at: String,
    /// Release that wrote the files.
    pub written_by: String,
    /// Columns and payload fields that the files do not have.
    pub hidden: Vec<String>,
    /// Number of rows in the files.
    pub rows: u64,
    /// The files. A seal that takes the place of a killed run's has none.
    pub files: Vec<ArchiveFile>,
    /// Place in the table after these rows, the text of a [`FollowPosition`](behavior_trace_store::FollowPosition).
    pub position: String,
    /// Files of killed runs that no manifest names. They hold rows of other files, and can be removed.
    pub orphans: Vec<String>,
}

/// A file of an archive: rows of one day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ArchiveFile {
    /// Path within the archive.
    pub path: String,
    /// Day of the rows in UTC, such as `2026-11-30`.
    pub day: String,
    /// Number of rows.
    pub rows: u64,
    /// Lowest id.
    pub first_id: u64,
    /// Highest id.
    pub last_id: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// Checksum, as `sha256sum` prints it.
    pub sha256: String,
}
