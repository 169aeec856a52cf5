//! Rows that no store takes, to be looked at by a person.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use behavior_trace_core::{Activity, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as};

use super::error::SpoolError;
use super::file;
use super::record;
use super::spool_file::size;

/// A row that the database refused for good, kept beside the spool until somebody removes it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// When it was given up.
    pub dead_lettered_at: Timestamp,
    /// What the database said.
    pub reason: String,
    /// The row as it would have been stored; `None` where it was damaged in the spool.
    pub activity: Option<Activity<'static>>,
}

/// Why dead letters could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterError(String);

impl fmt::Display for DeadLetterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the dead letters cannot be read: {}", self.0)
    }
}

impl std::error::Error for DeadLetterError {}

/// The dead letters of every process that uses, or used, a spool directory, each one's oldest first. It needs no recorder,
/// but a tokio runtime, and the rights of the user whom the directory belongs to. It changes nothing. A directory that is
/// not there, or cannot be read, is an error.
///
/// A spool keeps 10,000 of them at most: from then on a refused row is lost, counted as `dropped.poison` and told to the
/// error hook. Nothing else removes them; a person does, once the cause is mended:
/// `sqlite3 <spool_dir>/0/spool.db 'DELETE FROM dead_letter'`.
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

/// The files of all slots, in their order.
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
    // What is closed some time later would be at a file that may have another name by then.
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
        // Written by us, and if a person changed it, the reason is what counts.
        dead_lettered_at: buried_at.parse().unwrap_or_default(),
        reason,
        activity: record::decode(&row),
    };
    Ok(rows.into_iter().map(letter).collect())
}

/// Moves the first letters from one file to another, at most so many, and says how many.
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
