//! Salvage of the remaining rows from a damaged file that was set aside.
//!
//! The rows move in small steps into the spool of the slot. The progress is stored there, in the transaction that adds the
//! rows, so that the next process continues where this one ended. A `damaged-*.done` beside the file marks that nothing
//! remains to be read.
//!
//! SQLite reads each table upwards to the damage, and downwards to it. The rows in between are read from the pages directly,
//! which needs no page that refers to them.

mod leaf;
mod log;
pub(super) mod pages;
mod progress;
#[cfg(test)]
#[path = "../../../tests/salvage/mod.rs"]
mod tests;

use std::fs;
use std::path::PathBuf;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, query, query_as, query_scalar};

use super::error::{SpoolError, SpoolErrorKind};
use super::file;
use super::storage::SalvageStep;
use leaf::{SalvagedRow, SalvagedTable};
use pages::Pages;
use progress::{Progress, Stage};

/// Number of rows read at once.
const PIECE: i64 = 200;
/// Number of pages read at once.
const PAGES: u32 = 200;

/// Number, dead letter's time, reason and row, as they are on disk.
type Columns = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

/// A damaged file that is being read.
#[derive(Debug)]
pub(super) struct Salvage {
    path: PathBuf,
    from: SqliteConnection,
    /// Pages of the file, opened when they are first needed.
    pages: Option<Pages>,
    progress: Progress,
}

impl Salvage {
    /// Starts on a file, or continues where another process ended.
    pub(super) async fn begin(
        path: PathBuf,
        to: &mut SqliteConnection,
    ) -> Result<Self, SpoolError> {
        let progress = Progress::of(&path, to).await?;
        let from = file::connect_any(&path).await?;
        Ok(Self {
            path,
            from,
            pages: None,
            progress,
        })
    }

    /// Reads the next part. Returns `None` at the end.
    pub(super) async fn step(
        &mut self,
        to: &mut SqliteConnection,
    ) -> Result<Option<SalvageStep>, SpoolError> {
        let before = self.progress;
        let mut next = before;
        let rows = match before.stage {
            Stage::Done => return Ok(None),
            Stage::Up(table) => self.piece(&mut next, table, false).await?,
            Stage::Down(table) => self.piece(&mut next, table, true).await?,
            Stage::Pages(table) => self.pages(&mut next, table)?,
        };
        next.count(before.stage.table(), rows.len());
        self.keep(&rows, next, to).await?;
        self.progress = next;
        let is_done = next.stage == Stage::Done;
        let gain = |after: i64, before: i64| u64::try_from(after - before).unwrap_or(0);
        Ok(Some(SalvageStep {
            rows: gain(next.rows, before.rows),
            letters: gain(next.letters, before.letters),
            lost: gain(next.lost, before.lost),
            report: is_done.then(|| self.report()),
            is_whole: is_done && next.lost == 0 && next.rows + next.letters > 0,
        }))
    }

    /// Marks the file as read to its end.
    pub(super) async fn end(self, to: &mut SqliteConnection) -> Result<(), SpoolError> {
        let done = self.path.with_extension("done");
        fs::write(&done, self.report())
            // A full volume may still have room for a name.
            .or_else(|_| fs::File::create(&done).map(drop))?;
        progress::forget(&self.path, to).await?;
        let _ = self.from.close().await;
        Ok(())
    }

    pub(super) async fn close(self) {
        let _ = self.from.close().await;
    }

    fn report(&self) -> String {
        let Progress {
            rows,
            letters,
            lost,
            unreadable,
            ..
        } = self.progress;
        let unknown = if rows + letters + lost == 0 {
            "; how many it held is not known"
        } else {
            ""
        };
        format!(
            "{rows} rows and {letters} dead letters of the damaged spool file {} were saved; {unreadable} pages of it and about \
             {lost} rows cannot be read{unknown}",
            self.path.display()
        )
    }

    /// Returns the next rows in ascending order, read upwards or downwards.
    async fn piece(
        &mut self,
        next: &mut Progress,
        table: SalvagedTable,
        down: bool,
    ) -> Result<Vec<SalvagedRow>, SpoolError> {
        let columns = columns(table);
        let order = if down { "DESC" } else { "ASC" };
        let text =
            format!("SELECT {columns} WHERE seq > ? AND seq < ? ORDER BY seq {order} LIMIT ?");
        let mut most = PIECE;
        loop {
            let mut rows = match self.rows(&text, next.low, next.high, most).await {
                Ok(rows) => rows,
                Err(error) if !is_damage(&error) => return Err(error),
                // A smaller limit may end before the damage.
                Err(_) if most > 1 => {
                    most = (most / 4).max(1);
                    continue;
                }
                Err(_) if down => {
                    self.bound(next, table).await?;
                    return Ok(Vec::new());
                }
                Err(_) => {
                    next.stage = Stage::Down(table);
                    return Ok(Vec::new());
                }
            };
            match rows.last() {
                None => next.leave(table),
                Some(last) if down => next.high = last.seq,
                Some(last) => next.low = last.seq,
            }
            rows.sort_unstable_by_key(|row| row.seq);
            return Ok(rows);
        }
    }

