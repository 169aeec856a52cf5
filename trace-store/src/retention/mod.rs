//! Keeping the table small.

mod before;
mod error;
mod pace;
#[cfg(feature = "mysql")]
mod partitions;
mod path;
mod step;
mod window;

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use behavior_trace_core::Timestamp;

pub use error::RetentionError;
#[cfg(feature = "mysql")]
pub use partitions::Partitions;

use crate::store::{
    Connection, DatabaseUrl, LONGEST_CONNECT, LONGEST_STEP, Purpose, Retries, Store, StoreError,
    within,
};
use before::before;
use error::Kind;
use pace::Pace;
use path::Path;
use step::{Step, Taken};
use window::{Range, Window};

/// Takes out of `operational_activity` what is older than it has to be kept: by moving it to
/// `operational_activity_archive`, or by deleting it.
///
/// It works in steps, each committed by itself, of a thousand rows and of fewer where those take longer than 25 ms, and
/// rests after each step for seven times as long as the step took ([`pause_factor`](Self::pause_factor)), so that live writes have the
/// server to themselves seven eighths of the time. After a step that took more than twice as long as the middle one of the
/// last fifteen the server is busy, and the rest is three times as long. A run that broke off is simply run again: rows
/// leave the table only where the archive holds an equal row, compared column by column, and copy and deletion are
/// committed together.
///
/// A row that is sent again after it was deleted would appear again. Rows wait in a spool at most as long as the
/// outage lasts, so nothing younger than [`MIN_KEEP`](Self::MIN_KEEP) is touched; keep more if your outages last longer.
///
/// A step that the server has not answered within ten minutes is tried again on a new connection, and after five attempts
/// the run ends with an error that [`is_transient`](RetentionError::is_transient).
///
/// The server's clock decides what is old, so that a wrong one where this runs takes nothing early; a file has the clock of the
/// machine that opens it. It needs the rights that [`grants`](crate::grants) prints for the keeper.
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
    archive: bool,
    rest: u32,
    most: Option<u32>,
}

/// What a run has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetentionReport {
    /// Rows that left the table.
    pub rows: u64,
    /// Steps it took.
    pub steps: u64,
    /// Everything before this moment goes.
    pub before: Timestamp,
    /// How long it took, rests included.
    pub elapsed: Duration,
}

impl Retention {
    /// The youngest rows that may go: seven days old.
    pub const MIN_KEEP: Duration = Duration::from_hours(7 * 24);

    /// Rows per step, at most.
    pub const STEP: usize = 1_000;

    /// How many times as long as a step took it rests after it, unless [`pause_factor`](Self::pause_factor) says otherwise.
    pub const DEFAULT_PAUSE_FACTOR: u32 = 7;

    /// Moves what is older than `keep` to the archive.
    pub fn archive(url: &DatabaseUrl, keep: Duration) -> Self {
        Self {
            url: url.clone(),
            keep,
            archive: true,
            rest: Self::DEFAULT_PAUSE_FACTOR,
            most: None,
        }
    }

    /// Deletes what is older than `keep`.
    pub fn delete(url: &DatabaseUrl, keep: Duration) -> Self {
        Self {
            url: url.clone(),
            keep,
            archive: false,
            rest: Self::DEFAULT_PAUSE_FACTOR,
            most: None,
        }
    }

    /// Rests after each step for so many times as long as the step took: 0 is as fast as the server can, 9 leaves it alone
    /// for nine tenths of the time, and more after a step that met a busy server. What a step writes has to go through the
    /// server's redo log beside what the service writes, so the slower it goes, the fewer live writes meet a server that is
    /// busy making room there. No rest is longer than five seconds.
    pub const fn pause_factor(mut self, times: u32) -> Self {
        self.rest = times;
        self
    }

    /// Takes at most so many rows a second, however fast the server answers: for one that other services share, or whose
    /// replicas or backups have to keep up. As fast as [`pause_factor`](Self::pause_factor) lets it unless told otherwise; 0 is refused when
    /// it is run.
    pub const fn max_rows_per_second(mut self, rows: u32) -> Self {
        self.most = Some(rows);
        self
    }

    /// Takes the old rows, from the oldest to the youngest, and calls `progress` after each step.
    ///
    /// A row that arrives while it runs, and is older than those it has reached, waits for the next run.
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
        let before = before(now, self.keep);
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
        // The work is done, whether or not the server hears the farewell.
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

/// Connects, and asks what time it is and how the table is made.
async fn connect(store: &Store) -> Result<(Connection, Timestamp, Path), StoreError> {
    let mut connection = store.connect(Purpose::Maintainer).await?;
    let now = connection.now().await?;
    let path = Path::of(&mut connection).await?;
    Ok((connection, now, path))
}

/// A step does no harm twice, so whatever may pass is tried again.
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

/// The statements of a step of this store, for rows that were chosen: the search until a moment, both ways to take, and the copy.
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
