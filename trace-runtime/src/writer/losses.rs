//! What was lost, from when to when, and why.

use std::sync::PoisonError;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use tokio::time::Instant;

use crate::health::{Fault, FaultKind, Part, Status};
use crate::shared::Shared;
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

impl Losses {
    /// Looks whether anything was lost since the last tick.
    pub(super) fn watch(&mut self, shared: &Shared, at: Instant) {
        let now = Timestamp::now();
        for (place, (term, reason)) in Term::LOSSES.into_iter().enumerate() {
            let total = shared.queue.total(term);
            let events = total.saturating_sub(self.seen[place]);
            if events > 0 {
                self.seen[place] = total;
                self.last = Some(at);
                self.lost(shared, reason, events, now);
            }
        }
        if self.last.is_some_and(|last| at > last + RED) {
            self.last = None;
            shared.condition.recover(Part::Losses);
        }
        self.looked = now;
    }

    fn lost(&self, shared: &Shared, reason: &'static str, events: u64, now: Timestamp) {
        let mut losses = shared.losses.lock().unwrap_or_else(PoisonError::into_inner);
        let before = losses.iter_mut().find(|loss| loss.reason == reason);
        let goes_on = |loss: &Loss| now.as_micros() - loss.to.as_micros() < SAME_MICROS;
        let fresh = Loss {
            reason,
            events,
            from: self.looked,
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
        let message = format!("events are being lost since {}: {reason}", self.looked);
        shared
            .condition
            .worsen(Part::Losses, Status::Red, &*message);
        shared.tell(&Fault::new(FaultKind::Loss, message));
    }
}
