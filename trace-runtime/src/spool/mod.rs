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

/// Rows out of the spool, with their numbers in it.
pub(crate) type Numbered = (Vec<i64>, Vec<Activity<'static>>);

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
    /// dead letter; the second value says how many did.
    pub(crate) async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<(Numbered, u64), SpoolError> {
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
        let (mut numbers, mut read) = (Vec::new(), Vec::new());
        let mut unreadable = 0;
        for (number, row) in found {
            if let Some(row) = record::decode(&row) {
                numbers.push(number);
                read.push(row);
            } else {
                let reason = "the spooled row cannot be read";
                self.bury_text(Some(number), &row, reason, i64::MAX).await?;
                unreadable += 1;
            }
        }
        Ok(((numbers, read), unreadable))
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
    /// no if there are too many already; then it is gone.
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
        let mut transaction = self.connection.begin().await?;
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
        if let Some(number) = number {
            query("DELETE FROM spool WHERE seq = ?")
                .bind(number)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(kept > 0)
    }

    /// Moves some rows from a dead process's spool to this one. A crash in between leaves them in both, which does no harm:
    /// they keep their ids. Says how many, 0 when the other is empty.
    pub(crate) async fn adopt(&mut self, other: &mut Self) -> Result<u64, SpoolError> {
        let ((numbers, rows), _) = other.oldest(None, MOVED, MOVED_BYTES).await?;
        if rows.is_empty() {
            self.adopt_dead_letters(other).await?;
            return Ok(0);
        }
        self.append(&rows).await?;
        other.remove(&numbers).await?;
        Ok(rows.len() as u64)
    }

    async fn adopt_dead_letters(&mut self, other: &mut Self) -> Result<(), SpoolError> {
        let letters: Vec<(i64, String, String, String)> =
            query_as("SELECT seq, buried_at, reason, row FROM dead_letter ORDER BY seq")
                .fetch_all(&mut other.connection)
                .await?;
        for (number, buried_at, reason, row) in letters {
            query("INSERT INTO dead_letter (buried_at, reason, row) VALUES (?, ?, ?)")
                .bind(buried_at)
                .bind(reason)
                .bind(row)
                .execute(&mut self.connection)
                .await?;
            query("DELETE FROM dead_letter WHERE seq = ?")
                .bind(number)
                .execute(&mut other.connection)
                .await?;
        }
        Ok(())
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
