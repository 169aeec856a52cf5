//! State of a slot, as seen by a program that does not own it.

use std::fs;
use std::path::{Path, PathBuf};

use behavior_trace_core::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query_scalar};

use super::damage::with_suffix;
use super::dead_letter::has_table;
use super::directory::SpoolDirectory;
use super::error::{SpoolError, SpoolErrorKind};
use super::{damaged_files, file};

/// State of one slot of a spool directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SpoolInfo {
    /// Number of the slot, which is the name of its directory.
    pub slot: usize,
    /// A running process owns the slot.
    pub owner_alive: bool,
    /// Rows that wait for the database; `None` if the file cannot be read.
    pub rows: Option<u64>,
    /// Size of the file with its log, in bytes.
    pub bytes: u64,
    /// Timestamp of the row that was spooled first.
    pub oldest: Option<Timestamp>,
    /// Dead letters; `None` if the file cannot be read.
    pub dead_letters: Option<u64>,
    /// Damaged files that have not been read back to their end.
    pub damaged_files: Vec<PathBuf>,
    /// Reason why the slot cannot be read.
    pub problem: Option<String>,
}

/// Contents of a spool file.
#[derive(Debug, Default)]
struct Contents {
    rows: i64,
    oldest: Option<Timestamp>,
    dead_letters: i64,
}

/// Looks at a slot, and changes nothing.
pub(super) async fn look(directory: &SpoolDirectory, slot: usize) -> SpoolInfo {
    let mut info = SpoolInfo {
        slot,
        ..SpoolInfo::default()
    };
    match directory.is_locked(slot) {
        Ok(is_locked) => info.owner_alive = is_locked,
        Err(error) => info.problem = Some(error.to_string()),
    }
    match damaged_files::unfinished(&directory.slot(slot)) {
        Ok(files) => info.damaged_files = files,
        Err(error) => info.problem = Some(error.to_string()),
    }
    let contents = match directory.file(slot) {
        Ok(Some(file)) => {
            info.bytes = bytes(&file) + bytes(&with_suffix(&file, "-wal"));
            let contents = read(&file).await;
            contents.map_err(|error| (file, error))
        }
        Ok(None) => Ok(Contents::default()),
        Err(error) => {
            info.problem = Some(error.to_string());
            return info;
        }
    };
    match contents {
        Ok(contents) => {
            info.rows = u64::try_from(contents.rows).ok();
            info.oldest = contents.oldest;
            info.dead_letters = u64::try_from(contents.dead_letters).ok();
        }
        Err((file, error)) => {
            info.problem = Some(error.of(&file.display().to_string()));
            if error.kind() == SpoolErrorKind::Damaged {
                info.damaged_files.push(file);
            }
        }
    }
    info
}

fn bytes(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |file| file.len())
}

async fn read(path: &Path) -> Result<Contents, SpoolError> {
    let (mut connection, names) = file::connect_beside(path).await?;
    let contents = contents_of(&mut connection).await;
    let _ = connection.close().await;
    drop(names);
    contents
}

/// Reads all values as of one moment.
async fn contents_of(connection: &mut SqliteConnection) -> Result<Contents, SpoolError> {
    let mut snapshot = connection.begin().await?;
    file::check_format(&mut snapshot).await?;
    let mut contents = Contents::default();
    if has_table(&mut snapshot, "spool").await? {
        contents.rows = query_scalar("SELECT count(*) FROM spool")
            .fetch_one(&mut *snapshot)
            .await?;
        let oldest: Option<Option<i64>> = query_scalar(
            "SELECT CAST(json_extract(row, '$.occurred_at') AS INTEGER) FROM spool WHERE json_valid(row) \
             ORDER BY seq LIMIT 1",
        )
        .fetch_optional(&mut *snapshot)
        .await?;
        contents.oldest = oldest.flatten().map(Timestamp::from_micros);
    }
    if has_table(&mut snapshot, "dead_letter").await? {
        contents.dead_letters = query_scalar("SELECT count(*) FROM dead_letter")
            .fetch_one(&mut *snapshot)
            .await?;
    }
    snapshot.rollback().await?;
    Ok(contents)
}
