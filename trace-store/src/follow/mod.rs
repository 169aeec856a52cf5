//! Rows in the order of storing, as they appear.

mod catch_up;
mod continuity;
mod gap;
mod gaps;
mod look_back;
mod mark;
mod merged;
mod passed;
mod poller;
mod position;
mod probes;
mod read;
mod read_gaps;
mod start;
mod stream;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;

pub use catch_up::CatchUp;
pub use position::FollowPosition;

use mark::Mark;
use passed::PassedIds;
use poller::{Intervals, LAST, Start};
use stream::FollowState;

use crate::query::{Kind, QueryError, StoredActivity};
use crate::store::Pool;
use crate::store::filter::Filter;

/// Follower of the table: rows in *storing* order, as they appear. Created by [`Reader::follow`](crate::Reader::follow).
///
/// ```no_run
/// # async fn example(reader: behavior_trace::query::Reader, print: impl Fn(&str)) -> Result<(), Box<dyn std::error::Error>> {
/// // It begins at the end of the table, or where an earlier one stopped.
/// let mut rows = reader.follow().action_prefix("order.");
/// if let Ok(position) = std::fs::read_to_string("position") {
///     rows = rows.after(position.parse()?);
/// }
/// loop {
///     let row = rows.next().await?;
///     print(&row.activity.action);
///     std::fs::write("position", rows.position().to_string())?;
/// }
/// # }
/// ```
///
/// It is a [`Stream`] for the combinators of `futures` or `tokio-stream`. Its method [`next`](Self::next) works without
/// them. It polls only while it is waited for, and holds neither a connection nor a transaction between polls.
///
/// # Each row once
///
/// A database assigns ids at the insert and shows rows at the commit. A row may thus appear after another with a higher id.
/// The follower remembers the ids that it has not seen, and gives such a row when it appears, once. It gives up an id when
/// no transaction can use it any more:
///
/// - Missing ids are read again, at first at each poll and then ever more rarely: a row comes at most twice as late as it was
///   committed, and at most 5 s after that.
/// - After the [`settle_delay`](Self::settle_delay), it asks for them by locks that do not wait, and that end with the
///   statement. An insert that is not committed keeps the id open, for hours if need be. The rights of a reader suffice.
/// - Found free twice, with a read in between, an id was rolled back or skipped.
///
/// An insert without its first row is invisible to a lock. So a row would be missed if its insert waited longer than the
/// settle delay before its first row, for a lock on the end of the table. A lock is also visible on its own server only. On
/// a replica and on a cluster with several writers, choose a settle delay longer than the lag and the longest transaction.
/// Set a replica read-only: without that, an account needs SELECT on `performance_schema.replication_connection_status` of
/// MySQL to find out that it is one, and rows that it does not have yet may come twice. On a group with several primaries it
/// needs SELECT on `performance_schema.replication_group_members`.
///
/// SQLite has one writer at a time, so its rows appear in the order of their ids.
///
/// # Restarts of the server
///
/// Errors that may pass ([`QueryError::is_transient`]) are retried, after 250 ms at first and every 5 s at last, without an
/// end. Any other error ends the follower.
///
/// A crash may take a row that was shown before its commit was written, and give its id to another row. After a
/// connection was opened, the last 1,000 ids are therefore compared with the rows that were seen, so that such a row comes too.
///
/// # Rows that are taken away
///
/// Retention may take any rows, the newest too: the follower goes on. After `TRUNCATE`, or if the table was restored or
/// replaced, ids begin anew. The follower notices that at its next poll, goes on with the first row, and counts it in
/// [`started_over`](Self::started_over). A [`FollowPosition`] of before is refused from then on.
///
/// A server of MySQL or MariaDB that replicates from another one counts as a replica, which may merely be behind. So does a primary
/// that takes writes and has another source besides, and a node of a cluster in which several take writes. There the follower
/// waits until the ids have reached its place again, and misses the rows before it: begin anew after you have replaced the table.
///
/// # Cost
///
/// A poll without news costs one statement. News cost a second one if there is a filter, and open ids one or two when they are
/// read. Each reads by the primary key. On a partitioned table an id does not name a partition, so each statement looks into
/// all of them: with hundreds of partitions, prefer a longer [`poll_interval`](Self::poll_interval).
#[must_use = "a follower does nothing until its rows are asked for"]
pub struct Follow {
    pool: Arc<Pool>,
    pub(crate) filter: Filter,
    start: Start,
    intervals: Intervals,
    state: FollowState,
    /// Rows that were read and not given yet.
    rows: VecDeque<StoredActivity>,
    /// The error that ends the follower after these rows.
    error: Option<QueryError>,
    /// The error of the last poll, if it is retried.
    interruption: Option<QueryError>,
    newest: Mark,
    progress: FollowProgress,
}

/// Progress of the polls so far.
#[derive(Clone, Debug, Default)]
struct FollowProgress {
    /// The id up to which nothing can appear any more; `None` before the first poll.
    settled: Option<u64>,
    /// The highest id that was read.
    highest_id: u64,
    /// The last read ended before the end of the table.
    has_more: bool,
    /// Ranges after it whose rows may still appear, lowest first. With too many of them, the last one has no end.
    open: Vec<RangeInclusive<u64>>,
    /// The row with the highest id that was seen, if it is known.
    highest: Option<Mark>,
    gaps_given_up: u64,
    passed_over: u64,
    started_over: u64,
}

