//! Reads of the open gaps again, and the end of gaps whose rows will never come.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::poller::Poller;
use super::probes::Probes;
use crate::query::{QueryError, in_time};
use crate::store::RANGES_PER_STATEMENT;

/// Ranges that one poll asks for again. With more of them, polls take turns.
const WINDOW: usize = 1_024;
/// Statements with locks in one poll.
const PROBES: usize = 32;

impl Poller {
    /// Reads the gaps again, and then asks for the old ones by locks. A gap is thus read between two questions.
    pub(super) async fn read_gaps(&mut self) -> Result<bool, QueryError> {
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
    pub(super) async fn count_passed_over(&mut self) -> Result<(), QueryError> {
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
