//! Search for the rows that the store refuses: decides which rows share a statement.
//!
//! Rows are decided front to back. The number of rows in a statement follows from the number refused so far: all rows at
//! first, and a single row in the end where many are bad. A row counts as refused only if it was alone.

use std::ops::Range;

/// Number of rows assumed to be good before any was tried. A bad row at the front is thus no measure for the others.
const PRIOR: usize = 16;
/// Maximum number of rows in a statement. The next refusal would undo more in vain, and a larger statement gains little.
const MOST: usize = 50;
/// Minimum number of rows in a statement where no bad row is known to be among them. Of 1, 2, 3, 4 and 5 it is the fastest
/// where one row in ten is bad.
const LEAST: usize = 3;

/// State of the search through a batch.
#[derive(Debug)]
pub(super) struct Search {
    rows: usize,
    /// Number of decided rows at the front.
    decided: usize,
    refused: usize,
    /// End of the refused group whose bad row is not yet found.
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

    /// Returns the next groups, each for a separate statement. The caller runs them in order up to the first refusal. The
    /// list is empty once every row is decided.
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
        // Take less than half of the rows known to hold a bad one, so that each try halves the uncertainty.
        let open = self.open();
        let at = add(self.suspect, if open <= 6 { 1 } else { open * 2 / 5 });
        // Text beyond the next refusal is sent in vain.
        let distance = self.distance();
        let step = distance.map_or(MOST, |distance| (distance / 4).clamp(LEAST, MOST));
        let ahead = distance.map_or(self.rows, |distance| 2 * distance);
        add(self.rows.min(at + ahead), step);
        groups
    }

    /// Notes that the rows before `end` are stored.
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

    /// Returns the number of rows per bad row, as far as is known.
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

    /// Returns the number of statements, the number of requests and the rows refused, for a given set of bad rows.
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
