//! Which rows go into which statement, while those that the store refuses are looked for.
//!
//! Rows are decided front to back. How many share a statement follows from how many were refused so far: all of them at
//! first, one in the end where many are bad. A row counts as refused only if it was alone.

use std::ops::Range;

/// So many rows are taken to be good before any was tried: a bad one at the front is no measure for the others.
const PRIOR: usize = 16;
/// The most rows of a statement. More would be undone in vain by the next refusal, and what a larger one gains is small.
const MOST: usize = 50;
/// The least rows of a statement where no bad one is known to be among them: of 1, 2, 3, 4 and 5 the fastest where one
/// row in ten is bad.
const LEAST: usize = 3;

/// The search through a batch.
#[derive(Debug)]
pub(super) struct Search {
    rows: usize,
    /// How many, from the front, are decided.
    decided: usize,
    refused: usize,
    /// Where the group ends that was refused, and whose bad row is not found yet.
    suspect: usize,
}

impl Search {
    pub(super) const fn new(rows: usize) -> Self {
        Self {
            rows,
            decided: 0,
            refused: 0,
            suspect: 0,
        }
    }

    /// Returns the next groups, each for a statement of its own, to be run in order up to the first that is refused.
    /// None are left once every row is decided.
    pub(super) fn next(&self) -> Vec<Range<usize>> {
        let mut groups = Vec::new();
        let mut at = self.decided;
        let mut add = |until: usize, step: usize| {
            while at < until {
                let end = until.min(at + step);
                groups.push(at..end);
                at = end;
            }
            at
        };
        // Within what is known to hold a bad row: less than half of it, so that each try halves the doubt.
        let open = self.open();
        let at = add(self.suspect, if open <= 6 { 1 } else { open * 2 / 5 });
        // Text beyond the next refusal is sent in vain.
        let distance = self.distance();
        let step = distance.map_or(MOST, |distance| (distance / 4).clamp(LEAST, MOST));
        let ahead = distance.map_or(self.rows, |distance| 2 * distance);
        add(self.rows.min(at + ahead), step);
        groups
    }

    /// Notes that the rows up to here are stored.
    pub(super) fn stored(&mut self, end: usize) {
        self.decided = self.decided.max(end);
    }

    /// Notes that the statement of a group was refused, and returns the row if it was alone.
    pub(super) fn refused(&mut self, group: &Range<usize>) -> Option<usize> {
        self.decided = self.decided.max(group.start);
        if group.len() > 1 {
            self.suspect = group.end;
            return None;
        }
        self.decided = group.end;
        self.refused += 1;
        self.suspect = 0;
        Some(group.start)
    }

    fn open(&self) -> usize {
        self.suspect.saturating_sub(self.decided)
    }

    /// Returns how many rows there are for each bad one, as far as is known.
    fn distance(&self) -> Option<usize> {
        let open = self.open();
        let bad = self.refused + usize::from(open > 0);
        (PRIOR + self.decided + open).checked_div(bad)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Statements, requests and the rows refused, where these rows are bad.
    fn search(rows: usize, bad: impl Fn(usize) -> bool) -> (usize, usize, Vec<usize>) {
        let (mut statements, mut requests, mut refused) = (0, 0, Vec::new());
        let mut search = Search::new(rows);
        loop {
            let groups = search.next();
            if groups.is_empty() {
                break;
            }
            requests += 1;
            assert_eq!(groups[0].start, search.decided);
            for group in groups {
                statements += 1;
                if group.clone().any(&bad) {
                    refused.extend(search.refused(&group));
                    break;
                }
                search.stored(group.end);
            }
        }
        assert_eq!(search.decided, rows);
        (statements, requests, refused)
    }

    #[test]
    fn one_bad_row_in_a_thousand_costs_few_statements_wherever_it_is() {
        let costs = (0..1000).map(|bad| search(1000, |row| row == bad).0);
        let worst = costs.max().unwrap_or_default();
        assert!(worst <= 50, "{worst} statements");
    }

    #[test]
    fn one_bad_row_in_ten_costs_well_below_a_statement_a_row() {
        let (statements, requests, refused) = search(1000, |row| row * 7 % 10 == 3);
        assert_eq!(refused.len(), 100);
        assert!(
            statements < 750 && requests < 250,
            "{statements} statements, {requests} requests"
        );
    }

    #[test]
    fn no_rows_cost_nothing_and_good_ones_a_statement() {
        assert_eq!(search(0, |_| false), (0, 0, Vec::new()));
        assert_eq!(search(1000, |_| false), (20, 1, Vec::new()));
        assert_eq!(search(1, |_| true), (1, 1, vec![0]));
    }

    proptest! {
        #[test]
        fn exactly_the_bad_rows_are_refused(bad in prop::collection::vec(any::<bool>(), 0..300)) {
            let (statements, _, refused) = search(bad.len(), |row| bad[row]);
            let expected: Vec<_> = (0..bad.len()).filter(|row| bad[*row]).collect();
            prop_assert_eq!(refused, expected);
            prop_assert!(statements <= 2 * bad.len() + 10);
        }
    }
}
