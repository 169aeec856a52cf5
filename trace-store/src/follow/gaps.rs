//! Ids that were passed over, and whose rows may still appear.
//!
//! A database hands out ids when rows are inserted and shows rows when they are committed, so a row with a lower id can appear
//! after one with a higher id. Nothing here asks the database: ids go in, and the ranges to ask for come out.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::gap::Gap;
use super::passed::to_the_end;

/// Memory that one range takes, with its share of the tree.
const RANGE_BYTES: usize = 64;
/// Ranges that fit into 1 MiB.
pub(super) const MAX_RANGES: usize = (1 << 20) / RANGE_BYTES;

/// Ids between those that were seen.
#[derive(Debug)]
pub(super) struct Gaps {
    /// By their first id; none touches another.
    ranges: BTreeMap<u64, Gap>,
    /// The highest id that was seen.
    highest: u64,
    /// Ids that were given up for lack of memory.
    given_up: u64,
    max_ranges: usize,
}

impl Gaps {
    /// Starts after an id: rows up to it are not looked for.
    pub(super) const fn after(id: u64) -> Self {
        Self::with(id, MAX_RANGES)
    }

    /// Starts after an id, with these ranges before it open.
    pub(super) fn among(open: &[RangeInclusive<u64>], id: u64, now: Instant) -> Self {
        let mut gaps = Self::after(id);
        for range in open {
            gaps.insert(*range.start(), Gap::up_to(*range.end(), now));
        }
        gaps
    }

    const fn with(id: u64, max_ranges: usize) -> Self {
        Self {
            ranges: BTreeMap::new(),
            highest: id,
            given_up: 0,
            max_ranges,
        }
    }

    /// Returns the highest id that was seen.
    pub(super) const fn highest(&self) -> u64 {
        self.highest
    }

    /// Returns the id before the first that may still appear: the place to go on from in another process.
    pub(super) fn settled(&self) -> u64 {
        let first = self.ranges.keys().next();
        first.map_or(self.highest, |first| first - 1)
    }

    /// Returns the open ranges, lowest first. With more than `most` of them, the last one has no end.
    pub(super) fn lowest(&self, most: usize) -> Vec<RangeInclusive<u64>> {
        let ranges = self.ranges.iter().take(most);
        let ranges = ranges.map(|(first, gap)| *first..=gap.last).collect();
        if self.ranges.len() > most {
            return to_the_end(ranges, u64::MAX);
        }
        ranges
    }

    /// Returns the number of ids that were given up for lack of memory.
    pub(super) const fn given_up(&self) -> u64 {
        self.given_up
    }

    /// Returns whether a row of this id is new: it was not seen before.
    pub(super) fn is_open(&self, id: u64) -> bool {
        id > self.highest || self.range_of(id).is_some()
    }

    /// Notes an id that was seen. The ids between it and the highest before are open from now on.
    pub(super) fn see(&mut self, id: u64, now: Instant) {
        if id > self.highest {
            if id > self.highest + 1 {
                self.insert(self.highest + 1, Gap::up_to(id - 1, now));
            }
            self.highest = id;
            return;
        }
        if let Some((first, gap)) = self.range_of(id) {
            self.ranges.remove(&first);
            if first < id {
                self.insert(first, gap.ending_at(id - 1));
            }
            if id < gap.last {
                self.insert(id + 1, gap);
            }
        }
    }

    /// Returns at most `most` ranges to read now, those after an id first and then those before it. `since` is the beginning of
    /// the poll: what was noticed later was just read. Once half of the memory is used, all ranges are due: each is asked for
    /// before it has to be given up.
    pub(super) fn due(
        &self,
        after: u64,
        most: usize,
        settle_delay: Duration,
        since: Instant,
    ) -> Vec<RangeInclusive<u64>> {
        let is_crowded = self.is_crowded();
        let now = Instant::now();
        let is_due =
            |gap: &Gap| gap.is_older_than(since) && (is_crowded || gap.is_due(settle_delay, now));
        let next = after.saturating_add(1);
        let in_turn = self.ranges.range(next..).chain(self.ranges.range(..next));
        let due = in_turn.filter(|(_, gap)| is_due(gap)).take(most);
        due.map(|(first, gap)| *first..=gap.last).collect()
    }

    /// Notes that ranges were read, and returns what is left of them and is to be asked for by locks, lowest first.
    pub(super) fn read(
        &mut self,
        ranges: &[RangeInclusive<u64>],
        settle_delay: Duration,
    ) -> Vec<RangeInclusive<u64>> {
        let is_crowded = self.is_crowded();
        let now = Instant::now();
        let mut old = Vec::new();
        for range in ranges {
            for (first, gap) in self.ranges.range_mut(range.clone()) {
                gap.was_read(now);
                if is_crowded || gap.is_old(settle_delay, now) {
                    old.push(*first..=gap.last);
                }
            }
        }
        old
    }

