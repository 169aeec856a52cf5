//! Decides which events go to the spool, and when.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::{StoreDriver, Writer};
use crate::spool_manager::SpoolStorage;

/// Interval of checks on a spool that cannot be used now, while a shutdown waits for it.
const LOOK: Duration = Duration::from_millis(10);
/// Time events wait for a busy store before they are spooled. A crash loses events in memory.
const SLOW: Duration = Duration::from_millis(250);

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Spools rows that cannot wait for the store: all that are due while it is unavailable, and a growing backlog while it
    /// is slow.
    pub(super) async fn spool_due(&mut self, now: Instant) {
        if self.spool.is_ready(now) {
            // What the spool does not take stays in memory.
            let _ = self.delivery.spool_all_suspects(&mut self.spool).await;
            if self.delivery.is_down() {
                self.spool_waiting_batches().await;
            }
        }
        // A request interrupts between two batches, because a shutdown has a deadline.
        while self.spool.is_ready(now) && self.has_to_spool(now) && !self.should_yield() {
            let Some(batch) = self.intake.cut(&self.shared, now) else {
                continue;
            };
            let spooled = self.delivery.spool_batch(batch, &mut self.spool).await;
            if spooled.is_err() {
                return;
            }
        }
    }

    fn has_to_spool(&self, now: Instant) -> bool {
        let backlog = self.intake.backlog();
        if backlog.is_empty() {
            return false;
        }
        let piled_up =
            backlog.bytes() > self.shared.config.queue_bytes / 4 || backlog.is_older(SLOW, now);
        let due = self.requests.due();
        piled_up || (self.delivery.is_down() && self.intake.is_due(due, true, &self.shared, now))
    }

    /// Spools everything until the deadline. A write in progress at the deadline is awaited: it may succeed, and the fate
    /// of its rows would be unknown. The caller has an answer by then.
    pub(super) async fn spool_all(&mut self, deadline: Instant) {
        let received = self.intake.backlog().received();
        while self.spool.may_take(Instant::now()) && self.unsettled(received) > 0 {
            let now = Instant::now();
            if now >= deadline {
                return;
            }
            if self.spool.is_opening() {
                self.spool.maintain(now).await;
                let _ = timeout_at(deadline, self.spool.changed()).await;
            } else if !self.spool.is_ready(now) {
                sleep(LOOK).await;
                self.spool.maintain(Instant::now()).await;
            } else {
                self.spool_once().await;
            }
        }
    }

    /// Makes one write to the spool.
    async fn spool_once(&mut self) {
        if self.intake.has_durable() {
            return self.make_durable().await;
        }
        if self.delivery.spool_next_waiting(&mut self.spool).await {
            return;
        }
        if let Some(batch) = self.intake.cut(&self.shared, Instant::now()) {
            // What the spool does not take waits in memory.
            let _ = self.delivery.spool_batch(batch, &mut self.spool).await;
        }
    }

    /// Spools the batches that wait to be sent.
    async fn spool_waiting_batches(&mut self) {
        let mut at = 0;
        while at < self.delivery.waiting() && !self.should_yield() {
            let spooled = self.delivery.spool_waiting(at, &mut self.spool).await;
            if spooled.is_err() {
                at += 1;
            }
        }
    }

    /// Spools the durable events in one write, and unblocks their callers.
    pub(super) async fn make_durable(&mut self) {
        if !self.intake.has_durable() || self.spool.opens_soon(Instant::now()) {
            return;
        }
        let mut chunks = self.intake.take_durable();
        let batch = self.intake.finished(&self.shared, &mut chunks);
        // If the spool refuses, the store is next best: no caller waits for it, and each is counted.
        let spooled = self.delivery.spool_batch(batch, &mut self.spool).await;
        for ack in chunks.iter().filter_map(|chunk| chunk.ack.as_ref()) {
            ack.complete(spooled.is_ok());
        }
    }
}
