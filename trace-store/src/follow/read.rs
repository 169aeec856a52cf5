//! Reads of new rows: their ids, and those of them that the filter admits.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::mark::Mark;
use super::merged::merged;
use super::poller::{LAST, Poller};
use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::RANGES_PER_STATEMENT;

/// Rows of one read.
const BATCH: usize = 1_000;

/// The result of a read beyond the highest id.
pub(super) struct Ahead {
    pub(super) has_more: bool,
    /// The newest row that was seen before is still there, or was not known.
    pub(super) has_newest: bool,
}

/// Rows of a read.
struct Rows {
    /// All of them.
    marks: Vec<Mark>,
    /// Those that the filter admits, if one of all is new.
    admitted: Vec<StoredActivity>,
    has_more: bool,
}

impl Poller {
    /// Reads on after the highest id. The newest row comes along: if it is gone, the ids may begin anew.
    pub(super) async fn read_ahead(&mut self) -> Result<Ahead, QueryError> {
        let highest = self.gaps.highest();
        let rows = self.rows(&[highest.max(1)..=LAST]).await?;
        let first = rows.marks.first().filter(|first| first.id == highest);
        let has_newest = match self.marks.get(highest) {
            Some(newest) => first == Some(&newest),
            None => highest == 0 || !self.knows_table || !rows.marks.is_empty(),
        };
        let has_more = rows.has_more;
        self.take(rows);
        Ok(Ahead {
            has_more,
            has_newest,
        })
    }

    /// Reads the rows that have appeared in gaps, lowest first.
    pub(super) async fn read_late(
        &mut self,
        gaps: &[RangeInclusive<u64>],
    ) -> Result<(), QueryError> {
        for ranges in merged(gaps).chunks(RANGES_PER_STATEMENT) {
            let mut rest = ranges.to_vec();
            while !rest.is_empty() {
                let events = in_time(self.pool.events_within(&rest, BATCH)).await?;
                let late = events.iter().filter(|(id, _)| self.gaps.is_open(*id));
                let late: Vec<_> = late.map(|(id, event)| Mark::of(*id, event)).collect();
                self.read_appeared(late).await?;
                let last = events.last().filter(|_| events.len() == BATCH);
                rest = last.map_or_else(Vec::new, |(last, _)| behind(*last, rest));
            }
        }
        Ok(())
    }

    /// Reads the rows with these ids.
    async fn read_appeared(&mut self, marks: Vec<Mark>) -> Result<(), QueryError> {
        let mut admitted = Vec::new();
        for ranges in consecutive(&marks).chunks(RANGES_PER_STATEMENT) {
            let rows = in_time(self.pool.rows_within(&self.filter, ranges, BATCH)).await?;
            admitted.extend(rows.into_iter().map(StoredActivity::from));
        }
        self.take(Rows {
            marks,
            admitted,
            has_more: false,
        });
        Ok(())
    }

    /// A filter hides which ids exist, so they are read on their own first. A row that appears between the two reads is new
    /// too.
    async fn rows(&self, ranges: &[RangeInclusive<u64>]) -> Result<Rows, QueryError> {
        let mut marks = Vec::new();
        let mut within = ranges.to_vec();
        if !self.filter.0.is_empty() {
            let events = in_time(self.pool.events_within(ranges, BATCH)).await?;
            marks.extend(events.iter().map(|(id, event)| Mark::of(*id, event)));
            match marks.last() {
                Some(last) if marks.iter().any(|mark| self.gaps.is_open(mark.id)) => {
                    within = up_to(last.id, within);
                }
                _ => {
                    return Ok(Rows {
                        marks,
                        admitted: Vec::new(),
                        has_more: false,
                    });
                }
            }
        }
        let rows = in_time(self.pool.rows_within(&self.filter, &within, BATCH)).await?;
        let has_more = marks.len() == BATCH || rows.len() == BATCH;
        if let Some(last) = rows.last().filter(|_| rows.len() == BATCH) {
            // The rows behind the last one are left for the next read.
            marks.retain(|mark| mark.id <= last.id);
        }
        let admitted: Vec<_> = rows.into_iter().map(StoredActivity::from).collect();
        let of_rows = admitted
            .iter()
            .map(|row| Mark::of(row.id, &row.activity.event_id));
        marks.extend(of_rows);
        marks.sort_unstable_by_key(|mark| mark.id);
        Ok(Rows {
            marks,
            admitted,
            has_more,
        })
    }

    fn take(&mut self, rows: Rows) {
        let admitted = rows.admitted.into_iter();
        let new = admitted.filter(|row| self.gaps.is_open(row.id));
        self.found.extend(new);
        if let Some(first) = rows.marks.first() {
            self.counted_after.get_or_insert(first.id.saturating_sub(1));
        }
        for mark in rows.marks {
            self.see(mark);
        }
    }

    /// Notes a row. One that was seen before stays as it was, until the rows are compared.
    pub(super) fn see(&mut self, mark: Mark) {
        if self.gaps.is_open(mark.id) {
            self.gaps.see(mark.id, Instant::now());
            self.note(mark);
        }
    }

    pub(super) fn note(&mut self, mark: Mark) {
        self.marks.note(mark);
        self.knows_table = true;
    }
}

/// Cuts ranges, lowest first, at an id.
fn up_to(last: u64, ranges: Vec<RangeInclusive<u64>>) -> Vec<RangeInclusive<u64>> {
    let below = ranges.into_iter().filter(|range| *range.start() <= last);
    let cut = |range: RangeInclusive<u64>| *range.start()..=last.min(*range.end());
    below.map(cut).collect()
}

/// Returns ids, lowest first, as ranges.
fn consecutive(marks: &[Mark]) -> Vec<RangeInclusive<u64>> {
    let runs = marks.chunk_by(|one, next| one.id + 1 == next.id);
    let ends = runs.filter_map(|run| Some(run.first()?.id..=run.last()?.id));
    ends.collect()
}

/// Cuts ranges, lowest first, behind an id.
fn behind(last: u64, ranges: Vec<RangeInclusive<u64>>) -> Vec<RangeInclusive<u64>> {
    let above = ranges.into_iter().filter(|range| *range.end() > last);
    let cut =
        |range: RangeInclusive<u64>| last.saturating_add(1).max(*range.start())..=*range.end();
    above.map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_ids_are_one_range() {
        let marks = [3, 4, 5, 9, 11, 12].map(|id| Mark { id, event: 0 });
        assert_eq!(consecutive(&marks), [3..=5, 9..=9, 11..=12]);
    }

    #[test]
    fn ranges_are_cut_at_the_last_id() {
        let cut = up_to(12, vec![1..=3, 10..=20, 30..=31]);
        assert_eq!(cut, [1..=3, 10..=12]);
        let rest = behind(12, vec![1..=3, 10..=20, 30..=31]);
        assert_eq!(rest, [13..=20, 30..=31]);
    }
}
