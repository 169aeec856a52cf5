//! The ids that a position has passed, and those among them whose rows may still appear.

use std::ops::RangeInclusive;

use super::mark::Mark;

/// Maximum number of ranges that a position names. The last one then reaches to the end.
pub(super) const MAX_OPEN: usize = 64;

/// Ids after the settled one that a follower has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PassedIds {
    /// Ranges whose rows may still appear, lowest first; the first begins after the settled id, and none touches another.
    open: Vec<RangeInclusive<u64>>,
    /// The last row that was seen. What is not open up to it was given, or will never be.
    reached: Mark,
}

impl PassedIds {
    /// Creates it of ranges in any order, as far as they are up to the row. Returns `None` if none of them is.
    pub(super) fn of(open: &[RangeInclusive<u64>], reached: Mark) -> Option<Self> {
        let up_to = open.iter().filter(|range| *range.start() <= reached.id);
        let up_to = up_to.map(|range| *range.start()..=reached.id.min(*range.end()));
        let mut open = joined(up_to.collect());
        if open.len() > MAX_OPEN {
            open.truncate(MAX_OPEN);
            open = to_the_end(open, reached.id);
        }
        (!open.is_empty()).then_some(Self { open, reached })
    }

    pub(super) fn open(&self) -> &[RangeInclusive<u64>] {
        &self.open
    }

    pub(super) const fn reached(&self) -> Mark {
        self.reached
    }

    /// Returns the numbers of its text: the row, the length of the first range, and the distance and length of each further one.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        let length = |range: &RangeInclusive<u64>| range.end() - range.start() + 1;
        let first = self.open.first().map(length);
        let further = self
            .open
            .array_windows()
            .flat_map(move |[one, next]| [next.start() - one.end(), length(next)]);
        [self.reached.id, self.reached.event]
            .into_iter()
            .chain(first)
            .chain(further)
    }

    /// Reads the numbers of a text.
    pub(super) fn parse(settled: u64, numbers: &[u64]) -> Option<Self> {
        let [id, event, first, further @ ..] = numbers else {
            return None;
        };
        let (further, []) = further.as_chunks::<2>() else {
            return None;
        };
        let reached = Mark {
            id: *id,
            event: *event,
        };
        let mut open = Vec::new();
        let mut end = settled;
        // Ranges that touch would be one.
        let mut least = 1;
        for [distance, length] in [[1, *first]].iter().chain(further) {
            let start = end.checked_add(*distance)?;
            end = start.checked_add(length.checked_sub(1)?)?;
            if *distance < least || end > reached.id || open.len() == MAX_OPEN {
                return None;
            }
            least = 2;
            open.push(start..=end);
        }
        Some(Self { open, reached })
    }
}

/// Returns ranges with the last one up to an id.
pub(super) fn to_the_end(
    mut ranges: Vec<RangeInclusive<u64>>,
    end: u64,
) -> Vec<RangeInclusive<u64>> {
    if let Some(last) = ranges.last_mut() {
        *last = *last.start()..=end;
    }
    ranges
}

/// Sorts ranges, and joins those that touch.
fn joined(mut ranges: Vec<RangeInclusive<u64>>) -> Vec<RangeInclusive<u64>> {
    ranges.sort_unstable_by_key(|range| *range.start());
    let mut joined: Vec<RangeInclusive<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if *range.start() <= last.end().saturating_add(1) => {
                *last = *last.start()..=*last.end().max(range.end());
            }
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(id: u64) -> Mark {
        Mark { id, event: 7 }
    }

    #[test]
    fn ranges_are_cut_at_the_last_row_and_joined() {
        let passed = PassedIds::of(&[8..=12, 3..=3, 4..=5, 20..=30], reached(10));
        assert_eq!(passed.expect("some are open").open(), [3..=5, 8..=10]);
        assert_eq!(PassedIds::of(&[11..=11], reached(10)), None);
        assert_eq!(PassedIds::of(&[], reached(10)), None);
    }

    #[test]
    fn beyond_the_limit_all_is_open() {
        let many: Vec<_> = (1..=100).map(|id| id * 3..=id * 3).collect();
        let passed = PassedIds::of(&many, reached(1_000)).expect("open ids");
        assert_eq!(passed.open().len(), MAX_OPEN);
        assert_eq!(passed.open().last(), Some(&(64 * 3..=1_000)));
        let numbers: Vec<_> = passed.numbers().collect();
        assert_eq!(PassedIds::parse(2, &numbers), Some(passed));
    }
}
