//! How long rows wait for others, so that one statement takes them all.
//!
//! A statement for each row would cost the server a commit each, and a wait for a batch costs the row its time. So rows wait
//! only where the wait gains something: where many others came just before.

use std::time::Duration;

use tokio::time::Instant;

/// Longest wait, and the time in which arrivals are counted.
pub(super) const LONGEST: Duration = Duration::from_millis(100);
/// Arrivals within [`LONGEST`] up to which a row does not wait: at most one statement each tick.
const FEW: u64 = 16;
/// Arrivals within [`LONGEST`] from which on rows wait for all of it.
const MANY: u64 = 128;

/// Returns how long the next rows wait for others, if this many came within [`LONGEST`] before them.
pub(super) fn wait_after(recent: u64) -> Duration {
    let beyond = recent.clamp(FEW, MANY) - FEW;
    let whole = MANY - FEW;
    LONGEST * u32::try_from(beyond).unwrap_or_default() / u32::try_from(whole).unwrap_or(1)
}

/// Count of the rows that came within [`LONGEST`], from two counts of that length: no row is noted by itself.
#[derive(Debug)]
pub(super) struct Arrivals {
    current: u64,
    previous: u64,
    /// Time at which the current count began.
    begun: Instant,
}

impl Arrivals {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            current: 0,
            previous: 0,
            begun: now,
        }
    }

    /// Notes rows that came now.
    pub(super) fn note(&mut self, rows: u64, now: Instant) {
        self.turn(now);
        self.current = self.current.saturating_add(rows);
    }

    /// Returns about how many rows came within [`LONGEST`] before now.
    pub(super) fn recent(&mut self, now: Instant) -> u64 {
        self.turn(now);
        let left = LONGEST.saturating_sub(now - self.begun);
        let share = u64::try_from(left.as_micros()).unwrap_or_default();
        let whole = u64::try_from(LONGEST.as_micros()).unwrap_or(1);
        self.current
            .saturating_add(self.previous.saturating_mul(share) / whole)
    }

    /// Begins the next count once the time of the current one is over.
    fn turn(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.begun);
        if passed < LONGEST {
            return;
        }
        self.previous = if passed < LONGEST * 2 {
            self.current
        } else {
            0
        };
        self.current = 0;
        self.begun = if passed < LONGEST * 2 {
            self.begun + LONGEST
        } else {
            now
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Notes one row each `pace`, as the writer's ticks bring them, and returns the longest wait.
    fn longest_wait_at(pace: Duration) -> Duration {
        const TICK: Duration = Duration::from_millis(10);
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let mut longest = Duration::ZERO;
        let (mut now, mut noted) = (start, 0);
        while now < start + Duration::from_secs(3) {
            now += TICK;
            let rows = (now - start).as_micros() / pace.as_micros();
            longest = longest.max(wait_after(arrivals.recent(now)));
            arrivals.note(u64::try_from(rows).expect("few") - noted, now);
            noted = u64::try_from(rows).expect("few");
        }
        longest
    }

    #[test]
    fn no_row_waits_at_a_hundred_rows_a_second_and_each_waits_at_two_thousand() {
        assert_eq!(longest_wait_at(Duration::from_millis(10)), Duration::ZERO);
        assert_eq!(longest_wait_at(Duration::from_micros(500)), LONGEST);
    }

    #[test]
    fn the_first_rows_after_a_burst_wait_and_those_after_a_pause_do_not() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        arrivals.note(1_000_000, start);
        assert_eq!(wait_after(arrivals.recent(start)), LONGEST);
        let later = start + LONGEST * 2;
        assert_eq!(wait_after(arrivals.recent(later)), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_longer_than_the_longest_nor_shorter_because_more_came(
            few in any::<u64>(), more in any::<u64>(),
        ) {
            let (few, more) = (few.min(more), few.max(more));
            prop_assert!(wait_after(few) <= wait_after(more));
            prop_assert!(wait_after(more) <= LONGEST);
        }

        #[test]
        fn rows_are_counted_at_most_once_and_forgotten_after_twice_the_time(
            pauses in prop::collection::vec((0_u64..300, 0_u64..1000), 1..40),
        ) {
            let mut now = Instant::now();
            let mut arrivals = Arrivals::new(now);
            let mut noted = Vec::new();
            for (pause, rows) in pauses {
                now += Duration::from_millis(pause);
                let within = |time: Duration| -> u64 {
                    let came = noted.iter().filter(|(at, _)| *at + time > now);
                    came.map(|(_, rows): &(Instant, u64)| rows).sum()
                };
                let recent = arrivals.recent(now);
                prop_assert!(recent <= within(LONGEST * 2), "{recent}");
                arrivals.note(rows, now);
                noted.push((now, rows));
            }
        }
    }
}
