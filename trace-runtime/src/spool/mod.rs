//! Rows on disk that the store could not take yet, oldest first out; and beside them the rows it never will.
//!
//! One SQLite file per process, in a slot of the spool directory (see [`slot`]). A row is one line of JSON, so that a
//! person can read it: `sqlite3 <spool_dir>/0/spool.db 'SELECT row FROM spool'`. What no store takes is read with
//! [`dead_letters`].

mod damage;
mod error;
mod file;
#[cfg(test)]
pub(crate) mod intruder;
mod letters;
mod record;
mod slot;
#[cfg(all(test, unix))]
mod tests;
mod volume;

use behavior_trace_core::{Activity, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as, query_scalar};

pub(crate) use error::{SpoolError, Trouble};
pub use letters::{DeadLetter, DeadLetterError, dead_letters};
pub(crate) use slot::{Slots, check};
pub(crate) use volume::warning;

use file::Opened;
use slot::Slot;

/// Rows moved at once from a dead process's spool.
const MOVED: usize = 500;
const MOVED_BYTES: usize = 1 << 20;
/// Dead letters kept; who lets as many come needs no more of them to see why.
const LETTERS: i64 = 10_000;

/// The spool of this process.
#[derive(Debug)]
pub(crate) struct Spool {
    connection: SqliteConnection,
    slot: Slot,
}

/// The oldest rows of a spool.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// Their numbers in it.
    pub(crate) numbers: Vec<i64>,
    pub(crate) rows: Vec<Activity<'static>>,
    /// Rows that could not be read, and are dead letters from now on.
    pub(crate) buried: u64,
    /// Rows that could not be read, and for which there was no room among the dead letters.
    pub(crate) lost: u64,
}

impl Piece {
    /// Whether nothing was found, not even what could not be read.
    const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.buried == 0 && self.lost == 0
    }
}

impl Spool {
    /// Opens the spool of a slot, whatever state it is in. Says how many rows are in it, and what was wrong with it.
    pub(crate) async fn open(
        slot: Slot,
        most_bytes: u64,
    ) -> Result<(Self, u64, Option<String>), (Slot, SpoolError)> {
        let opened = match file::open(&slot, most_bytes).await {
            Ok(opened) => opened,
            Err(error) => return Err((slot, error)),
        };
        let Opened {
            mut connection,
            complaint,
        } = opened;
        match count(&mut connection).await {
            Ok(rows) => Ok((Self { connection, slot }, rows, complaint)),
            Err(error) => Err((slot, error)),
        }
    }

    /// Adds rows at the end. When it returns they are on disk, all of them or, with an error, none.
    pub(crate) async fn append(&mut self, rows: &[Activity<'_>]) -> Result<(), SpoolError> {
        let rows = record::encode_all(rows);
        query("INSERT INTO spool (row) SELECT value FROM json_each(?)")
            .bind(rows)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// The oldest rows after that number, as many as asked for and about as many bytes. A row that cannot be read becomes a
    /// dead letter.
    pub(crate) async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<Piece, SpoolError> {
        let found: Vec<(i64, String)> = query_as(
            "SELECT seq, row FROM \
               (SELECT seq, row, sum(length(row)) OVER (ORDER BY seq) AS total FROM spool WHERE seq > ? \
                ORDER BY seq LIMIT ?) \
             WHERE total - length(row) < ? ORDER BY seq",
        )
        .bind(after.unwrap_or(i64::MIN))
        .bind(size(rows))
        .bind(size(bytes))
        .fetch_all(&mut self.connection)
        .await?;
        let mut piece = Piece::default();
        for (number, row) in found {
            if let Some(row) = record::decode(&row) {
                piece.numbers.push(number);
                piece.rows.push(row);
                continue;
            }
            let reason = "the spooled row cannot be read";
            match self.bury_text(Some(number), &row, reason, i64::MAX).await {
                Ok(true) => piece.buried += 1,
                Ok(false) => piece.lost += 1,
                Err(error) if piece.is_empty() => return Err(error),
                // What was done has to be counted; the next call meets the error first.
                Err(_) => break,
            }
        }
        Ok(piece)
    }

    /// Takes out rows that are safe elsewhere.
    pub(crate) async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError> {
        query("DELETE FROM spool WHERE seq IN (SELECT value FROM json_each(?))")
            .bind(format!("{numbers:?}"))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Keeps a row that no store takes, with the reason. If it has a number, it leaves the spool in the same moment. Says
    /// no if there are too many already, or no room in a full spool; then it is gone.
    pub(crate) async fn bury(
        &mut self,
        number: Option<i64>,
        row: &Activity<'_>,
        reason: &str,
    ) -> Result<bool, SpoolError> {
        self.bury_text(number, &record::encode(row), reason, LETTERS)
            .await
    }

    async fn bury_text(
        &mut self,
        number: Option<i64>,
        row: &str,
        reason: &str,
        most: i64,
    ) -> Result<bool, SpoolError> {
        match self.move_to_letters(number, row, reason, most).await {
            // Not even with the room that it leaves. It would stand before all others for as long as the spool is full.
            Err(error) if error.trouble() == Trouble::Full && number.is_some() => {
                self.remove(number.as_slice()).await?;
                Ok(false)
            }
            kept => kept,
        }
    }

    async fn move_to_letters(
        &mut self,
        number: Option<i64>,
        row: &str,
        reason: &str,
        most: i64,
    ) -> Result<bool, SpoolError> {
        let mut transaction = self.connection.begin().await?;
        // First, for the room.
        if let Some(number) = number {
            query("DELETE FROM spool WHERE seq = ?")
                .bind(number)
                .execute(&mut *transaction)
                .await?;
        }
        let kept = query(
            "INSERT INTO dead_letter (buried_at, reason, row) \
             SELECT ?, ?, ? WHERE (SELECT count(*) FROM dead_letter) < ?",
        )
        .bind(Timestamp::now().to_string())
        .bind(reason)
        .bind(row)
        .bind(most)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        transaction.commit().await?;
        Ok(kept > 0)
    }

    /// Moves some rows from a dead process's spool to this one, and after the last of them its dead letters. A crash in
    /// between leaves them in both: rows keep their ids, so that does no harm, and some letters are read twice. Says how
    /// many rows, `None` when the other is empty.
    pub(crate) async fn adopt(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError> {
        let piece = other.oldest(None, MOVED, MOVED_BYTES).await?;
        if !piece.rows.is_empty() {
            self.append(&piece.rows).await?;
            other.remove(&piece.numbers).await?;
        } else if piece.is_empty() {
            let moved = letters::move_some(&mut other.connection, &mut self.connection, MOVED);
            if moved.await? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(piece.rows.len() as u64))
    }

    /// Closes the file, its log folded in.
    pub(crate) async fn close(mut self) -> Slot {
        // The file is whole without this, too; it only saves the next start some work.
        let _ = query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut self.connection)
            .await;
        let _ = self.connection.close().await;
        self.slot
    }

    /// Closes the file and removes it, once it is empty.
    pub(crate) async fn dissolve(self) {
        let slot = self.close().await;
        slot.clear();
    }
}

async fn count(connection: &mut SqliteConnection) -> Result<u64, SpoolError> {
    let rows: i64 = query_scalar("SELECT count(*) FROM spool")
        .fetch_one(connection)
        .await?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
