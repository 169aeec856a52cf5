//! Pace of work that goes through a table step by step: the rows of the next step and the pause after it.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

/// Maximum rows per step.
pub(crate) const STEP: usize = 1_000;

/// Duration above which the next step is smaller. A step that archived a thousand rows took 50 ms beside a writer, whose
/// slowest batches then took four times as long.
const BRIEF: Duration = Duration::from_millis(25);
/// Limit of halvings, at 62 rows. Smaller steps cost as many commits.
const MOST_HALVINGS: u32 = 4;
const LONGEST_REST: Duration = Duration::from_secs(5);
/// Number of steps that determine the usual duration.
const REMEMBERED: usize = 15;
/// Multiple of the usual duration above which the server counts as busy.
const BUSY: u32 = 2;
/// Factor for the pause after a step that met a busy server.
const PATIENCE: u32 = 3;

/// Settings of the pace, and the durations of recent steps. It does not sleep or read a clock.
#[derive(Debug)]
pub(crate) struct Pace {
    rest: u32,
    most: Option<NonZeroU32>,
    halvings: u32,
    recent: VecDeque<Duration>,
}

impl Pace {
    /// Creates a pace with the pause factor `rest` and at most `most` rows per second.
    pub(crate) fn new(rest: u32, most: Option<NonZeroU32>) -> Self {
        Self {
            rest,
            most,
            halvings: 0,
            recent: VecDeque::with_capacity(REMEMBERED),
        }
    }

    /// Returns the maximum rows of the next step: at most one second's worth. Few sizes mean few statements to prepare.
    pub(crate) fn rows(&self) -> usize {
        let most = self.most.map_or(usize::MAX, |most| {
            usize::try_from(most.get()).unwrap_or(usize::MAX)
        });
        (STEP >> self.halvings).min(most)
    }

    /// Returns the pause after a step.
    pub(crate) fn after(&mut self, rows: u64, taken: Duration) -> Duration {
        let busy = self
            .usual()
            .is_some_and(|usual| taken > usual.saturating_mul(BUSY));
        self.halvings = next(self.halvings, taken);
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(taken);
        let patience = if busy { PATIENCE } else { 1 };
        rest(taken, self.rest.saturating_mul(patience)).max(self.owed(rows, taken))
    }

    /// Returns the median of the last steps, once there are enough.
    fn usual(&self) -> Option<Duration> {
        let mut sorted: Vec<_> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        (sorted.len() == REMEMBERED).then(|| sorted[REMEMBERED / 2])
    }

    /// Returns the rest of the minimum time for so many rows.
    fn owed(&self, rows: u64, taken: Duration) -> Duration {
        self.most.map_or(Duration::ZERO, |most| {
            let nanos = rows
                .saturating_mul(1_000_000_000)
                .div_ceil(most.get().into());
            Duration::from_nanos(nanos).saturating_sub(taken)
        })
    }
}

/// Returns the halvings for the next step, by the duration of the last one.
fn next(halvings: u32, taken: Duration) -> u32 {
    if taken > BRIEF {
        (halvings + 1).min(MOST_HALVINGS)
    } else if taken < BRIEF / 3 {
        halvings.saturating_sub(1)
    } else {
        halvings
    }
}

/// Returns the pause for a step, up to a limit: a step that waited long, for a lock or for another server, is not repaid in
/// full.
fn rest(taken: Duration, times: u32) -> Duration {
    taken.saturating_mul(times).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_long_step_is_followed_by_a_smaller_one_and_a_short_step_by_a_larger() {
        let rows = |halvings, taken| STEP >> next(halvings, millis(taken));
        assert_eq!(rows(0, 26), 500);
        assert_eq!(rows(1, 25), 500);
        assert_eq!(rows(1, 8), 1000);
        assert_eq!(rows(0, 1), 1000);
        assert_eq!(rows(4, 1000), 62);
    }

    #[test]
    fn a_rest_is_as_long_as_the_step_so_many_times_and_never_very_long() {
        assert_eq!(rest(millis(20), 3), millis(60));
        assert_eq!(rest(millis(20), 0), Duration::ZERO);
        assert_eq!(rest(millis(60_000), u32::MAX), LONGEST_REST);
    }

    #[test]
    fn a_step_far_slower_than_usual_is_followed_by_a_longer_rest_until_that_is_usual() {
        let mut pace = Pace::new(2, None);
        for _ in 0..REMEMBERED {
            assert_eq!(pace.after(500, millis(10)), millis(20));
        }
        assert_eq!(pace.after(500, millis(20)), millis(40));
        let slow: Vec<_> = (0..REMEMBERED)
            .map(|_| pace.after(500, millis(30)))
            .collect();
        assert_eq!((slow[0], slow[REMEMBERED - 1]), (millis(180), millis(60)));
    }

    #[test]
    fn a_slow_pace_takes_no_more_rows_at_once_than_a_second_may_take() {
        assert_eq!(Pace::new(0, NonZeroU32::new(40)).rows(), 40);
        assert_eq!(Pace::new(0, NonZeroU32::new(5000)).rows(), STEP);
    }

    /// Returns the durations of successive steps, in microseconds.
    fn steps() -> impl Strategy<Value = Vec<u64>> {
        vec(0_u64..2_000_000, 1..60)
    }

    proptest! {
        #[test]
        fn never_more_rows_a_second_than_asked_for(rest in 0_u32..9, most in 1_u32..20_000, steps in steps()) {
            let mut pace = Pace::new(rest, NonZeroU32::new(most));
            let (mut rows, mut passed) = (0_u128, Duration::ZERO);
            for taken in steps.into_iter().map(Duration::from_micros) {
                let step = pace.rows() as u64;
                rows += u128::from(step);
                passed += taken + pace.after(step, taken);
                prop_assert!(rows * 1_000_000_000 <= passed.as_nanos() * u128::from(most));
            }
        }

        #[test]
        fn a_rest_is_at_least_so_many_times_the_step_or_the_longest(rest in 0_u32..20, steps in steps()) {
            let mut pace = Pace::new(rest, None);
            for taken in steps.into_iter().map(Duration::from_micros) {
                let rested = pace.after(1, taken);
                prop_assert!(rested >= (taken * rest).min(LONGEST_REST));
                prop_assert!(rested <= (taken * rest * PATIENCE).min(LONGEST_REST));
            }
        }

        #[test]
        fn a_server_that_is_as_it_was_is_not_given_more_than_it_was_promised(rest in 0_u32..20, taken in 0_u64..2_000_000) {
            let mut pace = Pace::new(rest, None);
            let taken = Duration::from_micros(taken);
            for _ in 0..3 * REMEMBERED {
                prop_assert_eq!(pace.after(1, taken), (taken * rest).min(LONGEST_REST));
            }
        }

        #[test]
        fn a_step_has_as_many_rows_as_one_of_few_statements(steps in steps()) {
            let mut pace = Pace::new(7, None);
            for taken in steps {
                pace.after(1, Duration::from_micros(taken));
                prop_assert!([1000, 500, 250, 125, 62].contains(&pace.rows()));
            }
        }
    }
}
