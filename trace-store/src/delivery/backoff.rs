//! Waiting times between retries.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
/// Maximum wait, unless someone has to fix a cause first.
pub const LONGEST: Duration = Duration::from_secs(5);

/// Exponential backoff from 50 ms up to the given maximum. Each wait is drawn from the upper half of its step, so that many
/// processes do not return at once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Returns the next wait, `longest` at most. `chance` is any uniformly drawn number.
    pub fn next(&mut self, longest: Duration, chance: u16) -> Duration {
        let full = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(longest);
        self.failures = self.failures.saturating_add(1);
        full / 2 + full / 2 * u32::from(chance) / u32::from(u16::MAX)
    }

    pub const fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_fifty_milliseconds_to_five_seconds() {
        let mut backoff = Backoff::default();
        let longest: Vec<_> = (0..9)
            .map(|_| backoff.next(LONGEST, u16::MAX).as_millis())
            .collect();
        assert_eq!(longest, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn a_wait_is_at_least_half_of_its_step() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next(LONGEST, 0), Duration::from_millis(25));
        assert_eq!(backoff.next(LONGEST, 0), Duration::from_millis(50));
        backoff.reset();
        assert_eq!(backoff.next(LONGEST, 0), Duration::from_millis(25));
    }

    #[test]
    fn many_failures_overflow_nothing() {
        let mut backoff = Backoff { failures: 70_000 };
        assert_eq!(backoff.next(LONGEST, u16::MAX), LONGEST);
    }
}
