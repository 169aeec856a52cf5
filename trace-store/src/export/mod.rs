//! Export of rows to an archive.

mod csv;
mod json_lines;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use csv::Cells;

use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::filter::{Filter, Table};
use crate::store::{Pool, StoredRow};

/// Format of exported rows. Text is UTF-8; times are in RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// One JSON object per line, with the columns as keys and the payload as JSON. A damaged payload is a string.
    #[default]
    JsonLines,
    /// RFC 4180 with a header line. An empty field is NULL and `""` an empty text. Values are written unchanged: a
    /// spreadsheet may read a value that begins with `=` as a formula. For people use
    /// [`SpreadsheetCsv`](Self::SpreadsheetCsv).
    Csv,
    /// As [`Csv`](Self::Csv), for a person who opens it in a spreadsheet: a text that a spreadsheet may take for a formula
    /// gets a leading `'`. Such a text begins with `=`, `+`, `-`, `@`, their full-width forms, a tab or a line break. Ids,
    /// times and numbers are the recorder's own, so a negative `actor_id` stays a number. A program cannot undo this, so
    /// import [`Csv`](Self::Csv) instead.
    ///
    /// No such mark is safe in every spreadsheet. Import the file with the comma as the only separator: a text such as
    /// `x;=1+1` becomes two cells where the semicolon separates too.
    SpreadsheetCsv,
}

/// Export of rows in *storing* order, which does not miss rows that came late, from a spool for instance. Created by
/// [`Reader::export`](crate::Reader::export).
///
/// Ids are assigned before their rows become visible, and a transaction may take time. So an export notes the last id,
/// waits for the settle delay, and then reads up to that id. Choose a delay longer than the longest transaction that stores
/// rows. Keep [`ExportProgress::last_id`], and start the next export [`after_id`](Self::after_id) it.
///
/// The filters are those of a [`Query`](crate::Query). The position after a filtered export counts for the same filters alone.
///
/// It reads only `operational_activity`. Export before retention moves rows away, or use
/// [`with_archive`](Self::with_archive).
///
/// ```no_run
/// use std::fs::File;
/// use std::io::BufWriter;
///
/// # async fn example(reader: behavior_trace::query::Reader) -> Result<(), Box<dyn std::error::Error>> {
/// // Each night the rows since the last export, to a file of its own.
/// let after = std::fs::read_to_string("orders.last").map_or(Ok(0), |last| last.parse())?;
/// let mut file = BufWriter::new(File::create(format!("orders-after-{after}.jsonl"))?);
/// let export = reader.export().resource_type("Order").after_id(after);
/// let done = export.write_to(&mut file, |so_far| println!("{} of {}", so_far.last_id, so_far.up_to)).await?;
/// file.into_inner()?.sync_all()?;
/// std::fs::write("orders.last", done.last_id.to_string())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an export does nothing until it is written"]
pub struct Export {
    pool: Arc<Pool>,
    pub(crate) filter: Filter,
    format: ExportFormat,
    after: u64,
    settle: Duration,
    with_archive: bool,
    with_header: bool,
}

/// Progress of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ExportProgress {
    /// Rows written.
    pub rows: u64,
    /// Last id covered; the next export begins after it.
    pub last_id: u64,
    /// Id at which this export ends.
    pub up_to: u64,
}

/// An export that failed. Rows written before stay written.
#[non_exhaustive]
pub enum ExportError {
    /// The store returned an error.
    Query(QueryError),
    /// The writer returned an error.
    Write(io::Error),
}

/// Number of rows held in memory at a time.
const BATCH: usize = 1_000;
/// Number of ids that one statement covers where a filter may leave most of the rows out, so that it ends soon.
const WINDOW: u64 = 20_000;