impl Follow {
    /// Default of [`settle_delay`](Self::settle_delay).
    pub const DEFAULT_SETTLE_DELAY: Duration = Duration::from_secs(10);
    /// Default of [`poll_interval`](Self::poll_interval).
    pub const DEFAULT_POLL_INTERVAL: Duration = Duration::from_millis(500);

    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            filter: Filter::default(),
            start: Start::End,
            intervals: Intervals {
                settle_delay: Self::DEFAULT_SETTLE_DELAY,
                poll_interval: Self::DEFAULT_POLL_INTERVAL,
            },
            state: FollowState::New,
            rows: VecDeque::new(),
            error: None,
            interruption: None,
            newest: Mark::default(),
            progress: FollowProgress::default(),
        }
    }

    /// Begins after the row with this id; 0 begins with the oldest row. Default: the end of the table at the first poll.
    ///
    /// Like all settings, it has no effect after the first poll.
    pub fn after_id(mut self, id: u64) -> Self {
        self.start = Start::After(id.min(LAST));
        self
    }

    /// Begins where an earlier follower with the same filters stopped. [`FollowPosition`] has when a row comes once more.
    /// The first poll refuses a position of other filters or of another table.
    pub fn after(mut self, position: FollowPosition) -> Self {
        self.newest = position.newest();
        self.start = Start::Position(position);
        self
    }

    /// Sets the time after which a missing id is asked for by locks. Default: 10 s.
    pub fn settle_delay(mut self, delay: Duration) -> Self {
        self.intervals.settle_delay = delay;
        self
    }

    /// Sets the pause between polls that found no more rows to read; at least 1 ms. Default: 500 ms.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.intervals.poll_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Waits for the next row. If the future is dropped, no row is lost.
    ///
    /// # Errors
    ///
    /// Fails if the position is refused, or if the store returns an error that will not pass. The follower has then ended, and
    /// fails at every call.
    pub async fn next(&mut self) -> Result<StoredActivity, QueryError> {
        let next = poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await;
        next.unwrap_or_else(|| Err(Kind::Ended.into()))
    }

    /// Returns the place after the last row that was given, for [`after`](Self::after).
    pub fn position(&self) -> FollowPosition {
        let waiting = self.rows.iter().map(|row| row.id.saturating_sub(1)).min();
        let settled = match (self.progress.settled, &self.start) {
            (Some(settled), _) => Some(waiting.map_or(settled, |id| id.min(settled))),
            (None, Start::Position(position)) => return position.clone(),
            (None, Start::After(id)) => Some(*id),
            (None, Start::End) => None,
        };
        FollowPosition::new(&self.filter, settled, self.newest, self.passed())
    }

    /// Returns the ids that were passed, so that their rows do not come once more. Rows that were read and not given are open.
    fn passed(&self) -> Option<PassedIds> {
        if self.pool.shows_rows_in_order() {
            return None;
        }
        let is_new = |row: &StoredActivity| row.id > self.newest.id;
        let reached = if self.rows.iter().any(is_new) {
            // They come in their order, so the rows up to the newest one were given.
            (self.newest.id > 0).then_some(self.newest)
        } else {
            self.progress.highest
        };
        let waiting = self.rows.iter().map(|row| row.id..=row.id);
        let open: Vec<_> = waiting.chain(self.progress.open.iter().cloned()).collect();
        PassedIds::of(&open, reached?)
    }

    /// Returns the error of the last poll, if it may pass and is retried: the database is unavailable, for instance. It is `None`
    /// again after a poll that succeeded.
    ///
    /// ```no_run
    /// # async fn example(mut rows: behavior_trace::query::Follow) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// loop {
    ///     // A future of `next` that is dropped loses no row.
    ///     match tokio::time::timeout(Duration::from_secs(1), rows.next()).await {
    ///         Ok(row) => println!("{}", row?.activity.action),
    ///         Err(_) => {
    ///             if let Some(error) = rows.interruption() {
    ///                 eprintln!("waiting: {error}");
    ///             }
    ///         }
    ///     }
    /// }
    /// # }
    /// ```
    pub const fn interruption(&self) -> Option<&QueryError> {
        self.interruption.as_ref()
    }

    /// Returns the highest id that was read; 0 before the first poll. Rows before it may have been left out by a filter.
    #[doc(hidden)]
    pub const fn highest_id(&self) -> u64 {
        self.progress.highest_id
    }

    /// Returns whether the last poll ended before the end of the table, so that the next one is due at once.
    #[doc(hidden)]
    pub const fn has_more(&self) -> bool {
        self.progress.has_more
    }

    /// Returns the number of ids that were given up for lack of memory, of which there is 1 MiB. Their rows would be missed if
    /// they appeared later.
    pub fn gaps_given_up(&self) -> u64 {
        self.progress.gaps_given_up
    }

    /// Returns the number of ids after the beginning that were gone when they were to be read, below the oldest row of the
    /// table. Retention took them.
    pub fn passed_over(&self) -> u64 {
        self.progress.passed_over
    }

    /// Returns how many times the ids of the table began anew, because it was truncated, restored or replaced. The follower
    /// then goes on with the first row.
    pub fn started_over(&self) -> u64 {
        self.progress.started_over
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow").finish_non_exhaustive()
    }
}
