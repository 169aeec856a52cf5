//! When a run that follows the table to its end has ended, or waits in vain.

use std::time::Duration;

use tokio::time::Instant;

/// When the database answered last, and when the end of the table was reached first.
#[derive(Clone, Copy, Debug)]
pub struct CatchUp {
    now: Instant,
    answered: Instant,
    at_end: Option<Instant>,
}

impl Default for CatchUp {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            now,
            answered: now,
            at_end: None,
        }
    }
}

impl CatchUp {
    /// Time for which a single run waits for a place or a database that does not answer.
    pub const ANSWER: Duration = Duration::from_secs(30);

    /// Notes a look at the table: whether the database answered, and whether there was no more to read.
    pub fn note(&mut self, now: Instant, answers: bool, is_at_end: bool) {
        self.now = now;
        if answers {
            self.answered = now;
            if is_at_end {
                self.at_end.get_or_insert(now);
            }
        }
    }

    /// Returns the time of the last look.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Returns whether the database has not answered for the time that a single run waits.
    pub fn is_unanswered(&self) -> bool {
        self.now >= self.answered + Self::ANSWER
    }

    /// Returns whether a single run has read all rows. Ids that stay open are waited for at most for twice the settle delay.
    pub fn has_ended(&self, settle_delay: Duration, is_complete: bool) -> bool {
        self.at_end.is_some_and(|at_end| {
            is_complete || self.now >= at_end + settle_delay.saturating_mul(2)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_single_run_ends_at_the_end_and_gives_up_on_open_ids_and_on_silence() {
        let mut times = CatchUp::default();
        let begun = times.now();
        let settle_delay = SECOND * 10;
        times.note(begun + SECOND, true, false);
        assert!(!times.has_ended(settle_delay, true));
        times.note(begun + SECOND * 2, true, true);
        assert!(times.has_ended(settle_delay, true) && !times.has_ended(settle_delay, false));
        times.note(begun + SECOND * 22, true, true);
        assert!(times.has_ended(settle_delay, false) && !times.is_unanswered());
        times.note(begun + SECOND * 52, false, true);
        assert!(times.is_unanswered());
    }
}
