//! Detection of losses: their period and reason.

use std::sync::PoisonError;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use tokio::time::Instant;

use crate::health::{Component, HealthStatus, RecorderError, RecorderErrorKind};
use crate::shared::Shared;
use crate::stats::{Loss, Metric};

/// Time within which a loss for the same reason continues an earlier one.
const SAME: Duration = Duration::from_secs(10);
/// Time for which a loss keeps health unhealthy.
const RED: Duration = Duration::from_mins(1);

/// Microseconds within which a loss has woken the writer from its rest, on a machine under load too.
const WOKEN_WITHIN: i64 = 250_000;

/// The writer's view of the losses at its last check. People read times of the wall clock, which may be set. Durations use
/// the monotonic clock.
#[derive(Debug)]
pub(super) struct Losses {
    seen: [u64; Metric::LOSSES.len()],
    looked: Timestamp,
    /// Time of the last loss, by reason.
    last: [Option<Instant>; Metric::LOSSES.len()],
    red: bool,
}

impl Default for Losses {
    fn default() -> Self {
        Self {
            seen: [0; Metric::LOSSES.len()],
            looked: Timestamp::now(),
            last: [None; Metric::LOSSES.len()],
            red: false,
        }
    }
}

impl Losses {
    /// Reports the losses since the last tick.
    pub(super) fn watch(&mut self, shared: &Shared, at: Instant) {
        self.watch_by(shared, at, Timestamp::now());
    }

    fn watch_by(&mut self, shared: &Shared, at: Instant, shown: Timestamp) {
        for (place, (term, reason)) in Metric::LOSSES.into_iter().enumerate() {
            let total = shared.queue.total(term);
            let events = total.saturating_sub(self.seen[place]);
            if events > 0 {
                self.seen[place] = total;
                let last = self.last[place].replace(at);
                let goes_on = last.is_some_and(|last| at < last + SAME);
                self.lost(shared, reason, events, goes_on, shown);
            }
        }
        let is_over = |last: &Instant| at > *last + RED;
        if self.red && self.last.iter().flatten().all(is_over) {
            self.red = false;
            shared.condition.recover(Component::Losses);
        }
        self.looked = shown;
    }

    /// Notes that the writer rested until now. A loss wakes it, so there was none but just before.
    pub(super) fn rested(&mut self, now: Timestamp) {
        let just_before = Timestamp::from_micros(now.as_micros().saturating_sub(WOKEN_WITHIN));
        self.looked = self.looked.max(just_before);
    }

    /// Returns the time from which health no longer names the losses.
    pub(super) fn next_due(&self) -> Option<Instant> {
        const BEYOND: Duration = Duration::from_millis(1);
        let last = self.last.iter().flatten().max().filter(|_| self.red);
        last.map(|last| *last + RED + BEYOND)
    }

    fn lost(
        &mut self,
        shared: &Shared,
        reason: &'static str,
        events: u64,
        goes_on: bool,
        shown: Timestamp,
    ) {
        self.red = true;
        let mut losses = shared.losses.lock().unwrap_or_else(PoisonError::into_inner);
        let before = losses.iter_mut().find(|loss| loss.reason == reason);
        // A clock that was set back shows less than at the last check.
        let from = self.looked.min(shown);
        let fresh = Loss {
            reason,
            events,
            from,
            to: shown,
        };
        match before {
            Some(loss) if goes_on => {
                loss.events += events;
                loss.from = loss.from.min(shown);
                loss.to = loss.to.max(shown);
                return;
            }
            Some(loss) => *loss = fresh,
            None => losses.push(fresh),
        }
        drop(losses);
        let message = format!("events are being lost since {from}: {reason}");
        shared
            .condition
            .worsen(Component::Losses, HealthStatus::Unhealthy, &*message);
        shared.tell(&RecorderError::new(RecorderErrorKind::Loss, message));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::config::Config;

    const SECOND: i64 = 1_000_000;

    struct WatchedLoss {
        losses: Losses,
        shared: Shared,
        told: mpsc::Receiver<RecorderErrorKind>,
        begun: Instant,
    }

    impl WatchedLoss {
        fn new() -> Self {
            let (tell, told) = mpsc::channel();
            let mut config = Config::default();
            config.on_error = Some(Arc::new(move |fault: &RecorderError| {
                let _ = tell.send(fault.kind());
            }));
            Self {
                losses: Losses::default(),
                shared: Shared::new(config),
                told,
                begun: Instant::now(),
            }
        }

        /// Loses one event `after` seconds from the beginning, while the wall clock shows `shown`.
        fn lose(&mut self, after: u64, shown: i64) {
            self.shared.queue.counters().add(Metric::QueueFull, 1);
            let at = self.begun + Duration::from_secs(after);
            let shown = Timestamp::from_micros(shown * SECOND);
            self.losses.watch_by(&self.shared, at, shown);
        }

        /// Returns the number of errors the hook received, and the last loss.
        fn end(self) -> (usize, Loss) {
            self.shared.end_reports();
            let losses = self.shared.stats().losses;
            (self.told.try_iter().count(), losses[0].clone())
        }
    }

    #[test]
    fn a_new_loss_is_told_though_the_clock_was_set_back() {
        let mut watched = WatchedLoss::new();
        watched.lose(0, 9000);
        watched.lose(3600, 8999);
        let (told, loss) = watched.end();
        assert_eq!((told, loss.events), (2, 1));
        assert!(loss.from <= loss.to, "{loss:?}");
    }

    #[test]
    fn a_loss_that_ends_a_rest_began_within_a_quarter_of_a_second() {
        let mut watched = WatchedLoss::new();
        watched.lose(0, 9000);
        watched
            .losses
            .rested(Timestamp::from_micros(20_000 * SECOND));
        watched.lose(3600, 20_000);
        let (_, loss) = watched.end();
        let (from, to) = (loss.from.as_micros(), loss.to.as_micros());
        assert_eq!((to - from, to), (WOKEN_WITHIN, 20_000 * SECOND));
    }

    #[test]
    fn a_loss_that_goes_on_is_told_once_though_the_clock_was_set_ahead_or_back() {
        let mut watched = WatchedLoss::new();
        for (after, shown) in [(0, 9000), (5, 19_000), (10, 9010), (15, 200)] {
            watched.lose(after, shown);
        }
        let (told, loss) = watched.end();
        assert_eq!((told, loss.events), (1, 4));
        let (from, to) = (loss.from.as_micros(), loss.to.as_micros());
        assert_eq!((from, to), (200 * SECOND, 19_000 * SECOND));
    }
}
