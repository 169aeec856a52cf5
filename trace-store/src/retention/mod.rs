//! Retention: keeping the table small.

mod before;
mod error;
#[cfg(feature = "mysql")]
mod partitions;
mod path;
mod preview;
mod step;
mod window;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use behavior_trace_core::Timestamp;

pub use error::RetentionError;
#[cfg(feature = "mysql")]
pub(crate) use partitions::{End, FUTURE, Layout, PARTITIONS};
#[cfg(feature = "mysql")]
pub use partitions::{LayoutPreview, PartitionStatus, Partitions};
pub use preview::RetentionPreview;

use crate::pace::{self, Pace};
use crate::store::{
    Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Retries, Store, StoreError,
    within,
};
use before::KeepFrom;
use error::Kind;
use path::Path;
use step::{Step, Taken};
use window::{Range, Window};

/// Removal of old rows from `operational_activity`, by moving them to `operational_activity_archive` or by deleting them.
///
/// It works in steps, each with its own commit. A step has a thousand rows, or fewer if those take longer than 25 ms. After
/// each step it pauses seven times as long as the step took ([`pause_factor`](Self::pause_factor)). Live writes thus have
/// the server to themselves for seven eighths of the time. A step that took more than twice the median of the last fifteen
/// met a busy server. The pause after it is three times as long. Repeat a run that failed. When archiving, a row leaves the
/// table only if the archive holds an equal row, compared column by column. Copy and deletion are committed together.
///
/// A deleted row that is sent again would reappear. Rows wait in a spool at most as long as an outage lasts, so no row
/// younger than [`MIN_KEEP`](Self::MIN_KEEP) is touched. Keep rows longer if your outages last longer.
///
/// A step without an answer within ten minutes is retried on a new connection. After five attempts the run ends with an
/// error that [`is_transient`](RetentionError::is_transient).
///
/// The server's clock determines the age of rows, so that a wrong local clock removes nothing early. A SQLite file uses the
/// clock of the machine that opens it. The account needs the rights that [`grants`](crate::grants) returns for the
/// maintainer.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use behavior_trace::retention::Retention;
///
/// let year = Duration::from_secs(365 * 24 * 3600);
/// let report = Retention::archive(&"sqlite:/var/lib/app/activity.db".parse()?, year)
///     .run(|so_far| eprintln!("{} rows moved", so_far.rows))
///     .await?;
/// println!("{} rows in {} steps", report.rows, report.steps);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "retention does nothing until it is run"]
pub struct Retention {
    url: DatabaseUrl,
    keep: Duration,
    keep_from: KeepFrom,
    archive: bool,
    rest: u32,
    most: Option<u32>,
}

/// Progress of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RetentionReport {
    /// Rows removed from the table.
    pub rows: u64,
    /// Steps taken.
    pub steps: u64,
    /// Timestamp before which rows are removed.
    pub before: Timestamp,
    /// Duration so far, including pauses. It serializes as `elapsed_seconds`.
    #[serde(rename = "elapsed_seconds", serialize_with = "as_seconds")]
    pub elapsed: Duration,
}

fn as_seconds<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

impl Retention {
    /// Minimum age of removed rows: seven days.
    pub const MIN_KEEP: Duration = Duration::from_hours(7 * 24);

    /// Maximum rows per step.
    pub const STEP: usize = pace::STEP;

    /// Default ratio of the pause after a step to the duration of the step.
    pub const DEFAULT_PAUSE_FACTOR: u32 = 7;

    /// Moves rows older than `keep` to the archive.
    pub fn archive(url: &DatabaseUrl, keep: Duration) -> Self {
        Self {
            url: url.clone(),
            keep,
            keep_from: KeepFrom::default(),
            archive: true,
            rest: Self::DEFAULT_PAUSE_FACTOR,
            most: None,
        }
    }

    /// Deletes rows older than `keep`.
    pub fn delete(url: &DatabaseUrl, keep: Duration) -> Self {
        Self {
            url: url.clone(),
            keep,
            keep_from: KeepFrom::default(),
            archive: false,
            rest: Self::DEFAULT_PAUSE_FACTOR,
            most: None,
        }
    }

    /// Sets the pause after each step, as a multiple of the step's duration. Default: 7. With 0 it runs as fast as the
    /// server can. With 9 it leaves the server alone for nine tenths of the time. The pause is longer after a step that met
    /// a busy server. The writes of a step share the server's redo log with live writes. The slower it runs, the fewer live
    /// writes wait for room in that log. No pause exceeds five seconds.
    pub fn pause_factor(mut self, times: u32) -> Self {
        self.rest = times;
        self
    }

    /// Limits the rows per second, however fast the server answers. Use it for a server that other services share, or whose
    /// replicas or backups have to keep up. Default: limited by [`pause_factor`](Self::pause_factor) alone. With 0,
    /// [`run`](Self::run) fails.
    pub fn max_rows_per_second(mut self, rows: u32) -> Self {
        self.most = Some(rows);
        self
    }

