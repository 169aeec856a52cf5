//! The pause between two rounds of the writer's loop.

use std::future::pending;
use std::sync::Arc;

use behavior_trace_core::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::pace::{Demand, TICK};
use super::{StoreDriver, Writer};
use crate::spool_manager::SpoolStorage;
use crate::stats::Metric;

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Waits for the next round: for the tick, a wake signal, the end of an attempt, or something that is due.
    pub(super) async fn rest(&mut self, received: bool) {
        let now = Instant::now();
        if received {
            self.spool.keep_up(now);
            self.adoption.keep_up(now);
        }
        let pause = self.pace.next(self.demand(received, now), now);
        self.shared.queue.set_resting(pause.rests);
        let tick = pause.longest.map(|longest| now + longest);
        // Until the exact time, not the next tick: processes that were started together tick together.
        let due = if pause.rests {
            self.next_due(now)
        } else {
            self.delivery.next_look().filter(|look| *look > now)
        };
        let until = tick.into_iter().chain(due).min();
        let queue = Arc::clone(&self.shared.queue);
        tokio::select! {
            biased;
            completed = self.delivery.completed() => {
                self.delivery.complete(completed, &mut self.spool).await;
            }
            () = queue.woken() => {}
            () = self.spool.changed() => {}
            () = ended(until) => {}
        }
        if pause.rests {
            self.losses.rested(Timestamp::now());
        }
    }

    fn demand(&self, received: bool, now: Instant) -> Demand {
        if self.delivery.is_busy() && self.can_leave_events() {
            Demand::Saturated
        } else if received || self.has_work() {
            Demand::Work
        } else if self.is_idle(now) {
            Demand::Nothing
        } else {
            Demand::Later
        }
    }

    fn has_work(&self) -> bool {
        !self.intake.backlog().is_empty()
            || self.delivery.has_work()
            || self.delivery.may_send_spooled(&self.spool, Instant::now())
    }

    /// Returns whether nothing is left to do before the next event or due time.
    fn is_idle(&self, now: Instant) -> bool {
        let queue = &self.shared.queue;
        let is_held = |term| queue.counters().get(term) > 0;
        !self.requests.due().hurried
            && self.delivery.is_idle()
            && !self.intake.has_durable()
            && !self.intake.has_pieces()
            && !is_held(Metric::InHand)
            && !is_held(Metric::Spooled)
            && !self.spool.needs_ticks(now)
            && !self.adoption.needs_ticks(now)
            // The room of a unit of work may fill the queue, and events that find it full wake nobody.
            && queue.is_unused()
    }

    /// Returns the time of the next work of an idle writer, if nothing happens before.
    fn next_due(&self, now: Instant) -> Option<Instant> {
        let due = [
            self.delivery.next_close(),
            self.spool.next_due(),
            self.adoption.next_due(),
            self.losses.next_due(),
            self.shared.line.next_due().map(Instant::from_std),
        ];
        let next = due.into_iter().flatten().min()?;
        // What became due within the round has its turn in the next.
        Some(if next > now { next } else { now + TICK })
    }
}

async fn ended(until: Option<Instant>) {
    match until {
        Some(until) => sleep_until(until).await,
        None => pending().await,
    }
}
