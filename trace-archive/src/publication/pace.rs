//! When a run seals, pauses and ends.

use std::time::Duration;

use tokio::time::Instant;

/// Time for which a single run waits for a database that does not answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Shortest pause between two looks at the table.
const LEAST_PAUSE: Duration = Duration::from_millis(5);

/// The settings of a run that concern time.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Time from the first row of a seal to its files.
    pub(super) every: Duration,
    /// Time after which an id without a row is taken to be unused.
    pub(super) settle_delay: Duration,
    /// Pause between two looks at the table.
    pub(super) poll_interval: Duration,
    /// The last id of a single run.
    pub(super) end: Option<u64>,
}

/// Place of a run after a look at the table.
#[derive(Clone, Copy)]
pub(super) struct Reached {
    /// Rows wait for a seal.
    pub(super) has_rows: bool,
    /// There was no more to read.
    pub(super) is_at_end: bool,
    /// The database answered.
    pub(super) answers: bool,
}

/// The times that decide.
pub(super) struct Times {
    now: Instant,
    answered: Instant,
    /// When the first row of the next seal was read.
    pub(super) first_row: Option<Instant>,
    /// When the end of the table was reached first.
    at_end: Option<Instant>,
}

impl Default for Times {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            now,
            answered: now,
            first_row: None,
            at_end: None,
        }
    }
}

impl Times {
    pub(super) fn note(&mut self, now: Instant, reached: Reached) {
        self.now = now;
        if reached.answers {
            self.answered = now;
            if reached.is_at_end {
                self.at_end.get_or_insert(now);
            }
        }
        if reached.has_rows {
            self.first_row.get_or_insert(now);
        }
    }

    /// Returns whether the database has not answered for the time that a single run waits.
    pub(super) fn is_unanswered(&self) -> bool {
        self.now >= self.answered + ANSWER
    }

    /// Returns whether the rows are to be sealed. A seal that is not complete, because rows with lower ids may still appear,
    /// waits for them at most for the settle delay.
    pub(super) fn is_due(&self, pace: &Pace, is_complete: bool) -> bool {
        let Some(first) = self.first_row else {
            return false;
        };
        let due = first + pace.every;
        self.now >= due && (is_complete || self.now >= due + pace.settle_delay)
    }

    /// Returns whether a single run has read all rows. Ids that stay open are waited for at most for twice the settle delay.
    pub(super) fn has_ended(&self, pace: &Pace, is_complete: bool) -> bool {
        self.at_end.is_some_and(|at_end| {
            is_complete || self.now >= at_end + pace.settle_delay.saturating_mul(2)
        })
    }

    /// Returns how long to wait for the next look.
    pub(super) fn pause(&self, pace: &Pace) -> Duration {
        let due = self.first_row.map(|first| first + pace.every);
        let until_due = due.and_then(|due| due.checked_duration_since(self.now));
        let pause = until_due.map_or(pace.poll_interval, |due| due.min(pace.poll_interval));
        pause.max(LEAST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn pace() -> Pace {
        Pace {
            every: SECOND * 60,
            settle_delay: SECOND * 10,
            poll_interval: SECOND,
            end: Some(7),
        }
    }

    fn after(times: &mut Times, begun: Instant, seconds: u32, reached: Reached) {
        times.note(begun + SECOND * seconds, reached);
    }

    #[test]
    fn a_seal_waits_for_open_ids_for_the_settle_delay() {
        let (mut times, reached) = (
            Times::default(),
            Reached {
                has_rows: true,
                is_at_end: true,
                answers: true,
            },
        );
        let begun = times.now;
        after(&mut times, begun, 0, reached);
        after(&mut times, begun, 59, reached);
        assert!(!times.is_due(&pace(), true));
        assert_eq!(times.pause(&pace()), SECOND);
        after(&mut times, begun, 60, reached);
        assert!(times.is_due(&pace(), true) && !times.is_due(&pace(), false));
        after(&mut times, begun, 70, reached);
        assert!(times.is_due(&pace(), false));
    }

    #[test]
    fn a_single_run_ends_at_the_end_and_gives_up_on_open_ids_and_on_silence() {
        let mut times = Times::default();
        let begun = times.now;
        let reached = |is_at_end, answers| Reached {
            has_rows: false,
            is_at_end,
            answers,
        };
        after(&mut times, begun, 1, reached(false, true));
        assert!(!times.has_ended(&pace(), true));
        after(&mut times, begun, 2, reached(true, true));
        assert!(times.has_ended(&pace(), true) && !times.has_ended(&pace(), false));
        after(&mut times, begun, 22, reached(true, true));
        assert!(times.has_ended(&pace(), false) && !times.is_unanswered());
        after(&mut times, begun, 52, reached(true, false));
        assert!(times.is_unanswered());
    }
}
