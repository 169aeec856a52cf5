//! What was lost, from when to when, and why.

use std::sync::PoisonError;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use tokio::time::Instant;

use super::{Destination, Writer};
use crate::health::{Fault, FaultKind, Part, Status};
use crate::stats::{Loss, Term};

/// A loss within this time after another, for the same reason, is the same one.
const SAME_MICROS: i64 = 10_000_000;
/// Health is red for this long after a loss.
const RED: Duration = Duration::from_mins(1);

/// What the writer saw at its last look.
#[derive(Debug)]
pub(super) struct Losses {
    seen: [u64; Term::LOSSES.len()],
    looked: Timestamp,
    /// By a clock that nobody sets.
    last: Option<Instant>,
}

impl Default for Losses {
    fn default() -> Self {
        Self {
            seen: [0; Term::LOSSES.len()],
            looked: Timestamp::now(),
            last: None,
        }
    }
}

impl<D: Destination> Writer<D> {
    /// Looks whether anything was lost since the last tick.
    pub(super) fn watch_losses(&mut self, at: Instant) {
        let now = Timestamp::now();
        for (place, (term, reason)) in Term::LOSSES.into_iter().enumerate() {
            let total = self.shared.queue.total(term);
            let events = total.saturating_sub(self.losses.seen[place]);
            if events > 0 {
                self.losses.seen[place] = total;
                self.losses.last = Some(at);
                self.lost(reason, events, now);
            }
        }
        if self.losses.last.is_some_and(|last| at > last + RED) {
            self.losses.last = None;
            self.shared.condition.recover(Part::Losses);
        }
        self.losses.looked = now;
    }

    fn lost(&self, reason: &'static str, events: u64, now: Timestamp) {
        let mut losses = self
            .shared
            .losses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = losses.iter_mut().find(|loss| loss.reason == reason);
        let goes_on = |loss: &Loss| now.as_micros() - loss.to.as_micros() < SAME_MICROS;
        let fresh = Loss {
            reason,
            events,
            from: self.losses.looked,
            to: now,
        };
        match before {
            Some(loss) if goes_on(loss) => {
                loss.events += events;
                loss.to = now;
                return;
            }
            Some(loss) => *loss = fresh,
            None => losses.push(fresh),
        }
        drop(losses);
        let message = format!(
            "events are being lost since {}: {reason}",
            self.losses.looked
        );
        self.shared
            .condition
            .worsen(Part::Losses, Status::Red, &*message);
        self.shared.tell(&Fault::new(FaultKind::Loss, message));
    }
}
