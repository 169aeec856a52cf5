//! The polls of a follower: new ids, the rows that the filter admits, and the open gaps again.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::FollowProgress;
use super::gaps::Gaps;
use super::last_rows::LastRows;
use super::position::FollowPosition;
use super::probes::Probes;
use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::filter::Filter;
use crate::store::{Pool, RANGES_PER_STATEMENT, StoredRow};

/// Rows of one read.
const BATCH: usize = 1_000;
/// Ranges that one poll asks for again. With more of them, polls take turns.
const WINDOW: usize = 1_024;
/// Statements with locks in one poll.
const PROBES: usize = 32;
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
    intervals: Intervals,
    /// Start of the next poll; `None` once it has begun.
    start: Option<Start>,
    /// Generation of the pool and highest id, both of the last poll that compared the rows before.
    compared: (u64, u64),
    pub(super) last_rows: LastRows,
    /// Rows of the running poll.
    found: Vec<StoredActivity>,
    /// Ranges that were given up, and are not yet counted.
    closed: Vec<RangeInclusive<u64>>,
    passed_over: u64,
    /// The last id that was asked for again.
    window_end: u64,
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
            last_rows: LastRows::default(),
            found: Vec::new(),
            closed: Vec::new(),
            passed_over: 0,
            window_end: 0,
            pause: Duration::ZERO,
            retry: FIRST_RETRY,
        }
    }

    /// Waits until the next poll is due, and polls once. Rows that were read before an error are returned with it.
    pub(super) async fn poll(&mut self) -> Polled {
        sleep(self.pause).await;
        let mut end = None;
        match self.read_all().await {
            Ok(has_more) => {
                self.retry = FIRST_RETRY;
                self.pause = if has_more {
                    Duration::ZERO
                } else {
                    self.intervals.poll_interval
                };
            }
            Err(error) if error.is_transient() => {
                self.pause = self.retry;
                self.retry = (self.retry * 2).min(LAST_RETRY);
            }
            Err(error) => end = Some(error),
        }
        Polled {
            rows: std::mem::take(&mut self.found),
            error: end,
            progress: self.progress(),
        }
    }

    fn progress(&self) -> FollowProgress {
        FollowProgress {
            settled: self.start.is_none().then(|| self.gaps.settled()),
            gaps_given_up: self.gaps.given_up(),
            passed_over: self.passed_over,
        }
    }

    /// Returns whether there is more to read at once.
    async fn read_all(&mut self) -> Result<bool, QueryError> {
        if let Some(start) = self.start.clone() {
            self.begin(&start).await?;
            self.start = None;
            self.compared = (self.pool.generation(), self.gaps.highest());
        }
        let ahead = self.gaps.highest().saturating_add(1)..=LAST;
        let mut has_more = self.read(&[ahead]).await?;
        let (generation, highest) = self.compared;
        let current = self.pool.generation();
        if current != generation {
            self.look_back(highest).await?;
        }
        self.compared = (current, self.gaps.highest());
        if self.pool.shows_rows_in_order() {
            self.closed.extend(self.gaps.close_all());
        } else {
            has_more |= self.read_gaps().await?;
        }
        self.count_passed_over().await?;
        Ok(has_more)
    }

    /// Reads ranges, and returns whether they have more rows than one read returns.
    ///
    /// A filter hides which ids exist, so they are read on their own first. A row that appears between the two reads is new
    /// too.
    async fn read(&mut self, ranges: &[RangeInclusive<u64>]) -> Result<bool, QueryError> {
        let mut ids = Vec::new();
        let mut within = ranges.to_vec();
        if !self.filter.0.is_empty() {
            ids = in_time(self.pool.ids_within(ranges, BATCH)).await?;
            let Some(last) = ids.last() else {
                return Ok(false);
            };
            within = up_to(*last, within);
        }
        let rows = in_time(self.pool.rows_within(&self.filter, &within, BATCH)).await?;
        let has_more = ids.len() == BATCH || rows.len() == BATCH;
        if let Some(last) = rows.last().filter(|_| rows.len() == BATCH) {
            // The rows behind the last one are left for the next read.
            ids.retain(|id| *id <= last.id);
        }
        self.take(ids, rows);
        Ok(has_more)
    }

    fn take(&mut self, mut ids: Vec<u64>, rows: Vec<StoredRow>) {
        ids.extend(rows.iter().map(|row| row.id));
        for row in rows.into_iter().map(StoredActivity::from) {
            if self.gaps.is_open(row.id) {
                self.give(row);
            }
        }
        self.see(ids);
    }

    pub(super) fn give(&mut self, row: StoredActivity) {
        self.last_rows.note(&row);
        self.found.push(row);
    }

    pub(super) fn see(&mut self, mut ids: Vec<u64>) {
        let now = Instant::now();
        ids.sort_unstable();
        if let Some(first) = ids.first() {
            self.counted_after.get_or_insert(first.saturating_sub(1));
        }
        for id in ids {
            self.gaps.see(id, now);
        }
    }

    /// Reads the gaps again, and then asks for the old ones by locks. A gap is thus read between two questions.
    async fn read_gaps(&mut self) -> Result<bool, QueryError> {
        let Some(window) = self.gaps.window(self.window_end, WINDOW) else {
            return Ok(false);
        };
        let mut has_more = false;
        let ranges: Vec<_> = self.gaps.within(&window).collect();
        for ranges in ranges.chunks(RANGES_PER_STATEMENT) {
            has_more |= self.read(ranges).await?;
        }
        let now = Instant::now();
        let overdue = self.gaps.overdue(&window, self.intervals.settle_delay, now);
        let overdue: Vec<_> = overdue.collect();
        let mut probes = Probes::of(&overdue, PROBES);
        while let Some(ranges) = probes.next() {
            let is_free = in_time(self.pool.is_free(ranges)).await?;
            probes.answer(is_free);
        }
        let (free, reached) = probes.end();
        let given_up = free.into_iter().filter(|range| self.gaps.found_free(range));
        self.closed.extend(given_up);
        self.window_end = reached.unwrap_or(*window.end());
        Ok(has_more)
    }

    /// Counts the ids that were given up and are below all rows of the table: retention took them.
    async fn count_passed_over(&mut self) -> Result<(), QueryError> {
        if self.closed.is_empty() {
            return Ok(());
        }
        let first = in_time(self.pool.first_id()).await?;
        // An empty table has lost all its rows.
        let first = if first == 0 { u64::MAX } else { first };
        let taken = self.closed.drain(..);
        let after = self.counted_after.unwrap_or(u64::MAX);
        let taken = taken.map(|range| ids_between(&range, after, first));
        self.passed_over += taken.sum::<u64>();
        Ok(())
    }
}

/// Cuts ranges, lowest first, at an id.
fn up_to(last: u64, ranges: Vec<RangeInclusive<u64>>) -> Vec<RangeInclusive<u64>> {
    let below = ranges.into_iter().filter(|range| *range.start() <= last);
    let cut = |range: RangeInclusive<u64>| *range.start()..=last.min(*range.end());
    below.map(cut).collect()
}

/// Returns the number of ids of a range after one id and before another.
fn ids_between(range: &RangeInclusive<u64>, after: u64, before: u64) -> u64 {
    let first = (*range.start()).max(after.saturating_add(1));
    let end = range.end().saturating_add(1).min(before);
    end.saturating_sub(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_at_the_last_id() {
        let cut = up_to(12, vec![1..=3, 10..=20, 30..=31]);
        assert_eq!(cut, [1..=3, 10..=12]);
    }

    #[test]
    fn ids_are_counted_between_two_others() {
        for (after, before, count) in [
            (0, 9, 4),
            (0, u64::MAX, 4),
            (3, 9, 2),
            (5, 9, 0),
            (0, 4, 2),
            (0, 1, 0),
        ] {
            assert_eq!(ids_between(&(2..=5), after, before), count);
        }
    }
}
