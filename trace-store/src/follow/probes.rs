//! Order in which ranges are asked for by locks.
//!
//! Ranges are asked for together. A group in which something is locked is asked for in halves, until the ranges with a lock
//! are alone. Nothing here asks the database.

use std::ops::RangeInclusive;

use super::merged::merged;
use crate::store::RANGES_PER_STATEMENT;

/// Ranges that are asked for together, at most. Those that are near to each other are one in the statement.
const GROUP: usize = 1_024;

/// Ranges that are still to be asked for, and those that were found free.
#[derive(Debug)]
pub(super) struct Probes {
    /// Groups, the next one last.
    groups: Vec<Vec<RangeInclusive<u64>>>,
    free: Vec<RangeInclusive<u64>>,
    locked: Vec<RangeInclusive<u64>>,
    /// The last id that got an answer.
    reached: Option<u64>,
    budget: usize,
}

impl Probes {
    /// Plans at most `budget` statements for the ranges, lowest first.
    pub(super) fn of(ranges: &[RangeInclusive<u64>], budget: usize) -> Self {
        let mut groups = grouped(ranges);
        groups.reverse();
        Self {
            groups,
            free: Vec::new(),
            locked: Vec::new(),
            reached: None,
            budget,
        }
    }

    /// Returns the next ranges to ask for together; `None` when all have an answer, or the budget is spent.
    pub(super) fn next(&self) -> Option<&[RangeInclusive<u64>]> {
        let group = self.groups.last()?;
        (self.budget > 0).then_some(group.as_slice())
    }

    /// Notes the answer for the next ranges.
    pub(super) fn answer(&mut self, is_free: bool) {
        self.budget = self.budget.saturating_sub(1);
        let Some(mut group) = self.groups.pop() else {
            return;
        };
        if !is_free && group.len() > 1 {
            let upper = group.split_off(group.len() / 2);
            self.groups.extend([upper, group]);
            return;
        }
        self.reached = group.last().map(|range| *range.end());
        if is_free {
            self.free.extend(group);
        } else {
            self.locked.extend(group);
        }
    }

    pub(super) fn end(self) -> Answers {
        let is_done = self.groups.is_empty();
        Answers {
            free: self.free,
            locked: self.locked,
            reached: self.reached.filter(|_| !is_done),
        }
    }
}

/// Groups ranges so that each group fits into a statement.
fn grouped(ranges: &[RangeInclusive<u64>]) -> Vec<Vec<RangeInclusive<u64>>> {
    let mut groups: Vec<Vec<_>> = Vec::new();
    for some in ranges.chunks(RANGES_PER_STATEMENT) {
        match groups.last_mut() {
            Some(group) if fits(group, some) => group.extend_from_slice(some),
            _ => groups.push(some.to_vec()),
        }
    }
    groups
}

fn fits(group: &[RangeInclusive<u64>], more: &[RangeInclusive<u64>]) -> bool {
    let count = group.len() + more.len();
    count <= GROUP && merged(&[group, more].concat()).len() <= RANGES_PER_STATEMENT
}

/// Answers to all questions of a poll.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) free: Vec<RangeInclusive<u64>>,
    pub(super) locked: Vec<RangeInclusive<u64>>,
    /// The last id with an answer, if the budget did not reach all.
    pub(super) reached: Option<u64>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    /// Returns ranges too far from each other to be merged.
    fn singles(ids: impl IntoIterator<Item = u64>) -> Vec<RangeInclusive<u64>> {
        ids.into_iter().map(|id| id * 100..=id * 100).collect()
    }

    /// Returns what was found free, where it ended, and the number of statements.
    fn asked(
        ranges: &[RangeInclusive<u64>],
        locked: &BTreeSet<u64>,
        budget: usize,
    ) -> (Vec<RangeInclusive<u64>>, Option<u64>, usize) {
        let mut probes = Probes::of(ranges, budget);
        let mut statements = 0;
        while let Some(group) = probes.next() {
            let is_free = !group
                .iter()
                .any(|range| locked.contains(&(range.start() / 100)));
            probes.answer(is_free);
            statements += 1;
        }
        let Answers {
            free,
            locked: alone,
            reached,
        } = probes.end();
        assert!(
            alone
                .iter()
                .all(|range| locked.contains(&(range.start() / 100)))
        );
        (free, reached, statements)
    }

    #[test]
    fn free_ranges_cost_one_statement_a_group() {
        let ranges = singles(1..=130);
        let (free, reached, statements) = asked(&ranges, &BTreeSet::new(), 32);
        assert_eq!((free, reached, statements), (ranges, None, 3));
    }

    #[test]
    fn neighbours_are_asked_for_together() {
        let ranges: Vec<_> = (0..2_000)
            .map(|number| number * 3 + 1..=number * 3 + 2)
            .collect();
        let groups = grouped(&ranges);
        let sizes: Vec<_> = groups.iter().map(Vec::len).collect();
        assert_eq!(sizes, [1_024, 976]);
        assert_eq!(merged(&groups[0]), [1..=3_071]);
    }

    #[test]
    fn a_spent_budget_says_where_to_go_on() {
        let locked = (1..=64).collect();
        let (free, reached, statements) = asked(&singles(1..=64), &locked, 8);
        assert_eq!((free, statements), (vec![], 8));
        assert_eq!(reached, Some(200), "64, 32, 16, 8, 4, 2, and 1 and 2 alone");
    }

    proptest! {
        #[test]
        fn exactly_the_free_ranges_are_found(
            ids in btree_set(1_u64..500, 0..200),
            locked in btree_set(1_u64..500, 0..20),
        ) {
            let (free, reached, _) = asked(&singles(ids.clone()), &locked, 10_000);
            prop_assert_eq!(free, singles(ids.difference(&locked).copied()));
            prop_assert_eq!(reached, None);
        }
    }
}
