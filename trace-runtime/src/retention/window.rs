//! Where the next step looks: a part of the time that lies behind the last one, so that a server opens only the partitions of that
//! part. What came late is found by a look at everything, which is the last word.

use behavior_trace_core::Timestamp;

/// The narrowest part, and what is added to the width of the last step: the span of the narrowest partition.
const HOUR: i64 = 3_600_000_000;

/// A part of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The first moment in it; none for all there is.
    pub(super) since: Option<Timestamp>,
    /// The first moment that is not in it.
    pub(super) until: Timestamp,
}

/// What the steps so far have shown of how the rows lie.
#[derive(Debug)]
pub(super) struct Window {
    before: Timestamp,
    /// Where the last step ended, and how far the next one looks from there.
    reached: Option<(Timestamp, i64)>,
}

impl Window {
    /// Rows from before this moment are to be found.
    pub(super) const fn new(before: Timestamp) -> Self {
        Self {
            before,
            reached: None,
        }
    }

    /// Returns where to look now: everywhere at first.
    pub(super) fn range(&self) -> Range {
        let part = |(since, width): (Timestamp, i64)| {
            let end = Timestamp::from_micros(since.as_micros().saturating_add(width));
            (since, end.min(self.before))
        };
        match self.reached.map(part) {
            Some((since, until)) if since < until => Range {
                since: Some(since),
                until,
            },
            _ => Range {
                since: None,
                until: self.before,
            },
        }
    }

    /// Looks on from where a step ended: as far as it reached if it was full, and twice as far as before if it was not. Where the
    /// step had no times that can be read, the next one looks everywhere.
    pub(super) fn took(&mut self, times: Option<(Timestamp, Timestamp)>, full: bool) {
        let before = self.reached.map_or(0, |(_, width)| width);
        self.reached = times.map(|(first, last)| {
            let span = last.as_micros().saturating_sub(first.as_micros()).max(0);
            let width = if full {
                span.saturating_add(HOUR)
            } else {
                before.saturating_mul(2).max(HOUR)
            };
            (last, width)
        });
    }

    /// Looks everywhere after a part in which nothing was found.
    pub(super) const fn found_nothing(&mut self) {
        self.reached = None;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_micros(hour * HOUR)
    }

    fn hours(range: Range) -> (Option<i64>, i64) {
        let hour = |moment: Timestamp| moment.as_micros() / HOUR;
        (range.since.map(hour), hour(range.until))
    }

    #[test]
    fn a_full_step_is_followed_by_one_as_wide_and_one_that_was_not_by_a_wider() {
        let mut window = Window::new(at(1_000));
        assert_eq!(hours(window.range()), (None, 1_000));
        window.took(Some((at(0), at(10))), true);
        assert_eq!(hours(window.range()), (Some(10), 21));
        window.took(Some((at(12), at(20))), false);
        assert_eq!(hours(window.range()), (Some(20), 42));
        window.found_nothing();
        assert_eq!(hours(window.range()), (None, 1_000));
        window.took(Some((at(10), at(995))), true);
        assert_eq!(hours(window.range()), (Some(995), 1_000));
        window.took(None, true);
        assert_eq!(hours(window.range()), (None, 1_000));
    }

    proptest! {
        /// A keeper of a table with these rows, by the hour, that takes a few at a time.
        #[test]
        fn every_row_is_found_and_the_last_look_is_at_everything(
            mut rows in vec(0_i64..5_000, 0..200), most in 1_usize..40, before in 1_i64..6_000,
        ) {
            rows.sort_unstable();
            let young = rows.iter().filter(|row| **row >= before).count();
            let mut window = Window::new(at(before));
            for _ in 0..3 * 200 {
                let range = window.range();
                let is_in = |row: &i64| range.since.is_none_or(|since| at(*row) >= since) && at(*row) < range.until;
                let found: Vec<_> = rows.iter().copied().filter(is_in).take(most).collect();
                let (Some(first), Some(last)) = (found.first(), found.last()) else {
                    if range.since.is_none() {
                        break;
                    }
                    window.found_nothing();
                    continue;
                };
                window.took(Some((at(*first), at(*last))), found.len() == most);
                for row in &found {
                    rows.remove(rows.iter().position(|one| one == row).expect("it is there"));
                }
            }
            prop_assert_eq!(rows.len(), young);
        }
    }
}
