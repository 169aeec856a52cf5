//! One range of missing ids, and when it is to be looked at again.

use std::time::{Duration, Instant};

/// Times that a range has to be found free, by locks that do not wait, before its ids count as never used.
const CHECKS: u8 = 2;
/// Longest time between two reads.
const LONGEST_REST: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) last: u64,
    noticed: Instant,
    /// The last read of it, or the time it was noticed.
    read: Instant,
    /// Times it was found free.
    free: u8,
}

impl Gap {
    pub(super) const fn up_to(last: u64, noticed: Instant) -> Self {
        Self {
            last,
            noticed,
            read: noticed,
            free: 0,
        }
    }

    /// Returns the gap with another end.
    pub(super) const fn ending_at(self, last: u64) -> Self {
        Self { last, ..self }
    }

    /// Returns whether to read it now. Each read is about as long after the one before as that was after the beginning, so that
    /// a row comes at most twice as late as it was committed. Questions by locks follow a read, so these are not put off.
    pub(super) fn is_due(&self, settle_delay: Duration, now: Instant) -> bool {
        let age_then = self.read.saturating_duration_since(self.noticed);
        let since = now.saturating_duration_since(self.read);
        let becomes_old = age_then < settle_delay && self.is_old(settle_delay, now);
        self.free > 0 || becomes_old || since >= age_then.min(LONGEST_REST)
    }

    /// Returns whether to ask for it by locks.
    pub(super) fn is_old(&self, settle_delay: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.noticed) >= settle_delay
    }

    pub(super) fn is_older_than(&self, moment: Instant) -> bool {
        self.noticed < moment
    }

    pub(super) const fn was_read(&mut self, now: Instant) {
        self.read = now;
    }

    /// Notes that it was found free, and returns whether it is over.
    pub(super) const fn found_free(&mut self) -> bool {
        self.free += 1;
        self.free >= CHECKS
    }

    /// Notes that something in it was locked.
    pub(super) const fn found_locked(&mut self) {
        self.free = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the times in seconds at which a gap is read, if there is a poll each half second.
    fn reads(settle_delay: u64, polls: u32) -> Vec<f64> {
        let begun = Instant::now();
        let mut gap = Gap::up_to(1, begun);
        let mut reads = Vec::new();
        for poll in 1..=polls {
            let now = begun + Duration::from_millis(500) * poll;
            if gap.is_due(Duration::from_secs(settle_delay), now) {
                gap.was_read(now);
                reads.push(f64::from(poll) / 2.0);
            }
        }
        reads
    }

    #[test]
    fn a_gap_is_read_ever_more_rarely() {
        assert_eq!(reads(100, 50), [0.5, 1.0, 2.0, 4.0, 8.0, 13.0, 18.0, 23.0]);
    }

    #[test]
    fn a_gap_is_read_when_it_becomes_old() {
        assert_eq!(reads(7, 30), [0.5, 1.0, 2.0, 4.0, 7.0, 12.0]);
    }

    #[test]
    fn a_gap_that_was_found_free_is_read_at_once() {
        let now = Instant::now();
        let mut gap = Gap::up_to(1, now);
        gap.was_read(now + Duration::from_mins(1));
        let soon = now + Duration::from_secs(61);
        assert!(!gap.is_due(Duration::from_secs(1), soon));
        assert!(!gap.found_free());
        assert!(gap.is_due(Duration::from_secs(1), soon));
        gap.found_locked();
        assert!(!gap.is_due(Duration::from_secs(1), soon));
        assert!(!gap.found_free());
        assert!(gap.found_free());
    }
}
