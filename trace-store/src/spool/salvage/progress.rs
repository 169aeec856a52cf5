//! How far the reading of a damaged file has come, as it is remembered in the spool that takes its rows.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{query, query_as};

use super::super::error::SpoolError;
use super::leaf::SalvagedTable;

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// SQLite reads the table up to the damage.
    Up(SalvagedTable),
    /// And down to it.
    Down(SalvagedTable),
    /// The pages are read for what is between.
    Pages(SalvagedTable),
    Done,
}

/// In their order, which is how they are written down.
const STAGES: [Stage; 7] = [
    Stage::Up(SalvagedTable::Spool),
    Stage::Down(SalvagedTable::Spool),
    Stage::Pages(SalvagedTable::Spool),
    Stage::Up(SalvagedTable::DeadLetter),
    Stage::Down(SalvagedTable::DeadLetter),
    Stage::Pages(SalvagedTable::DeadLetter),
    Stage::Done,
];

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) stage: Stage,
    /// Everything up to this number has been read.
    pub(super) low: i64,
    /// And everything from this number on.
    pub(super) high: i64,
    /// Up to this page, what is between.
    pub(super) page: i64,
    /// Rows that were found there.
    pub(super) between: i64,
    /// The most rows that pages up to that one can lack.
    pub(super) may_lack: i64,
    /// Of them, those that cannot be read.
    pub(super) unreadable_here: i64,
    pub(super) rows: i64,
    pub(super) letters: i64,
    pub(super) lost: i64,
    pub(super) unreadable: i64,
}

/// The stage, and the numbers in their order.
type Columns = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);

impl Stage {
    /// The table that it reads.
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

    /// How far the reading of that file has come.
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

    /// Remembers it.
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

    /// Counts rows of the table that is read.
    pub(super) fn count(&mut self, table: Option<SalvagedTable>, rows: usize) {
        match table {
            Some(SalvagedTable::Spool) => self.rows += count(rows),
            Some(SalvagedTable::DeadLetter) => self.letters += count(rows),
            None => {}
        }
    }

    /// Counts what is missing, once all pages are read. A number may have been free, and a page need not have been full: it is
    /// the lesser of what the numbers and the pages allow.
    pub(super) fn conclude(&mut self, table: SalvagedTable, rows: usize) {
        let mut lost = self.may_lack;
        if self.high < i64::MAX {
            let numbers = self.high - self.low - 1 - self.between - count(rows);
            lost = lost.min(numbers.max(0));
        }
        // A dead letter that cannot be read was counted as one when it came.
        if table == SalvagedTable::Spool {
            self.lost += lost;
        }
        self.unreadable = self.unreadable.max(self.unreadable_here);
        self.leave(table);
    }

    /// Goes to the next table.
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
