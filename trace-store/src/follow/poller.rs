//! The polls of a follower, and its state between them.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::FollowProgress;
use super::gaps::Gaps;
use super::mark::Marks;
use super::passed::MAX_OPEN;
use super::position::FollowPosition;
use crate::query::{QueryError, StoredActivity};
use crate::store::Pool;
use crate::store::filter::Filter;

/// Highest id that a signed number holds, which is how ids are bound.
pub(super) const LAST: u64 = i64::MAX.cast_unsigned();
/// Pauses after errors that may pass.
const FIRST_RETRY: Duration = Duration::from_millis(250);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// The state of a follower between its polls.
#[derive(Debug)]
pub(super) struct Poller {
    pub(super) pool: Arc<Pool>,
    pub(super) filter: Filter,
    pub(super) gaps: Gaps,
    /// Ids up to this one do not count as passed over; `None` for the id before the first row, which is not known yet.
    pub(super) counted_after: Option<u64>,
    pub(super) intervals: Intervals,
    /// Start of the next poll; `None` once it has begun.
    start: Option<Start>,
    /// Generation of the pool and highest id, both of the last poll that compared the rows before.
    compared: (u64, u64),
    /// The last comparison was with a server that takes no writes, and proves no loss.
    pub(super) in_doubt: bool,
    pub(super) marks: Marks,
    /// Rows of the running poll.
    pub(super) found: Vec<StoredActivity>,
    /// Ranges that were given up, and are not yet counted.
    pub(super) closed: Vec<RangeInclusive<u64>>,
    pub(super) passed_over: u64,
    /// The last id that was asked for again.
    pub(super) window_end: u64,
    /// At least one row of the table was seen, so that its ids can be compared.
    pub(super) knows_table: bool,
    /// Times that the ids of the table began anew.
    pub(super) started_over: u64,
    /// The id after which all were forgotten in the running poll, because they are given again.
    pub(super) forgotten_after: Option<u64>,
    /// The last read ended before the end of the table.
    has_more: bool,
    pause: Duration,
    retry: Duration,
}

/// The place where a follower begins.
#[derive(Clone, Debug)]
pub(super) enum Start {
    /// The end of the table at the first poll.
    End,
    /// The row after an id.
    After(u64),
    /// The place that an earlier follower reached.
    Position(FollowPosition),
}

/// Intervals of a follower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intervals {
    pub(super) settle_delay: Duration,
    pub(super) poll_interval: Duration,
}

/// The result of a poll: rows, and an error if it was the last poll.
pub(super) struct Polled {
    pub(super) rows: Vec<StoredActivity>,
    pub(super) error: Option<QueryError>,
    /// An error that may pass, so that the next poll is another attempt.
    pub(super) retried: Option<QueryError>,
    /// The id after which the rows that were given before are gone.
    pub(super) forgotten_after: Option<u64>,
    pub(super) progress: FollowProgress,
}

impl Poller {
    pub(super) fn new(pool: Arc<Pool>, filter: Filter, intervals: Intervals, start: Start) -> Self {
        Self {
            pool,
            filter,
            gaps: Gaps::after(0),
            counted_after: None,
            intervals,
            start: Some(start),
            compared: (0, 0),
            in_doubt: false,
            marks: Marks::default(),
            found: Vec::new(),
            closed: Vec::new(),
            passed_over: 0,
            window_end: 0,
            knows_table: false,
            started_over: 0,
            forgotten_after: None,
            has_more: false,
            pause: Duration::ZERO,
            retry: FIRST_RETRY,
        }
    }

    /// Makes the next poll due at once.
    pub(super) const fn skip_pause(&mut self) {
        self.pause = Duration::ZERO;
    }

    /// Waits until the next poll is due, and polls once. Rows that were read before an error are returned with it.
    pub(super) async fn poll(&mut self) -> Polled {
        sleep(self.pause).await;
        let (mut end, mut retried) = (None, None);
        self.has_more = false;
        match self.read_all().await {
            Ok(has_more) => {
                self.retry = FIRST_RETRY;
                self.has_more = has_more;
                self.pause = if has_more {
                    Duration::ZERO
                } else {
                    self.intervals.poll_interval
                };
            }
            Err(error) if error.is_transient() => {
                retried = Some(error);
                self.pause = self.retry;
                self.retry = (self.retry * 2).min(LAST_RETRY);
            }
            Err(error) => end = Some(error),
        }
        Polled {
            rows: std::mem::take(&mut self.found),
            error: end,
            retried,
            forgotten_after: self.forgotten_after.take(),
            progress: self.progress(),
        }
    }

    fn progress(&self) -> FollowProgress {
        FollowProgress {
            settled: self.start.is_none().then(|| self.gaps.settled()),
            highest_id: self.gaps.highest(),
            has_more: self.has_more,
            open: self.gaps.lowest(MAX_OPEN),
            highest: self.marks.get(self.gaps.highest()),
            gaps_given_up: self.gaps.given_up(),
            passed_over: self.passed_over,
            started_over: self.started_over,
        }
    }

    /// Returns whether there is more to read at once.
    async fn read_all(&mut self) -> Result<bool, QueryError> {
        let since = Instant::now();
        if let Some(start) = self.start.clone() {
            self.begin(&start).await?;
            self.start = None;
            self.compared = (self.pool.generation(), self.gaps.highest());
        }
        let is_continued = self.read_ahead().await?;
        let mut has_more = is_continued.has_more;
        // One that is opened meanwhile is compared by the next poll.
        let generation = self.pool.generation();
        if self.has_new_connection() || !is_continued.has_newest {
            let looked_back = self.look_back(self.compared.1).await?;
            has_more |= looked_back.has_more;
            self.in_doubt = !looked_back.is_proven;
        }
        self.compared = (generation, self.gaps.highest());
        self.marks.prune();
        if self.pool.shows_rows_in_order() {
            self.closed.extend(self.gaps.close_all());
        } else {
            self.read_gaps(since).await?;
        }
        self.count_passed_over().await?;
        Ok(has_more)
    }

    /// Returns whether a connection was opened since the last rows were compared: the server may have been gone.
    pub(super) fn has_new_connection(&self) -> bool {
        self.pool.generation() != self.compared.0
    }
}
