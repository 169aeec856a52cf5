//! What goes to the spool, and when.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::batch::{Batch, Origin};
use super::finish::finish;
use super::rows::Rows;
use super::{Destination, Writer};
use crate::health::{Fault, FaultKind};
use crate::queue::Parcel;
use crate::stats::Term;

/// Between two looks at a spool that cannot be used just now, while a shutdown waits for it.
const LOOK: Duration = Duration::from_millis(10);
/// How long events wait for a busy store before they go to the spool; a crash takes what is in memory.
const SLOW: Duration = Duration::from_millis(250);

impl<D: Destination> Writer<D> {
    /// Spools what cannot wait for the store: everything due while it is away, and what piles up while it is slow.
    pub(super) async fn relieve(&mut self, now: Instant) {
        if self.route.is_down() && self.spooling.is_ready(now) {
            self.set_aside_waiting().await;
        }
        // Whoever asks meanwhile is heard between two batches: a shutdown's time is running.
        while self.spooling.is_ready(now) && self.needs_relief(now) && !self.is_called_away() {
            let Some(batch) = self.cut(now) else {
                continue;
            };
            if !self.set_aside(batch).await {
                return;
            }
        }
    }

    fn needs_relief(&self, now: Instant) -> bool {
        if self.backlog.is_empty() {
            return false;
        }
        let away = self.route.is_down() || self.spool_only;
        let piled_up = self.backlog.bytes() > self.shared.config.queue_bytes / 4
            || self.backlog.is_older(SLOW, now);
        (away && self.is_due(now)) || piled_up
    }

    /// Spools all there is, until the deadline. A write that is under way then is waited for: it may go through, and
    /// what became of its rows would not be known. Whoever asked has an answer by then.
    pub(super) async fn relieve_all(&mut self, deadline: Instant) {
        while self.spooling.may_take(Instant::now()) && self.unsettled(self.backlog.came()) > 0 {
            let now = Instant::now();
            if now >= deadline {
                return;
            }
            if self.spooling.is_opening() {
                self.spooling.look_after(now).await;
                let _ = timeout_at(deadline, self.spooling.changed()).await;
            } else if !self.spooling.is_ready(now) {
                sleep(LOOK).await;
                self.spooling.look_after(Instant::now()).await;
            } else {
                self.relieve_once().await;
            }
        }
    }

    /// One write to the spool.
    async fn relieve_once(&mut self) {
        if !self.durable.is_empty() {
            return self.make_durable().await;
        }
        let first = self
            .waiting
            .iter()
            .position(|batch| batch.front_number().is_none());
        match first {
            Some(at) => drop(self.spool_waiting(at).await),
            None => {
                if let Some(batch) = self.cut(Instant::now()) {
                    self.set_aside(batch).await;
                }
            }
        }
    }

    /// Spools the batches that wait to be sent.
    async fn set_aside_waiting(&mut self) {
        let mut at = 0;
        while at < self.waiting.len() && !self.is_called_away() {
            if !self.spool_waiting(at).await {
                at += 1;
            }
        }
    }

    /// Puts a batch where it is safe until the store is back. Says whether that worked; if not, it waits in memory.
    pub(super) async fn set_aside(&mut self, batch: Batch) -> bool {
        // It waits first: should the spool not answer by a deadline, the batch is still ours to count.
        self.waiting.push_front(batch);
        self.spool_waiting(0).await
    }

    /// Rows from the spool are safe there; such a batch is kept for what is known of it.
    async fn spool_waiting(&mut self, at: usize) -> bool {
        let batch = &self.waiting[at];
        let bytes = match batch.origin {
            Origin::Queue { bytes, .. } => bytes,
            #[cfg(feature = "sqlite")]
            Origin::Spool { .. } => return false,
        };
        let (rows, settled) = (batch.rows(), batch.settled());
        if !self
            .spooling
            .append(&rows.activities(settled..rows.len()))
            .await
        {
            return false;
        }
        let count = (rows.len() - settled) as u64;
        self.waiting.remove(at);
        self.uncount(Term::InHand, count);
        self.count(Term::Spooled, count);
        self.shared.queue.release(bytes);
        true
    }

    /// Spools the events whose callers wait, all in one write, and lets the callers go.
    pub(super) async fn make_durable(&mut self) {
        if self.durable.is_empty() || self.spooling.is_opening() {
            return;
        }
        let mut parcels = std::mem::take(&mut self.durable);
        let (rows, bytes) = self.finished(&mut parcels);
        if rows.is_empty() {
            return self.shared.queue.release(bytes);
        }
        let first = self.backlog.left();
        let batch = Batch::new(rows, Origin::Queue { first, bytes });
        let safe = self.set_aside(batch).await;
        // If the spool refuses, the store is the next best: no caller is held up for it, and each is counted.
        for ticket in parcels.iter().filter_map(|parcel| parcel.ticket.as_ref()) {
            ticket.stamp(safe);
        }
    }

    /// The rows of these events, and how many bytes of the queue's budget they hold.
    fn finished(&self, parcels: &mut [Parcel]) -> (Rows, usize) {
        let policy = self.shared.rules.load();
        let (mut rows, mut bytes) = (Rows::default(), 0);
        for parcel in parcels {
            while let Some(frame) = parcel.next() {
                bytes += frame.size();
                finish(&self.shared, &*policy, frame, &mut rows);
            }
        }
        (rows, bytes)
    }

    /// The oldest rows of the spool that are not on their way.
    pub(super) async fn oldest_spooled(&mut self) -> Option<Batch> {
        #[cfg(feature = "sqlite")]
        {
            let after = self.spooled_out().last;
            let oldest = self
                .spooling
                .oldest(after, super::backlog::ROWS, super::backlog::BYTES)
                .await?;
            let origin = Origin::Spool {
                numbers: oldest.numbers,
                generation: oldest.generation,
            };
            Some(Batch::new(oldest.rows.into_iter().collect(), origin))
        }
        #[cfg(not(feature = "sqlite"))]
        None
    }

    /// Settles the batch's front row as a dead letter. Says no if it has to stay where it is, in the spool.
    pub(super) async fn bury(&mut self, batch: &mut Batch) -> bool {
        if self.spooling.is_opening() {
            self.spooling.changed().await;
        }
        let (Some(row), reason) = (batch.front(), batch.complaint()) else {
            return true;
        };
        let number = batch.front_number();
        let kept = match self.spooling.bury(number, &row, reason).await {
            None if number.is_some() => return false,
            kept => kept.unwrap_or(false),
        };
        let place = if kept {
            "kept as a dead letter"
        } else {
            "lost"
        };
        let message = format!(
            "the database refused the event {} ({} {}), {place}: {reason}",
            row.event_id, row.action, row.resource
        );
        let (from, to) = (
            if number.is_some() {
                Term::Spooled
            } else {
                Term::InHand
            },
            if kept {
                Term::DeadLettered
            } else {
                Term::Poison
            },
        );
        self.uncount(from, 1);
        self.count(to, 1);
        self.shared
            .tell(&Fault::new(FaultKind::DeadLetter, message));
        batch.settle(1);
        true
    }
}
