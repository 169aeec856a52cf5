//! Choice of the time range for the next step.
//!
//! Steps go from the oldest rows to the youngest. Each starts where the last one ended, so that a server opens only the
//! partitions of that range. Only the first one covers all times, because the time of the oldest row is unknown.

use behavior_trace_core::Timestamp;

/// Minimum width of a range, added to the span of a full step: the span of the narrowest partition.
const HOUR: i64 = 3_600_000_000;

/// A time range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// Inclusive start; `None` for no limit.
    pub(super) since: Option<Timestamp>,
    /// Exclusive end.
    pub(super) until: Timestamp,
}

/// The time that is still to be searched.
#[derive(Debug)]
pub(super) struct Window {
    before: Timestamp,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Everything,
    /// From a timestamp, with a width in microseconds.
    Part(Timestamp, i64),
    /// From a timestamp to the end.
    Rest(Timestamp),
    Nothing,
}

impl Window {
    /// Creates a window over all times before `before`.
    pub(super) const fn new(before: Timestamp) -> Self {
        Self {
            before,
            next: Next::Everything,
        }
    }

    /// Returns the range to search now; `None` once the end is reached.
    pub(super) fn range(&self) -> Option<Range> {
        let (since, until) = match self.next {
            Next::Everything => (None, self.before),
            Next::Part(since, width) => {
                let end = Timestamp::from_micros(since.as_micros().saturating_add(width));
                (Some(since), end.min(self.before))
            }
            Next::Rest(since) => (Some(since), self.before),
            Next::Nothing => return None,
        };
        Some(Range { since, until })
    }

    /// Continues from the end of a step. The next range is as wide as a full step reached, and twice as wide after a step
    /// that was not full. A step that was not full and reached the end was the last one. Without readable times, the next
    /// range covers all times.
    pub(super) fn took(&mut self, times: Option<(Timestamp, Timestamp)>, full: bool) {
        if !full && self.reaches_the_end() {
            self.next = Next::Nothing;
            return;
        }
        let before = match self.next {
            Next::Part(_, width) => width,
            _ => 0,
        };
        self.next = times.map_or(Next::Everything, |(first, last)| {
            let span = last.as_micros().saturating_sub(first.as_micros()).max(0);
            let width = if full {
                span.saturating_add(HOUR)
            } else {
                before.saturating_mul(2).max(HOUR)
            };
            Next::Part(last, width)
        });
    }

    /// Continues with the rest of the time after a range without rows.
    pub(super) fn found_nothing(&mut self) {
        self.next = match self.next {
            Next::Part(since, _) if !self.reaches_the_end() => Next::Rest(since),
            _ => Next::Nothing,
        };
    }

    fn reaches_the_end(&self) -> bool {
        self.range().is_none_or(|range| range.until == self.before)
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

    fn hours(window: &Window) -> Option<(Option<i64>, i64)> {
        let hour = |moment: Timestamp| moment.as_micros() / HOUR;
        window
            .range()
            .map(|range| (range.since.map(hour), hour(range.until)))
    }

    #[test]
    fn a_full_step_is_followed_by_one_as_wide_and_one_that_was_not_by_a_wider() {
        let mut window = Window::new(at(1_000));
        assert_eq!(hours(&window), Some((None, 1_000)));
        window.took(Some((at(0), at(10))), true);
        assert_eq!(hours(&window), Some((Some(10), 21)));
        window.took(Some((at(12), at(20))), false);
        assert_eq!(hours(&window), Some((Some(20), 42)));
        window.found_nothing();
        assert_eq!(hours(&window), Some((Some(20), 1_000)));
        window.took(Some((at(30), at(995))), true);
        assert_eq!(hours(&window), Some((Some(995), 1_000)));
        window.found_nothing();
        assert_eq!(hours(&window), None);
    }

    #[test]
    fn a_step_that_was_not_full_and_reached_the_end_was_the_last() {
        let mut window = Window::new(at(1_000));
        window.took(Some((at(0), at(10))), false);
        assert_eq!(hours(&window), None);
    }

    #[test]
    fn rows_whose_times_cannot_be_read_are_followed_by_a_look_at_everything() {
        let mut window = Window::new(at(1_000));
        window.took(None, true);
        assert_eq!(hours(&window), Some((None, 1_000)));
        window.took(None, false);
        assert_eq!(hours(&window), None);
    }

    proptest! {
        /// Simulates retention on a table with these rows, by the hour, a few rows per step.
        #[test]
        fn every_row_is_found_by_one_look_at_everything(
            mut rows in vec(0_i64..5_000, 0..200), most in 1_usize..40, before in 1_i64..6_000,
        ) {
            rows.sort_unstable();
            let young = rows.iter().filter(|row| **row >= before).count();
            let mut window = Window::new(at(before));
            let mut looks_at_everything = 0;
            for _ in 0..3 * 200 {
                let Some(range) = window.range() else { break };
                looks_at_everything += usize::from(range.since.is_none());
                let is_in = |row: &i64| range.since.is_none_or(|since| at(*row) >= since) && at(*row) < range.until;
                let found: Vec<_> = rows.iter().copied().filter(is_in).take(most).collect();
                let (Some(first), Some(last)) = (found.first(), found.last()) else {
                    window.found_nothing();
                    continue;
                };
                window.took(Some((at(*first), at(*last))), found.len() == most);
                for row in &found {
                    rows.remove(rows.iter().position(|one| one == row).expect("it is there"));
                }
            }
            prop_assert_eq!((rows.len(), window.range(), looks_at_everything), (young, None, 1));
        }
    }
}
