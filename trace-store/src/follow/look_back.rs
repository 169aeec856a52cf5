//! The last rows again, after the server may have been gone.
//!
//! A server shows a row a moment before the log of its commit is written. If it crashes in between, the row is gone, and
//! another one gets its id. So on a new connection the last ids are compared with the rows that were given.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::last_rows::LAST_IDS;
use super::poller::Poller;
use crate::query::{QueryError, StoredActivity, in_time};

impl Poller {
    /// Compares the ids up to the highest one that was seen before. Gives rows whose ids other rows had, and opens ids again
    /// whose rows are gone.
    pub(super) async fn look_back(&mut self, highest: u64) -> Result<(), QueryError> {
        let first = highest.saturating_sub(LAST_IDS as u64);
        let range = first.max(self.counted_after.unwrap_or(0)).saturating_add(1)..=highest;
        if range.is_empty() {
            return Ok(());
        }
        let range = [range];
        let ids = in_time(self.pool.ids_within(&range, LAST_IDS)).await?;
        let rows = in_time(self.pool.rows_within(&self.filter, &range, LAST_IDS)).await?;
        let [range] = range;
        for missing in missing(range, &ids) {
            self.gaps.reopen(missing, Instant::now());
        }
        for row in rows.into_iter().map(StoredActivity::from) {
            let is_other = !self.gaps.is_open(row.id) && !self.last_rows.has(&row);
            if is_other {
                self.give(row);
            }
        }
        Ok(())
    }
}

/// Returns the ids of a range that are missing, as ranges.
fn missing(range: RangeInclusive<u64>, ids: &[u64]) -> Vec<RangeInclusive<u64>> {
    let end = range.end().saturating_add(1);
    let mut next = *range.start();
    let mut missing = Vec::new();
    for id in ids.iter().copied().chain([end]) {
        if id > next {
            missing.push(next..=id - 1);
        }
        next = id + 1;
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_ids_are_ranges_between_those_that_are_there() {
        assert_eq!(missing(3..=9, &[3, 6, 7]), [4..=5, 8..=9]);
        assert!(missing(3..=4, &[3, 4]).is_empty());
        assert_eq!(missing(3..=5, &[]), [3..=5]);
    }
}