    fn is_crowded(&self) -> bool {
        self.ranges.len() > self.max_ranges / 2
    }

    /// Opens ids again that were seen, and are gone from the table. Open ranges among them stay as they are.
    pub(super) fn reopen(&mut self, ids: RangeInclusive<u64>, now: Instant) {
        let open_before = self.range_of(*ids.start());
        let mut first = open_before.map_or(*ids.start(), |(_, gap)| gap.last.saturating_add(1));
        let open: Vec<_> = self.within(&ids).collect();
        for range in open {
            if first < *range.start() {
                self.insert(first, Gap::up_to(*range.start() - 1, now));
            }
            first = first.max(range.end().saturating_add(1));
        }
        if first <= *ids.end() {
            self.insert(first, Gap::up_to(*ids.end(), now));
        }
    }

    /// Returns the ranges that begin within these ids, lowest first.
    fn within(&self, ids: &RangeInclusive<u64>) -> impl Iterator<Item = RangeInclusive<u64>> {
        let ranges = self.ranges.range(ids.clone());
        ranges.map(|(first, gap)| *first..=gap.last)
    }

    /// Notes that no transaction holds a range. Found free twice, with a read in between, its ids were never used; returns
    /// whether it was given up for that.
    pub(super) fn found_free(&mut self, range: &RangeInclusive<u64>) -> bool {
        let Some(gap) = self.ranges.get_mut(range.start()) else {
            return false;
        };
        if gap.last != *range.end() {
            return false;
        }
        let is_over = gap.found_free();
        if is_over {
            self.ranges.remove(range.start());
        }
        is_over
    }

    /// Notes that something in a range is locked.
    pub(super) fn found_locked(&mut self, range: &RangeInclusive<u64>) {
        if let Some(gap) = self.ranges.get_mut(range.start()) {
            gap.found_locked();
        }
    }

    /// Forgets all ids, because they are given again from the first one on.
    pub(super) fn start_over(&mut self) {
        self.ranges.clear();
        self.highest = 0;
    }

    /// Forgets the ids after one, because they are given again.
    pub(super) fn fall_back(&mut self, last: u64) {
        self.ranges.split_off(&last.saturating_add(1));
        if let Some(mut open) = self.ranges.last_entry() {
            let gap = open.get_mut();
            gap.last = gap.last.min(last);
        }
        self.highest = self.highest.min(last);
    }

    /// Gives up all ranges, where rows appear in the order of their ids.
    pub(super) fn close_all(&mut self) -> impl Iterator<Item = RangeInclusive<u64>> {
        let ranges = std::mem::take(&mut self.ranges);
        ranges.into_iter().map(|(first, gap)| first..=gap.last)
    }

    fn range_of(&self, id: u64) -> Option<(u64, Gap)> {
        let (first, gap) = self.ranges.range(..=id).next_back()?;
        (gap.last >= id).then_some((*first, *gap))
    }