    async fn rows(
        &mut self,
        text: &str,
        low: i64,
        high: i64,
        most: i64,
    ) -> Result<Vec<SalvagedRow>, SpoolError> {
        // The text contains only the recorder's own words.
        let found: Vec<Columns> = query_as(AssertSqlSafe(text.to_owned()))
            .bind(low)
            .bind(high)
            .bind(most)
            .fetch_all(&mut self.from)
            .await?;
        let found = found.into_iter();
        Ok(found
            .map(|(seq, buried_at, reason, row)| SalvagedRow {
                seq,
                buried_at,
                reason,
                row,
            })
            .collect())
    }

    /// Continues with the pages, unless there is no number between the two ends of the damage.
    async fn bound(&mut self, next: &mut Progress, table: SalvagedTable) -> Result<(), SpoolError> {
        next.stage = Stage::Pages(table);
        if next.high == i64::MAX {
            let last = query_scalar::<_, i64>("SELECT seq FROM sqlite_sequence WHERE name = ?")
                .bind(name(table))
                .fetch_optional(&mut self.from)
                .await
                .map_err(SpoolError::from);
            match last {
                Ok(Some(last)) => next.high = last.saturating_add(1),
                Err(error) if !is_damage(&error) => return Err(error),
                // The counter is unreadable too, so the original number of rows is unknown.
                Ok(None) | Err(_) => {}
            }
        }
        if next.low >= next.high - 1 {
            next.leave(table);
        }
        Ok(())
    }

    /// Returns the rows on the next pages whose numbers are between the two ends of the damage.
    fn pages(
        &mut self,
        next: &mut Progress,
        table: SalvagedTable,
    ) -> Result<Vec<SalvagedRow>, SpoolError> {
        let pages = match &mut self.pages {
            Some(pages) => pages,
            none => none.insert(Pages::open(&self.path)?),
        };
        let mut rows = Vec::new();
        for _ in 0..PAGES {
            if next.page >= pages.count().into() {
                next.conclude(table, rows.len());
                return Ok(rows);
            }
            next.page += 1;
            let reading = pages.read(u32::try_from(next.page).unwrap_or(0))?;
            next.unreadable_here += i64::from(reading.is_unreadable);
            next.may_lack += progress::count(reading.may_lack);
            let between = |found: &SalvagedRow| found.seq > next.low && found.seq < next.high;
            let found = reading.rows.into_iter();
            let found = found.filter(|(kind, found)| *kind == table && between(found));
            rows.extend(found.map(|(_, found)| found));
        }
        next.between += progress::count(rows.len());
        Ok(rows)
    }

    /// Adds the found rows and stores the progress, in one transaction.
    async fn keep(
        &self,
        rows: &[SalvagedRow],
        next: Progress,
        to: &mut SqliteConnection,
    ) -> Result<(), SpoolError> {
        let mut transaction = to.begin().await?;
        for found in rows {
            let row = String::from_utf8_lossy(&found.row);
            let insert = match self.progress.stage.table() {
                Some(SalvagedTable::DeadLetter) => {
                    query("INSERT INTO dead_letter (buried_at, reason, row) VALUES (?, ?, ?)")
                        .bind(String::from_utf8_lossy(&found.buried_at).into_owned())
                        .bind(String::from_utf8_lossy(&found.reason).into_owned())
                }
                _ => query("INSERT INTO spool (row) VALUES (?)"),
            };
            insert
                .bind(row.into_owned())
                .execute(&mut *transaction)
                .await?;
        }
        next.keep(&self.path, &mut transaction).await?;
        transaction.commit().await?;
        Ok(())
    }
}

const fn name(table: SalvagedTable) -> &'static str {
    match table {
        SalvagedTable::Spool => "spool",
        SalvagedTable::DeadLetter => "dead_letter",
    }
}

/// Returns the columns to read, as bytes because a damaged text may not be UTF-8.
const fn columns(table: SalvagedTable) -> &'static str {
    match table {
        SalvagedTable::Spool => "seq, x'', x'', CAST(coalesce(row, '') AS BLOB) FROM spool",
        SalvagedTable::DeadLetter => {
            "seq, CAST(coalesce(buried_at, '') AS BLOB), CAST(coalesce(reason, '') AS BLOB), \
             CAST(coalesce(row, '') AS BLOB) FROM dead_letter"
        }
    }
}

fn is_damage(error: &SpoolError) -> bool {
    // A file with a damaged schema, or an empty file, has no such table.
    error.kind() == SpoolErrorKind::Damaged || error.to_string().contains("no such table")
}
