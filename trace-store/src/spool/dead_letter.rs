//! Dead letters in a spool file.

use behavior_trace_core::{Activity, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::error::SpoolError;
use super::file;
use super::file::size;
use super::letter_id::DeadLetterId;
use super::storage::WITHOUT_PAYLOAD;
use crate::wire;

/// A row that the database refused for good, kept beside the spool until someone removes it.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Id of the letter.
    pub id: DeadLetterId,
    /// Time at which the row was given up.
    pub dead_lettered_at: Timestamp,
    /// Error message of the database.
    pub reason: String,
    /// The row as it would have been stored; `None` if it was damaged in the spool.
    pub activity: Option<Activity<'static>>,
    /// The text of the row in the spool: a line of JSON, unless it was damaged.
    pub text: String,
}

/// Columns of a letter as bytes, since a damaged text need not be UTF-8.
type Columns = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

/// A letter to remove.
#[derive(Clone, Copy, Debug)]
pub(super) enum ToRemove<'a> {
    /// Whichever has the id.
    Any(DeadLetterId),
    /// The one that was read before.
    This(&'a DeadLetter),
}

/// Result of removing a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removal {
    Done,
    NoLetter,
    /// The id is another letter's.
    Another,
}

/// Result of a requeue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requeue {
    Done,
    NoLetter,
    /// The letter holds no row that a store could take.
    Unreadable,
    /// The store has the event without its payload, and would ignore the whole row.
    WithoutPayload,
}

impl DeadLetter {
    fn new(slot: usize, (number, dead_lettered_at, reason, row): Columns) -> Self {
        let text = |bytes: Vec<u8>| match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        let row = text(row);
        Self {
            id: DeadLetterId { slot, number },
            // The recorder wrote the value. If a person changed it, the reason still counts.
            dead_lettered_at: text(dead_lettered_at).parse().unwrap_or_default(),
            reason: text(reason),
            activity: wire::parse(&row),
            text: row,
        }
    }
}

/// Returns whether a file has a table. One of the first format has no place for dead letters.
pub(super) async fn has_table(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<bool, SpoolError> {
    let found: Option<i64> =
        query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
            .bind(name)
            .fetch_optional(connection)
            .await?;
    Ok(found.is_some())
}

/// Returns whether a file has a table of letters. A later release may have them elsewhere, which is an error.
async fn has_letters(connection: &mut SqliteConnection) -> Result<bool, SpoolError> {
    let has_table = has_table(connection, "dead_letter").await?;
    if !has_table {
        file::check_format(connection).await?;
    }
    Ok(has_table)
}

/// Returns the letters of a file, the oldest first.
pub(super) async fn letters_in(
    connection: &mut SqliteConnection,
    slot: usize,
) -> Result<Vec<DeadLetter>, SpoolError> {
    let mut found: Vec<Columns> = Vec::new();
    if has_letters(connection).await? {
        found = query_as(
            "SELECT seq, CAST(buried_at AS BLOB), CAST(reason AS BLOB), CAST(row AS BLOB) FROM dead_letter ORDER BY seq",
        )
        .fetch_all(connection)
        .await?;
    }
    let letters = found
        .into_iter()
        .map(|columns| DeadLetter::new(slot, columns));
    Ok(letters.collect())
}

/// Returns one letter of a file.
pub(super) async fn letter_in(
    connection: &mut SqliteConnection,
    id: DeadLetterId,
) -> Result<Option<DeadLetter>, SpoolError> {
    if !has_letters(connection).await? {
        return Ok(None);
    }
    let found: Option<Columns> = query_as(
        "SELECT seq, CAST(buried_at AS BLOB), CAST(reason AS BLOB), CAST(row AS BLOB) FROM dead_letter WHERE seq = ?",
    )
    .bind(id.number)
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|columns| DeadLetter::new(id.slot, columns)))
}

/// Moves a letter back among the rows of its file, in one transaction. The row stays as it is, with its event id.
pub(super) async fn requeue_in(
    connection: &mut SqliteConnection,
    id: DeadLetterId,
) -> Result<Requeue, SpoolError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let Some(letter) = letter_in(&mut transaction, id).await? else {
        return Ok(Requeue::NoLetter);
    };
    if letter.reason.starts_with(WITHOUT_PAYLOAD) {
        return Ok(Requeue::WithoutPayload);
    }
    if letter.activity.is_none() {
        return Ok(Requeue::Unreadable);
    }
    for step in [
        "INSERT INTO spool (row) SELECT row FROM dead_letter WHERE seq = ?",
        "DELETE FROM dead_letter WHERE seq = ?",
    ] {
        query(step)
            .bind(id.number)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(Requeue::Done)
}

/// Removes a letter, in one transaction with the look at it.
pub(super) async fn remove_from(
    connection: &mut SqliteConnection,
    letter: ToRemove<'_>,
) -> Result<Removal, SpoolError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let id = match letter {
        ToRemove::Any(id) => id,
        ToRemove::This(letter) => letter.id,
    };
    match (letter, letter_in(&mut transaction, id).await?) {
        (_, None) => return Ok(Removal::NoLetter),
        (ToRemove::This(known), Some(found)) if found != *known => return Ok(Removal::Another),
        _ => {}
    }
    query("DELETE FROM dead_letter WHERE seq = ?")
        .bind(id.number)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(Removal::Done)
}

/// Turns rows of a file, by their numbers, into letters with a reason each, in one transaction. They are not limited in number:
/// the file has the rows already.
pub(super) async fn keep_rows(
    connection: &mut SqliteConnection,
    rows: &[(i64, String)],
) -> Result<(), SpoolError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let now = Timestamp::now().to_string();
    for (number, reason) in rows {
        query(
            "INSERT INTO dead_letter (buried_at, reason, row) SELECT ?, ?, row FROM spool WHERE seq = ?",
        )
        .bind(&now)
        .bind(reason)
        .bind(number)
        .execute(&mut *transaction)
        .await?;
        query("DELETE FROM spool WHERE seq = ?")
            .bind(number)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
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
