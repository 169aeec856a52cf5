//! Progress of reading a damaged file, stored in the spool that takes its rows.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as};

use super::super::error::SpoolError;
use super::leaf::SalvagedTable;

/// Next stage of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// SQLite reads the table upwards to the damage.
    Up(SalvagedTable),
    /// SQLite reads the table downwards to the damage.
    Down(SalvagedTable),
    /// The rows in between are read from the pages.
    Pages(SalvagedTable),
    Done,
}

/// All stages in order. The index of a stage is its stored value.
const STAGES: [Stage; 7] = [
    Stage::Up(SalvagedTable::Spool),
    Stage::Down(SalvagedTable::Spool),
    Stage::Pages(SalvagedTable::Spool),
    Stage::Up(SalvagedTable::DeadLetter),
    Stage::Down(SalvagedTable::DeadLetter),
    Stage::Pages(SalvagedTable::DeadLetter),
    Stage::Done,
];

/// Progress of reading one damaged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) stage: Stage,
    /// Number up to which all rows have been read.
    pub(super) low: i64,
    /// Number from which on all rows have been read.
    pub(super) high: i64,
    /// Page up to which the pages have been read for the rows in between.
    pub(super) page: i64,
    /// Number of rows found on those pages.
    pub(super) between: i64,
    /// Maximum number of rows that those pages can lack.
    pub(super) may_lack: i64,
    /// Number of those pages that cannot be read.
    pub(super) unreadable_here: i64,
    pub(super) rows: i64,
    pub(super) letters: i64,
    pub(super) lost: i64,
    pub(super) unreadable: i64,
}

/// The stage and the numbers, in the order of the columns.
type Columns = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

impl Stage {
    /// Returns the table that the stage reads.
    pub(super) const fn table(self) -> Option<SalvagedTable> {
        match self {
            Self::Up(table) | Self::Down(table) | Self::Pages(table) => Some(table),
            Self::Done => None,
        }
    }
}

impl Progress {
    const fn at_first() -> Self {
        Self {
            stage: STAGES[0],
            low: 0,
            high: i64::MAX,
            page: 0,
            between: 0,
            may_lack: 0,
            unreadable_here: 0,
            rows: 0,
            letters: 0,
            lost: 0,
            unreadable: 0,
        }
    }

    /// Returns the stored progress for a file, or its start.
    pub(super) async fn of(path: &Path, spool: &mut SqliteConnection) -> Result<Self, SpoolError> {
        query(
            "CREATE TABLE IF NOT EXISTS salvage (file TEXT PRIMARY KEY, stage INTEGER NOT NULL, low INTEGER NOT NULL, \
             high INTEGER NOT NULL, page INTEGER NOT NULL, between_ends INTEGER NOT NULL, may_lack INTEGER NOT NULL, \
             unreadable_here INTEGER NOT NULL, rows INTEGER NOT NULL, letters INTEGER NOT NULL, lost INTEGER NOT NULL, \
             unreadable INTEGER NOT NULL)",
        )
        .execute(&mut *spool)
        .await?;
        let known: Option<Columns> = query_as(
            "SELECT stage, low, high, page, between_ends, may_lack, unreadable_here, rows, letters, lost, unreadable \
             FROM salvage WHERE file = ?",
        )
        .bind(name(path))
        .fetch_optional(spool)
        .await?;
        Ok(known.map_or_else(Self::at_first, Self::from))
    }

    /// Stores the progress.
    pub(super) async fn keep(
        self,
        path: &Path,
        spool: &mut SqliteConnection,
    ) -> Result<(), SpoolError> {
        let stage = STAGES.iter().position(|stage| *stage == self.stage);
        query("INSERT OR REPLACE INTO salvage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(name(path))
            .bind(stage.map_or(0, count))
            .bind(self.low)
            .bind(self.high)
            .bind(self.page)
            .bind(self.between)
            .bind(self.may_lack)
            .bind(self.unreadable_here)
            .bind(self.rows)
            .bind(self.letters)
            .bind(self.lost)
            .bind(self.unreadable)
            .execute(spool)
            .await?;
        Ok(())
    }

    /// Counts rows of the table that is being read.
    pub(super) fn count(&mut self, table: Option<SalvagedTable>, rows: usize) {
        match table {
            Some(SalvagedTable::Spool) => self.rows += count(rows),
            Some(SalvagedTable::DeadLetter) => self.letters += count(rows),
            None => {}
        }
    }

    /// Counts the lost rows once all pages are read. A number may have been unused, and a page may not have been full. The
    /// loss is thus the lower of two bounds: that of the numbers and that of the pages.
    pub(super) fn conclude(&mut self, table: SalvagedTable, rows: usize) {
        let mut lost = self.may_lack;
        if self.high < i64::MAX {
            let numbers = self.high - self.low - 1 - self.between - count(rows);
            lost = lost.min(numbers.max(0));
        }
        // A dead letter that cannot be read was already counted when it was added.
        if table == SalvagedTable::Spool {
            self.lost += lost;
        }
        self.unreadable = self.unreadable.max(self.unreadable_here);
        self.leave(table);
    }

    /// Moves on to the next table.
    pub(super) const fn leave(&mut self, table: SalvagedTable) {
        let stage = match table {
            SalvagedTable::Spool => Stage::Up(SalvagedTable::DeadLetter),
            SalvagedTable::DeadLetter => Stage::Done,
        };
        *self = Self {
            stage,
            rows: self.rows,
            letters: self.letters,
            lost: self.lost,
            unreadable: self.unreadable,
            ..Self::at_first()
        };
    }
}

impl From<Columns> for Progress {
    fn from(columns: Columns) -> Self {
        let (stage, low, high, page, between, may_lack, unreadable_here, ..) = columns;
        let (.., rows, letters, lost, unreadable) = columns;
        let stage = usize::try_from(stage).unwrap_or(0);
        Self {
            stage: STAGES.get(stage).copied().unwrap_or(Stage::Done),
            low,
            high,
            page,
            between,
            may_lack,
            unreadable_here,
            rows,
            letters,
            lost,
            unreadable,
        }
    }
}

/// Forgets a file that was read to its end.
pub(super) async fn forget(path: &Path, spool: &mut SqliteConnection) -> Result<(), SpoolError> {
    query("DELETE FROM salvage WHERE file = ?")
        .bind(name(path))
        .execute(spool)
        .await?;
    Ok(())
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
