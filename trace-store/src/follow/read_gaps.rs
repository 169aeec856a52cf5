//! Reads of the open gaps again, and the end of gaps whose rows will never come.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::merged::merged;
use super::poller::Poller;
use super::probes::Probes;
use crate::query::{QueryError, in_time};

/// Ranges that one poll reads again. With more of them, polls take turns.
const MOST: usize = 4_096;
/// Statements with locks in one poll.
const PROBES: usize = 32;

impl Poller {
    /// Reads the gaps again, and then asks for the old ones by locks. A gap is thus read between two questions.
    pub(super) async fn read_gaps(&mut self, since: Instant) -> Result<(), QueryError> {
        let settle_delay = self.intervals.settle_delay;
        let mut due = self.gaps.due(self.window_end, MOST, settle_delay, since);
        let Some(last) = due.last() else {
            return Ok(());
        };
        self.window_end = *last.end();
        due.sort_unstable_by_key(|range| *range.start());
        self.read_late(&due).await?;
        let old = self.gaps.read(&due, settle_delay);
        let mut probes = Probes::of(&old, PROBES);
        while let Some(ranges) = probes.next() {
            let found = in_time(self.pool.unlocked_within(&merged(ranges))).await?;
            // Between the ranges there may be rows that were seen.
            probes.answer(found.is_some_and(|ids| !ids.iter().any(|id| self.gaps.is_open(*id))));
        }
        let answers = probes.end();
        for range in &answers.locked {
            self.gaps.found_locked(range);
        }
        let free = answers.free.into_iter();
        let given_up = free.filter(|range| self.gaps.found_free(range));
        self.closed.extend(given_up);
        self.window_end = answers.reached.unwrap_or(self.window_end);
        Ok(())
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
