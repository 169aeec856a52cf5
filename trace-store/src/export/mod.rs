//! Handing rows over to an archive.

mod csv;
mod json_lines;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::filter::Table;
use crate::store::{Pool, StoredRow};

/// In what form rows are written; text in UTF-8, times as RFC 3339 has them, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// One JSON object a line, with the columns as keys and the payload as JSON; a damaged payload is a string.
    #[default]
    JsonLines,
    /// RFC 4180 with a line of names first. An empty field is NULL and `""` an empty text. Values are written as they
    /// are: a spreadsheet may take one that begins with `=` for a formula.
    Csv,
}

/// Rows in the order in which they were *stored*, so that one that came late, from a spool for instance, is not
/// missed. Made by [`Reader::export`](crate::Reader::export).
///
/// Ids are given out before their rows can be seen, and a transaction may take its time. So an export notes the last
/// id, waits for the settle delay, and only then reads up to that id. Choose the delay longer than the longest
/// transaction in which rows are stored. Keep [`ExportProgress::last_id`], and begin the next export
/// [`after_id`](Self::after_id) it.
///
/// It reads `operational_activity` alone, so export before retention moves rows away, or say
/// [`with_archive`](Self::with_archive).
///
/// ```
/// use behavior_trace::config::DatabaseUrl;
/// use behavior_trace::query::Reader;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let reader = Reader::new(&DatabaseUrl::memory());
/// let mut lines = Vec::new();
/// let exported = reader.export().after_id(0).settle_delay(std::time::Duration::ZERO).write_to(&mut lines, |_| ()).await?;
/// assert_eq!(exported.rows, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an export does nothing until it is written"]
pub struct Export {
    pool: Arc<Pool>,
    format: ExportFormat,
    after: u64,
    settle: Duration,
    with_archive: bool,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportProgress {
    /// Rows written.
    pub rows: u64,
    /// The last id that was dealt with; the next export begins after it.
    pub last_id: u64,
    /// The id at which this export ends.
    pub up_to: u64,
}

/// An export that broke off. What was written before stays written.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// The store gave no rows.
    Query(QueryError),
    /// The writer took none.
    Write(io::Error),
}

/// How many rows are held at a time.
const BATCH: usize = 1_000;

impl Export {
    /// The settle delay unless `settle` says otherwise.
    pub const DEFAULT_SETTLE: Duration = Duration::from_secs(10);

    pub(crate) const fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            format: ExportFormat::JsonLines,
            after: 0,
            settle: Self::DEFAULT_SETTLE,
            with_archive: false,
        }
    }

    /// JSON Lines unless it is said here.
    pub const fn format(mut self, format: ExportFormat) -> Self {
        self.format = format;
        self
    }

    /// Begins after this id, where an earlier export ended; 0, the default, is the beginning.
    pub const fn after_id(mut self, id: u64) -> Self {
        self.after = id;
        self
    }

    /// Looks into `operational_activity_archive` as well, where retention moved rows to under the ids they had. It costs a
    /// second statement for each thousand rows. A row that is moved meanwhile is written once.
    pub const fn with_archive(mut self) -> Self {
        self.with_archive = true;
        self
    }

    /// How long a row may take from getting its id to being seen.
    pub const fn settle_delay(mut self, delay: Duration) -> Self {
        self.settle = delay;
        self
    }

    /// Writes everything up to the last settled row, and tells `progress` after each thousand rows. The writer is
    /// called on the caller's thread between two reads; give it a buffer or a file, not a slow network.
    pub async fn write_to(
        &self,
        writer: &mut (impl io::Write + Send),
        mut progress: impl FnMut(ExportProgress) + Send,
    ) -> Result<ExportProgress, ExportError> {
        let up_to = self.last_id().await?;
        let mut exported = ExportProgress {
            rows: 0,
            last_id: self.after,
            up_to,
        };
        if up_to > self.after {
            tokio::time::sleep(self.settle).await;
        }
        let mut text = String::new();
        if self.format == ExportFormat::Csv {
            csv::header(&mut text);
        }
        while exported.last_id < up_to {
            let rows = self.batch(exported.last_id, up_to).await?;
            let is_last = rows.len() < BATCH;
            for row in rows.into_iter().map(StoredActivity::from) {
                exported.rows += 1;
                exported.last_id = row.id;
                self.write_row(&row, &mut text);
            }
            if is_last {
                exported.last_id = up_to;
            }
            writer.write_all(text.as_bytes())?;
            text.clear();
            progress(exported);
        }
        writer.write_all(text.as_bytes())?;
        writer.flush()?;
        Ok(exported)
    }

    async fn last_id(&self) -> Result<u64, QueryError> {
        let pool = &self.pool;
        let live = in_time(pool.last_id(Table::Live)).await?;
        if !self.with_archive {
            return Ok(live);
        }
        Ok(live.max(in_time(pool.last_id(Table::Archive)).await?))
    }

    /// The live table first: a row that is moved meanwhile is in the archive before it leaves the table.
    async fn batch(&self, after: u64, up_to: u64) -> Result<Vec<StoredRow>, QueryError> {
        let pool = &self.pool;
        let mut rows = in_time(pool.stored_between(Table::Live, after, up_to, BATCH)).await?;
        if self.with_archive {
            rows.extend(in_time(pool.stored_between(Table::Archive, after, up_to, BATCH)).await?);
            rows.sort_by_key(|row| row.id);
            rows.dedup_by_key(|row| row.id);
            rows.truncate(BATCH);
        }
        Ok(rows)
    }

    fn write_row(&self, row: &StoredActivity, text: &mut String) {
        match self.format {
            ExportFormat::JsonLines => json_lines::line(row, text),
            ExportFormat::Csv => csv::line(row, text),
        }
    }
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Write(error) => write!(f, "the export could not be written: {error}"),
        }
    }
}

impl std::error::Error for ExportError {}

impl From<QueryError> for ExportError {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}
