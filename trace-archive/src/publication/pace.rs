//! When a run seals, pauses and ends.

use std::time::Duration;

use behavior_trace_store::CatchUp;
use tokio::time::Instant;

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
#[derive(Default)]
pub(super) struct Times {
    pub(super) catch_up: CatchUp,
    /// When the first row of the next seal was read.
    pub(super) first_row: Option<Instant>,
}

impl Times {
    pub(super) fn note(&mut self, now: Instant, reached: Reached) {
        self.catch_up.note(now, reached.answers, reached.is_at_end);
        if reached.has_rows {
            self.first_row.get_or_insert(now);
        }
    }

    /// Returns whether the rows are to be sealed. A seal that is not complete, because rows with lower ids may still appear,
    /// waits for them at most for the settle delay.
    pub(super) fn is_due(&self, pace: &Pace, is_complete: bool) -> bool {
        let Some(first) = self.first_row else {
            return false;
        };
        let due = first + pace.every;
        let now = self.catch_up.now();
        now >= due && (is_complete || now >= due + pace.settle_delay)
    }

    /// Returns how long to wait for the next look.
    pub(super) fn pause(&self, pace: &Pace) -> Duration {
        let due = self.first_row.map(|first| first + pace.every);
        let until_due = due.and_then(|due| due.checked_duration_since(self.catch_up.now()));
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
        let begun = times.catch_up.now();
        after(&mut times, begun, 0, reached);
        after(&mut times, begun, 59, reached);
        assert!(!times.is_due(&pace(), true));
        assert_eq!(times.pause(&pace()), SECOND);
        after(&mut times, begun, 60, reached);
        assert!(times.is_due(&pace(), true) && !times.is_due(&pace(), false));
        after(&mut times, begun, 70, reached);
        assert!(times.is_due(&pace(), false));
    }
}