impl Export {
    /// Default settle delay, 10 s.
    pub const DEFAULT_SETTLE: Duration = Duration::from_secs(10);

    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            filter: Filter::default(),
            format: ExportFormat::JsonLines,
            after: 0,
            settle: Self::DEFAULT_SETTLE,
            with_archive: false,
            with_header: true,
        }
    }

    /// Sets the format. Default: JSON Lines.
    pub fn format(mut self, format: ExportFormat) -> Self {
        self.format = format;
        self
    }

    /// Leaves out the header line of CSV, for rows that go to the end of an earlier export's file.
    pub fn without_header(mut self) -> Self {
        self.with_header = false;
        self
    }

    /// Begins after this id, the end of an earlier export. Default: 0, the beginning.
    pub fn after_id(mut self, id: u64) -> Self {
        self.after = id;
        self
    }

    /// Includes `operational_activity_archive`, where retention moves rows with their ids. This costs a second statement
    /// per thousand rows. A row moved meanwhile is written once.
    pub fn with_archive(mut self) -> Self {
        self.with_archive = true;
        self
    }

    /// Sets the maximum time from assigning an id to a row until the row is visible. Default: 10 s.
    pub fn settle_delay(mut self, delay: Duration) -> Self {
        self.settle = delay;
        self
    }

    /// Writes all rows up to the last settled one, and calls `progress` after each thousand rows. The writer runs on the
    /// caller's thread between two reads. Use a buffer or a file, not a slow network.
    ///
    /// # Errors
    ///
    /// Fails if the store returns an error or does not answer in time, or if the writer fails.
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
        let is_csv = matches!(
            self.format,
            ExportFormat::Csv | ExportFormat::SpreadsheetCsv
        );
        if is_csv && self.with_header {
            csv::header(&mut text);
        }
        while exported.last_id < up_to {
            let end = self.end_of_window(exported.last_id, up_to);
            let rows = self.batch(exported.last_id, end).await?;
            let is_last = rows.len() < BATCH;
            for row in rows.into_iter().map(StoredActivity::from) {
                exported.rows += 1;
                exported.last_id = row.id;
                self.write_row(&row, &mut text);
            }
            if is_last {
                exported.last_id = end;
            }
            writer.write_all(text.as_bytes())?;
            text.clear();
            progress(exported);
        }
        writer.write_all(text.as_bytes())?;
        writer.flush()?;
        Ok(exported)
    }

    fn end_of_window(&self, after: u64, up_to: u64) -> u64 {
        if self.filter.0.is_empty() {
            up_to
        } else {
            up_to.min(after.saturating_add(WINDOW))
        }
    }

    async fn last_id(&self) -> Result<u64, QueryError> {
        let pool = &self.pool;
        let live = in_time(pool.last_id(Table::Live)).await?;
        if !self.with_archive {
            return Ok(live);
        }
        Ok(live.max(in_time(pool.last_id(Table::Archive)).await?))
    }

    /// Reads the next rows. The live table is first: a row being moved is in the archive before it leaves the live table.
    async fn batch(&self, after: u64, up_to: u64) -> Result<Vec<StoredRow>, QueryError> {
        let pool = &self.pool;
        let filter = &self.filter;
        let mut rows =
            in_time(pool.stored_between(Table::Live, filter, after, up_to, BATCH)).await?;
        if self.with_archive {
            rows.extend(
                in_time(pool.stored_between(Table::Archive, filter, after, up_to, BATCH)).await?,
            );
            rows.sort_by_key(|row| row.id);
            rows.dedup_by_key(|row| row.id);
            rows.truncate(BATCH);
        }
        Ok(rows)
    }

    fn write_row(&self, row: &StoredActivity, text: &mut String) {
        match self.format {
            ExportFormat::JsonLines => json_lines::line(row, text),
            ExportFormat::Csv => csv::line(row, text, Cells::Unchanged),
            ExportFormat::SpreadsheetCsv => csv::line(row, text, Cells::Neutral),
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

behavior_trace_core::debug_is_display!(ExportError);

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Query(error) => Some(error),
            Self::Write(error) => Some(error),
        }
    }
}

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