    /// Beyond its memory the oldest ids are given up: they are the least likely to appear.
    fn insert(&mut self, first: u64, gap: Gap) {
        self.ranges.insert(first, gap);
        if self.ranges.len() > self.max_ranges
            && let Some((first, gap)) = self.ranges.pop_first()
        {
            self.given_up += gap.last - first + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    fn seen(ids: impl IntoIterator<Item = u64>) -> Gaps {
        let mut gaps = Gaps::after(0);
        let now = Instant::now();
        for id in ids {
            gaps.see(id, now);
        }
        gaps
    }

    fn open(gaps: &Gaps) -> Vec<RangeInclusive<u64>> {
        gaps.within(&(1..=u64::MAX)).collect()
    }

    #[test]
    fn ids_between_those_seen_are_ranges_until_they_appear() {
        let mut gaps = seen([1, 2, 6, 9]);
        assert_eq!(open(&gaps), [3..=5, 7..=8]);
        assert_eq!((gaps.settled(), gaps.highest()), (2, 9));
        gaps.see(4, Instant::now());
        assert_eq!(open(&gaps), [3..=3, 5..=5, 7..=8]);
        for id in [3, 5, 7, 8] {
            assert!(gaps.is_open(id));
            gaps.see(id, Instant::now());
            assert!(!gaps.is_open(id));
        }
        assert_eq!((open(&gaps), gaps.settled()), (vec![], 9));
    }

    #[test]
    fn a_range_is_given_up_once_it_was_found_free_twice() {
        let mut gaps = seen([1, 5]);
        assert!(!gaps.found_free(&(2..=4)));
        assert!(!gaps.found_free(&(2..=3)), "another range");
        assert_eq!(open(&gaps), [2..=4]);
        assert!(gaps.found_free(&(2..=4)));
        assert_eq!((open(&gaps), gaps.given_up()), (vec![], 0));
    }

    #[test]
    fn ids_that_are_gone_are_open_again() {
        let mut gaps = seen([1, 2, 3, 6, 7]);
        gaps.reopen(2..=7, Instant::now());
        assert_eq!(open(&gaps), [2..=3, 4..=5, 6..=7]);
        assert_eq!(gaps.settled(), 1);
        gaps.see(7, Instant::now());
        assert_eq!(open(&gaps), [2..=3, 4..=5, 6..=6]);
        gaps.reopen(5..=7, Instant::now());
        assert_eq!(open(&gaps), [2..=3, 4..=5, 6..=6, 7..=7]);
    }

    #[test]
    fn ids_that_are_given_again_are_new_again() {
        let mut gaps = seen([1, 5, 9]);
        gaps.fall_back(7);
        assert_eq!(open(&gaps), [2..=4, 6..=7]);
        assert_eq!((gaps.settled(), gaps.highest()), (1, 7));
        assert!(gaps.is_open(8) && gaps.is_open(9));
        gaps.fall_back(3);
        assert_eq!((open(&gaps), gaps.highest()), (vec![2..=3], 3));
        gaps.start_over();
        assert_eq!((open(&gaps), gaps.settled()), (vec![], 0));
        assert!(gaps.is_open(1));
    }

    #[test]
    fn of_many_ranges_the_last_one_has_no_end() {
        let gaps = seen([2, 4, 6, 8]);
        assert_eq!(gaps.lowest(4), [1..=1, 3..=3, 5..=5, 7..=7]);
        assert_eq!(gaps.lowest(2), [1..=1, 3..=u64::MAX]);
        let again = Gaps::among(&gaps.lowest(4), 8, Instant::now());
        assert_eq!((open(&again), again.highest()), (open(&gaps), 8));
    }

    #[test]
    fn ranges_take_turns() {
        let gaps = seen([2, 4, 6, 8]);
        let due = |after| gaps.due(after, 3, Duration::ZERO, Instant::now());
        assert_eq!(due(0), [1..=1, 3..=3, 5..=5]);
        assert_eq!(due(5), [7..=7, 1..=1, 3..=3]);
        assert_eq!(due(7), [1..=1, 3..=3, 5..=5]);
    }

    #[test]
    fn ranges_of_the_running_poll_are_not_due() {
        let begun = Instant::now();
        let gaps = seen([2, 4]);
        assert!(gaps.due(0, 9, Duration::ZERO, begun).is_empty());
        assert_eq!(gaps.due(0, 9, Duration::ZERO, Instant::now()).len(), 2);
    }

    #[test]
    fn ranges_are_asked_for_after_the_delay_or_when_memory_gets_short() {
        let delay = Duration::from_hours(1);
        let all = [1..=u64::MAX];
        let mut gaps = Gaps::with(0, 4);
        gaps.see(2, Instant::now());
        gaps.see(4, Instant::now());
        assert_eq!(gaps.read(&all, delay), []);
        assert_eq!(gaps.read(&all, Duration::ZERO), [1..=1, 3..=3]);
        gaps.see(6, Instant::now());
        assert_eq!(gaps.read(&all, delay), [1..=1, 3..=3, 5..=5]);
        assert_eq!(gaps.due(0, 9, delay, Instant::now()).len(), 3);
    }

    #[test]
    fn beyond_the_memory_the_oldest_are_given_up_and_counted() {
        let mut gaps = Gaps::with(0, 2);
        for id in [4, 6, 8] {
            gaps.see(id, Instant::now());
        }
        assert_eq!((open(&gaps), gaps.given_up()), (vec![5..=5, 7..=7], 3));
    }

    proptest! {
        #[test]
        fn each_id_is_open_until_it_was_seen(order in vec(1_u64..60, 0..80)) {
            let mut gaps = Gaps::after(0);
            let mut known = BTreeSet::new();
            for id in order {
                prop_assert_eq!(gaps.is_open(id), !known.contains(&id));
                gaps.see(id, Instant::now());
                known.insert(id);
                let highest = known.last().copied().unwrap_or_default();
                let missing: BTreeSet<u64> = (1..=highest).filter(|id| !known.contains(id)).collect();
                let open: BTreeSet<u64> = open(&gaps).into_iter().flatten().collect();
                prop_assert_eq!(&open, &missing);
                prop_assert_eq!(gaps.settled(), missing.first().map_or(highest, |first| first - 1));
            }
        }

        #[test]
        fn no_id_is_lost_without_being_counted(ids in btree_set(1_u64..400, 0..120), most in 1_usize..8) {
            let mut gaps = Gaps::with(0, most);
            for id in &ids {
                gaps.see(*id, Instant::now());
            }
            let open: u64 = open(&gaps).iter().map(|range| range.end() - range.start() + 1).sum();
            prop_assert_eq!(open + gaps.given_up() + ids.len() as u64, gaps.highest());
        }
    }
}
