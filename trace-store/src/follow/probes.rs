//! Order in which ranges are asked for by locks.
//!
//! Ranges are asked for together. A group in which something is locked is asked for in halves, until the ranges with a lock
//! are alone. Nothing here asks the database.

use std::ops::RangeInclusive;

use crate::store::RANGES_PER_STATEMENT;

/// Ranges that are still to be asked for, and those that were found free.
#[derive(Debug)]
pub(super) struct Probes {
    /// Groups, the next one last.
    groups: Vec<Vec<RangeInclusive<u64>>>,
    free: Vec<RangeInclusive<u64>>,
    /// The last id that got an answer.
    reached: Option<u64>,
    budget: usize,
}

impl Probes {
    /// Plans at most `budget` statements for the ranges, lowest first.
    pub(super) fn of(ranges: &[RangeInclusive<u64>], budget: usize) -> Self {
        let groups = ranges.chunks(RANGES_PER_STATEMENT);
        Self {
            groups: groups.rev().map(<[_]>::to_vec).collect(),
            free: Vec::new(),
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
        }
    }

    /// Returns the ranges that were found free, and the last id with an answer if the budget did not reach all.
    pub(super) fn end(self) -> (Vec<RangeInclusive<u64>>, Option<u64>) {
        let is_done = self.groups.is_empty();
        (self.free, self.reached.filter(|_| !is_done))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    fn singles(ids: impl IntoIterator<Item = u64>) -> Vec<RangeInclusive<u64>> {
        ids.into_iter().map(|id| id..=id).collect()
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
            let is_free = !group.iter().any(|range| locked.contains(range.start()));
            probes.answer(is_free);
            statements += 1;
        }
        let (free, reached) = probes.end();
        (free, reached, statements)
    }

    #[test]
    fn free_ranges_cost_one_statement_a_group() {
        let ranges = singles(1..=130);
        let (free, reached, statements) = asked(&ranges, &BTreeSet::new(), 32);
        assert_eq!((free, reached, statements), (ranges, None, 3));
    }

    #[test]
    fn a_spent_budget_says_where_to_go_on() {
        let locked = (1..=64).collect();
        let (free, reached, statements) = asked(&singles(1..=64), &locked, 8);
        assert_eq!((free, statements), (vec![], 8));
        assert_eq!(reached, Some(2), "64, 32, 16, 8, 4, 2, and 1 and 2 alone");
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