    /// Keeps the rows from this time on, however old they are. Rows grow old while a person looks at a preview: with its
    /// [`before`](RetentionPreview::before) a run removes what the preview counted. Default: rows are kept for `keep` alone.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::time::Duration;
    /// # use behavior_trace::retention::Retention;
    /// let url = "mysql://maintainer:secret@db.internal/shop".parse()?;
    /// let retention = Retention::delete(&url, Duration::from_secs(90 * 24 * 3600));
    /// let preview = retention.preview_up_to(1_000_000).await?;
    /// println!("{} rows from before {}", preview.rows, preview.before);
    /// retention.keep_from(preview.before).run(|_| ()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_from(mut self, time: Timestamp) -> Self {
        self.keep_from = KeepFrom::at(time);
        self
    }

    /// Removes the old rows, from the oldest to the youngest, and calls `progress` after each step.
    ///
    /// A row that arrives during the run, and is older than its position, waits for the next run.
    ///
    /// # Errors
    ///
    /// Fails if `keep` is below [`MIN_KEEP`](Self::MIN_KEEP) or the limit of rows per second is 0. Fails if the archive
    /// holds a different row under the same id, or if the store returns an error that retries do not overcome.
    pub async fn run(
        &self,
        mut progress: impl FnMut(RetentionReport) + Send,
    ) -> Result<RetentionReport, RetentionError> {
        if self.keep < Self::MIN_KEEP {
            return Err(Kind::TooYoung.into());
        }
        let mut pace = self.pace()?;
        let begun = Instant::now();
        let store = Store::open(&self.url);
        let (mut connection, now, path) = within(LONGEST_CONNECT, connect(&store)).await?;
        let before = self.keep_from.before(now, self.keep);
        let mut window = Window::new(before);
        let step = Step {
            dialect: store.dialect(),
            archive: self.archive,
            path,
        };
        let mut report = RetentionReport {
            rows: 0,
            steps: 0,
            before,
            elapsed: Duration::ZERO,
        };
        while let Some(range) = window.range() {
            let step_begun = Instant::now();
            let taken = persist(&store, &mut connection, &step, pace.rows(), range).await?;
            let Some(taken) = taken else {
                window.found_nothing();
                continue;
            };
            window.took(taken.times, taken.full);
            let rest = pace.after(taken.rows, step_begun.elapsed());
            report = RetentionReport {
                rows: report.rows + taken.rows,
                steps: report.steps + 1,
                elapsed: begun.elapsed(),
                ..report
            };
            progress(report);
            tokio::time::sleep(rest).await;
        }
        // The work is done, even if closing the connection fails.
        let _ = within(LONGEST_CONNECT, connection.close()).await;
        report.elapsed = begun.elapsed();
        Ok(report)
    }

    fn pace(&self) -> Result<Pace, RetentionError> {
        let most = self
            .most
            .map(|most| NonZeroU32::new(most).ok_or(Kind::NoPace));
        Ok(Pace::new(self.rest, most.transpose()?))
    }
}

/// Connects, and reads the server's time and the table's layout.
async fn connect(store: &Store) -> Result<(Connection, Timestamp, Path), StoreError> {
    let mut connection = store.connect(Purpose::Maintainer).await?;
    let now = connection.now().await?;
    let path = Path::of(&mut connection).await?;
    Ok((connection, now, path))
}

/// Takes one step, with retries after transient errors: repeating a step is harmless.
async fn persist(
    store: &Store,
    connection: &mut Connection,
    step: &Step,
    most: usize,
    range: Range,
) -> Result<Option<Taken>, RetentionError> {
    let mut attempts = Retries::default();
    loop {
        let error = match within(LONGEST_STEP, step.take(connection, most, range)).await {
            Ok(taken) => return Ok(taken),
            Err(error) => error,
        };
        if !attempts.another(error.class(), store, connection).await? {
            return Err(error);
        }
    }
}

/// Returns the statements of a preview of this store: the row behind the limit, and the count.
#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
pub(crate) async fn statements_of_a_preview(
    store: &Store,
    before: Timestamp,
    limit: u64,
) -> Vec<crate::store::Statement> {
    let (_, _, path) = connect(store).await.expect("a connection");
    vec![
        preview::behind(path, before, limit),
        preview::count(path, before),
    ]
}

/// Returns the statements of a step of this store for chosen rows: the search up to a time, both deletions, and the copy.
#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
pub(crate) async fn statements_of_a_step(
    store: &Store,
    ids: &[i64],
    times: (Timestamp, Timestamp),
    until: Timestamp,
) -> Vec<crate::store::Statement> {
    let (_, _, path) = connect(store).await.expect("a connection");
    let step = Step {
        dialect: store.dialect(),
        archive: true,
        path,
    };
    let chosen = step::Chosen {
        ids: ids.to_vec(),
        times: Some(times),
    };
    let range = Range {
        since: Some(times.0),
        until,
    };
    vec![
        step.oldest(ids.len(), range),
        step.delete(&chosen),
        step.copy(&chosen),
        step.delete_archived(&chosen),
    ]
}
