//! Turns on a server that has no room for a connection of each recorder.

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::Batch;
use behavior_trace_store::delivery::connection_slot::ConnectionSlot;
use behavior_trace_store::delivery::{ErrorClass, StoreError};
use tokio::time::Instant;

use super::Delivery;
use crate::spool_manager::{SpoolManager, SpoolStorage};

impl<D: StoreDriver> Delivery<D> {
    /// Applies an attempt that got no connection. If only a second one is refused, the first one stores the rows.
    pub(super) async fn unreached<S: SpoolStorage>(
        &mut self,
        batch: Batch,
        error: &StoreError,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        let is_second = self.slots.iter().any(ConnectionSlot::is_connected);
        if error.class() == ErrorClass::Crowded && is_second && !self.availability.is_down() {
            self.note_crowd(error, now);
            self.waiting.push_front(batch);
            return;
        }
        self.store_failed(error, now);
        self.set_aside(batch, spool).await;
    }

    pub(super) fn note_crowd(&mut self, error: &StoreError, now: Instant) {
        if error.class() == ErrorClass::Crowded {
            let chance = self.jitter.draw();
            self.crowd.refused(now, chance);
        }
    }

    /// Closes connections that others may need: one on which nothing was sent, and on a crowded server any, until the next
    /// turn.
    pub(super) fn has_nothing_to_send(&mut self, now: Instant) {
        let is_crowded = self.crowd.is_crowded(now);
        let mut turn_ends = false;
        for slot in &mut self.slots {
            if is_crowded || slot.is_unused() {
                turn_ends |= slot.close() && is_crowded;
            }
        }
        if turn_ends {
            let chance = self.jitter.draw();
            self.availability
                .rest_until(self.crowd.next_turn(now, chance));
        }
    }
}
