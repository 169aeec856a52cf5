//! Export of rows to an archive.

mod csv;
mod json_lines;
mod read_ahead;
mod run;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::query::{QueryError, StoredActivity};
use crate::store::Pool;
use crate::store::filter::Filter;

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

impl ExportFormat {
    /// Appends the header line of a format that has one.
    #[doc(hidden)]
    pub fn write_header(self, text: &mut Vec<u8>) {
        if matches!(self, Self::Csv | Self::SpreadsheetCsv) {
            csv::header(text);
        }
    }

    /// Appends the line of a row.
    #[doc(hidden)]
    pub fn write_row(self, row: &StoredActivity, text: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::JsonLines => return json_lines::line(row, text),
            Self::Csv => csv::line(row, text, csv::Cells::Unchanged),
            Self::SpreadsheetCsv => csv::line(row, text, csv::Cells::Neutral),
        }
        Ok(())
    }
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
    /// The ids of the table began anew below the one after which the export begins, and have not reached it again, because the
    /// table was truncated, restored or replaced. Rows would be missing. Begin at 0, into another file.
    ///
    /// A replica of MySQL that is behind and not set read-only looks the same, unless the account may SELECT from
    /// `performance_schema.replication_connection_status`.
    ///
    /// A server that replicates from another one counts as a replica, also a primary that takes writes and has another source
    /// besides, and a node of a cluster in which several take writes. There this error does not come, and the export has no
    /// rows until the ids have reached the place again.
    StartedOver {
        /// The id after which the export was to begin.
        after: u64,
    },
}

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
}

impl std::fmt::Display for ExportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Write(error) => write!(f, "the export could not be written: {error}"),
            Self::StartedOver { after } => write!(
                f,
                "the export was to begin after id {after}, and the table gives such ids anew, since it was truncated, restored or \
                 replaced, or this server is a replica that is behind; begin at 0, into another file, or name the primary"
            ),
        }
    }
}

behavior_trace_core::debug_is_display!(ExportError);

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Query(error) => Some(error),
            Self::Write(error) => Some(error),
            Self::StartedOver { .. } => None,
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
