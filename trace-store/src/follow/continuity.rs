//! Whether the table is still the one that was followed, by its last rows and the id that it gives next.
//!
//! Nothing here asks the database.

use super::mark::{Mark, Marks};

/// Differences between the rows that were seen and those that are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    /// At least one row is as it was.
    has_same: bool,
    /// Rows whose ids belonged to other rows, or to none.
    pub(super) changed: Vec<Mark>,
}

/// The course of a table's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuity {
    /// They go on.
    GoesOn,
    /// They go on after this one, although higher ones were seen: a crash took those rows and the knowledge of their ids.
    FallsBack(u64),
    /// They begin anew, because the table was truncated, restored or replaced.
    StartsOver,
}

impl Differences {
    /// Compares the rows that were seen with those that are there. Rows with ids that are still open are not compared.
    pub(super) fn between(seen: &Marks, there: &[Mark], is_open: impl Fn(u64) -> bool) -> Self {
        let mut found = Self::default();
        for now in there.iter().filter(|now| !is_open(now.id)) {
            if seen.get(now.id) == Some(*now) {
                found.has_same = true;
            } else {
                found.changed.push(*now);
            }
        }
        found
    }

    /// Decides the course of the ids, with the highest one that was seen and the next one that the table gives.
    pub(super) fn continuity(&self, highest: u64, next: u64) -> Continuity {
        let falls_back = next <= highest;
        if !self.has_same && (falls_back || !self.changed.is_empty()) {
            return Continuity::StartsOver;
        }
        if falls_back {
            return Continuity::FallsBack(next.saturating_sub(1));
        }
        Continuity::GoesOn
    }
}

#[cfg(test)]
mod tests {
    use super::Continuity::{FallsBack, GoesOn, StartsOver};
    use super::*;

    fn marks(rows: &[(u64, u64)]) -> Vec<Mark> {
        let mark = |(id, event): &(u64, u64)| Mark {
            id: *id,
            event: *event,
        };
        rows.iter().map(mark).collect()
    }

    #[test]
    fn the_last_rows_and_the_next_id_tell_a_crash_from_another_table() {
        let was = [(7, 70), (8, 80), (9, 90)];
        for (case, there, next, expected) in [
            ("nothing happened", &was[..], 10, GoesOn),
            ("retention took the newest", &was[..1], 10, GoesOn),
            ("retention took all", &[], 10, GoesOn),
            ("a crash took the newest", &was[..2], 9, FallsBack(8)),
            ("and its id went on", &[(8, 80), (9, 91)], 11, GoesOn),
            ("truncated", &[], 1, StartsOver),
            ("truncated, and two new rows", &[], 3, StartsOver),
            ("truncated, and as many", &[(7, 71), (8, 81)], 9, StartsOver),
            ("truncated, and more", &[(7, 71), (9, 91)], 20, StartsOver),
        ] {
            let mut seen = Marks::default();
            for mark in marks(&was) {
                seen.note(mark);
            }
            let found = Differences::between(&seen, &marks(there), |_| false);
            assert_eq!(found.continuity(9, next), expected, "{case}: {found:?}");
        }
    }

    #[test]
    fn a_row_that_was_not_seen_is_another_unless_its_id_is_open() {
        let mut seen = Marks::default();
        let was = marks(&[(3, 30), (4, 40), (5, 50)]);
        for mark in was {
            seen.note(mark);
        }
        let there = marks(&[(2, 20), (3, 30), (5, 51), (6, 60)]);
        let found = Differences::between(&seen, &there, |id| id == 6);
        assert_eq!(found.changed, marks(&[(2, 20), (5, 51)]));
        assert!(found.has_same);
    }
}
