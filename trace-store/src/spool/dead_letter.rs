//! Dead letters: rows that no store accepts, kept for a person to inspect.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use behavior_trace_core::{Activity, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as};

use super::error::SpoolError;
use super::file::{self, size};
use super::record;

/// A row that the database refused for good, kept beside the spool until someone removes it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Time at which the row was given up.
    pub dead_lettered_at: Timestamp,
    /// Error message of the database.
    pub reason: String,
    /// The row as it would have been stored; `None` if it was damaged in the spool.
    pub activity: Option<Activity<'static>>,
}

/// Error in reading dead letters.
#[derive(Clone, PartialEq, Eq)]
pub struct DeadLetterError(String);

impl fmt::Display for DeadLetterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the dead letters cannot be read: {}", self.0)
    }
}

behavior_trace_core::debug_is_display!(DeadLetterError);

impl std::error::Error for DeadLetterError {}

/// Returns the dead letters of every process that uses or used a spool directory, slot by slot, the oldest first in each. It
/// changes nothing. It needs no recorder, but a tokio runtime and the rights of the user who owns the directory.
///
/// A spool keeps at most 10,000 dead letters. Further refused rows are lost, counted as `dropped.poison` and reported to the
/// error hook. Only a person removes dead letters, after fixing the cause:
/// `sqlite3 <spool_dir>/0/spool.db 'DELETE FROM dead_letter'`.
///
/// # Errors
///
/// Fails if the directory does not exist, or if it or a spool file in it cannot be read.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), behavior_trace::health::DeadLetterError> {
/// # let directory = tempfile::tempdir().expect("a directory");
/// # let directory = directory.path();
/// for letter in behavior_trace::health::dead_letters(directory).await? {
///     eprintln!("{} {}: {:?}", letter.dead_lettered_at, letter.reason, letter.activity);
/// }
/// # Ok(())
/// # }
/// ```
pub async fn dead_letters(spool_dir: &Path) -> Result<Vec<DeadLetter>, DeadLetterError> {
    let mut letters = Vec::new();
    let files = files(spool_dir)
        .map_err(|error| DeadLetterError(format!("{}: {error}", spool_dir.display())))?;
    for file in files {
        let told = |error: SpoolError| DeadLetterError(format!("{}: {error}", file.display()));
        letters.extend(read(&file).await.map_err(told)?);
    }
    Ok(letters)
}

/// Returns the files of all slots, in order of the slots.
fn files(spool_dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut slots: Vec<usize> = Vec::new();
    for entry in fs::read_dir(spool_dir)? {
        let name = entry?.file_name();
        slots.extend(name.to_str().and_then(|name| name.parse::<usize>().ok()));
    }
    slots.sort_unstable();
    Ok(slots
        .into_iter()
        .map(|slot| spool_dir.join(slot.to_string()).join("spool.db"))
        .filter(|file| file.is_file())
        .collect())
}

async fn read(path: &Path) -> Result<Vec<DeadLetter>, SpoolError> {
    let (mut connection, names) = file::connect_beside(path).await?;
    let letters = letters_in(&mut connection).await;
    // A connection that is closed later might act on a file that has another name by then.
    let _ = connection.close().await;
    drop(names);
    letters
}

async fn letters_in(connection: &mut SqliteConnection) -> Result<Vec<DeadLetter>, SpoolError> {
    let has_place: Option<(i64,)> =
        query_as("SELECT 1 FROM sqlite_schema WHERE name = 'dead_letter'")
            .fetch_optional(&mut *connection)
            .await?;
    let mut rows: Vec<(String, String, String)> = Vec::new();
    if has_place.is_some() {
        rows = query_as("SELECT buried_at, reason, row FROM dead_letter ORDER BY seq")
            .fetch_all(connection)
            .await?;
    }
    let letter = |(buried_at, reason, row): (String, String, String)| DeadLetter {
        // The recorder wrote the value. If a person changed it, the reason still counts.
        dead_lettered_at: buried_at.parse().unwrap_or_default(),
        reason,
        activity: record::decode(&row),
    };
    Ok(rows.into_iter().map(letter).collect())
}

/// Moves at most `most` of the first letters from one file to another, and returns how many.
pub(super) async fn move_some(
    from: &mut SqliteConnection,
    to: &mut SqliteConnection,
    most: usize,
) -> Result<usize, SpoolError> {
    let letters: Vec<(i64, String, String, String)> =
        query_as("SELECT seq, buried_at, reason, row FROM dead_letter ORDER BY seq LIMIT ?")
            .bind(size(most))
            .fetch_all(&mut *from)
            .await?;
    let mut transaction = to.begin().await?;
    for (_, buried_at, reason, row) in &letters {
        query("INSERT INTO dead_letter (buried_at, reason, row) VALUES (?, ?, ?)")
            .bind(buried_at)
            .bind(reason)
            .bind(row)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    if let Some((last, ..)) = letters.last() {
        query("DELETE FROM dead_letter WHERE seq <= ?")
            .bind(last)
            .execute(from)
            .await?;
    }
    Ok(letters.len())
}
