//! The last rows again, after the server may have been gone or the table may have been emptied.
//!
//! A server shows a row a moment before the log of its commit is written. If it crashes in between, the row is gone, and
//! another one gets its id. `TRUNCATE` lets the ids of all rows begin anew. So the last rows that were seen are compared with
//! those that are there: on a new connection, and when the newest row is gone.

use std::ops::RangeInclusive;
use std::time::Instant;

use uuid::Uuid;

use super::continuity::{Continuity, Differences};
use super::mark::{LAST_IDS, Mark, Marks};
use super::poller::Poller;
use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::RANGES_PER_STATEMENT;

/// The result of a comparison.
pub(super) struct LookedBack {
    /// There is more to read at once.
    pub(super) has_more: bool,
    /// The rows that are gone are known. Otherwise they are in doubt, until a server that takes writes was compared.
    pub(super) is_proven: bool,
}

impl LookedBack {
    const PROVEN: Self = Self {
        has_more: false,
        is_proven: true,
    };
}

impl Poller {
    /// Compares the rows up to the highest id that was seen before.
    ///
    /// A server that takes no writes may be a replica that is behind. Rows that it lacks are not lost, and come with the rest.
    /// Another event under a known id is proof there too.
    pub(super) async fn look_back(&mut self, highest: u64) -> Result<LookedBack, QueryError> {
        if highest == 0 {
            return Ok(LookedBack::PROVEN);
        }
        let range = last_ids(highest);
        let end = in_time(self.pool.table_end(&range, LAST_IDS)).await?;
        let there: Vec<_> = marks(&end.events).collect();
        let found = Differences::between(&self.marks, &there, |id| self.gaps.is_open(id));
        // Ids beyond it prove that they go on.
        let is_last = self.gaps.highest() == highest;
        let next = end.next_id.filter(|_| is_last);
        match found.continuity(highest, next.unwrap_or(u64::MAX)) {
            Continuity::StartsOver => {
                self.start_over();
                return Ok(LookedBack {
                    has_more: true,
                    is_proven: true,
                });
            }
            Continuity::FallsBack(last) => self.fall_back(last),
            Continuity::GoesOn => {}
        }
        if end.takes_writes {
            self.forget_lost(range, &there);
        }
        self.give_changed(&found.changed).await?;
        Ok(LookedBack {
            is_proven: end.takes_writes,
            ..LookedBack::PROVEN
        })
    }

    /// Returns the rows of a range, lowest first.
    pub(super) async fn events(&self, range: RangeInclusive<u64>) -> Result<Vec<Mark>, QueryError> {
        let rows = in_time(self.pool.events_within(&[range], LAST_IDS)).await?;
        Ok(marks(&rows).collect())
    }

    fn start_over(&mut self) {
        self.gaps.start_over();
        // The rows beyond the highest id are read again with the others.
        self.found.clear();
        self.marks = Marks::default();
        self.counted_after = None;
        self.forgotten_after = Some(0);
        self.started_over += 1;
    }

    fn fall_back(&mut self, last: u64) {
        self.gaps.fall_back(last);
        self.forgotten_after = Some(last);
    }

    /// Forgets rows that are gone. After a crash their ids are open again, since other rows may get them. Retention takes rows
    /// for good.
    fn forget_lost(&mut self, range: RangeInclusive<u64>, there: &[Mark]) {
        let now = Instant::now();
        let after = self.counted_after.unwrap_or(u64::MAX);
        let highest = self.gaps.highest();
        for missing in missing(range, there) {
            self.marks.forget(missing.clone());
            let (first, last) = (*missing.start(), *missing.end());
            let open = first.max(after.saturating_add(1))..=last.min(highest);
            if (self.in_doubt || self.has_new_connection()) && !open.is_empty() {
                self.gaps.reopen(open, now);
            }
        }
    }

    /// Gives the rows whose ids other rows had.
    async fn give_changed(&mut self, changed: &[Mark]) -> Result<(), QueryError> {
        let after = self.counted_after.unwrap_or(u64::MAX);
        let followed: Vec<_> = changed.iter().filter(|row| row.id > after).collect();
        for changed in followed.chunks(RANGES_PER_STATEMENT) {
            let ranges: Vec<_> = changed.iter().map(|row| row.id..=row.id).collect();
            let rows = in_time(self.pool.rows_within(&self.filter, &ranges, LAST_IDS)).await?;
            self.found
                .extend(rows.into_iter().map(StoredActivity::from));
            for row in changed {
                self.marks.note(**row);
            }
        }
        Ok(())
    }
}

fn marks(events: &[(u64, Uuid)]) -> impl Iterator<Item = Mark> {
    events.iter().map(|(id, event)| Mark::of(*id, event))
}

/// Returns the ids that are compared.
pub(super) const fn last_ids(highest: u64) -> RangeInclusive<u64> {
    highest.saturating_sub(LAST_IDS as u64).saturating_add(1)..=highest
}

/// Returns the ids of a range that have no row, as ranges.
fn missing(range: RangeInclusive<u64>, there: &[Mark]) -> Vec<RangeInclusive<u64>> {
    let end = range.end().saturating_add(1);
    let mut next = *range.start();
    let mut missing = Vec::new();
    for id in there.iter().map(|row| row.id).chain([end]) {
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
        let there = |ids: &[u64]| -> Vec<Mark> {
            ids.iter().map(|id| Mark { id: *id, event: 0 }).collect()
        };
        assert_eq!(missing(3..=9, &there(&[3, 6, 7])), [4..=5, 8..=9]);
        assert!(missing(3..=4, &there(&[3, 4])).is_empty());
        assert_eq!(missing(3..=5, &[]), [3..=5]);
    }
}
