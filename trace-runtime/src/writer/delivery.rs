//! Sending batches, and acting on the answers.

use tokio::time::Instant;
use uuid::Uuid;

use super::batch::{Batch, Origin, Step};
use super::link::{Landed, Outcome};
use super::{Destination, LINKS, Writer};
use crate::health::{Fault, FaultKind, Part, Status};
use crate::stats::Term;
use crate::store::{ErrorClass, StoreError};

impl<D: Destination> Writer<D> {
    /// Sends what is due, on every connection that is free.
    pub(super) async fn dispatch(&mut self, now: Instant) {
        while let Some(free) = self.free_link(now) {
            let batch = self.next_batch(now).await;
            // With nothing to send, the store is still looked for: at the start, and while it is away.
            if batch.is_none() && !(self.route.is_down() || self.route.is_unknown()) {
                return;
            }
            let patience = self.shared.config.statement_timeout;
            self.links[free].launch(&self.destination, batch, patience);
        }
    }

    fn free_link(&self, now: Instant) -> Option<usize> {
        if self.spool_only || !self.route.may_try(now) {
            return None;
        }
        let free = self.links.iter().position(super::Link::is_free)?;
        let alone = self.links.iter().all(super::Link::is_free);
        let worth_it = self.route.is_proven() && self.has_backlog(now);
        (alone || worth_it).then_some(free)
    }

    /// Whether one connection does not keep up.
    fn has_backlog(&self, now: Instant) -> bool {
        self.backlog.is_full() || !self.waiting.is_empty() || self.spooling.rows(now) > 0
    }

    async fn next_batch(&mut self, now: Instant) -> Option<Batch> {
        let ready = self.waiting.iter().position(|batch| !batch.wants_company());
        if let Some(batch) = ready.and_then(|at| self.waiting.remove(at)) {
            return Some(batch);
        }
        if let Some(batch) = self.new_batch(now).await {
            return Some(batch);
        }
        self.waiting.pop_front()
    }

    /// One that was never sent.
    async fn new_batch(&mut self, now: Instant) -> Option<Batch> {
        let live = !self.backlog.is_empty()
            && (self.is_due(now) || self.route.is_down())
            && !(self.closing.is_none() && self.spool_is_next && self.has_spooled(now));
        if live {
            self.spool_is_next = true;
            return self.cut(now);
        }
        self.spool_is_next = false;
        if !self.has_spooled(now) || self.closing.is_some() {
            return None;
        }
        self.oldest_spooled().await
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.backlog.is_full()
            || self.is_hurried()
            || self.backlog.is_older(self.shared.config.linger, now)
    }

    fn has_spooled(&self, now: Instant) -> bool {
        let out = self.spooled_out();
        out.batches < LINKS && self.spooling.rows(now) > out.rows
    }

    /// What is on its way from the spool.
    pub(super) fn spooled_out(&self) -> SpooledOut {
        let mut out = SpooledOut::default();
        let flying = self.links.iter().filter_map(super::Link::batch);
        for batch in self.waiting.iter().chain(flying) {
            if let Some(last) = batch.last_number()
                && !self.is_outdated(batch)
            {
                out.batches += 1;
                out.rows += batch.left() as u64;
                out.last = out.last.max(Some(last));
            }
        }
        out
    }

    /// Acts on the end of an attempt.
    pub(super) async fn land(&mut self, landed: Landed) {
        let now = Instant::now();
        let Some(mut batch) = landed.batch else {
            return self.found(&landed.outcome, now);
        };
        match landed.outcome {
            Outcome::Stored => {
                self.arrived();
                let settled = batch.settled_by(landed.sent);
                self.settle_stored(&mut batch, settled).await;
                let step = batch.stored();
                self.follow(batch, step, None, now).await;
            }
            Outcome::Failed(error) => {
                self.count(Term::FailedAttempts, 1);
                let stored = batch.settled_by(error.stored().min(landed.sent));
                self.settle_stored(&mut batch, stored).await;
                let step = batch.failed(landed.sent - stored, &error);
                self.follow(batch, step, Some(&error), now).await;
            }
            Outcome::Unreached(error) => {
                self.count(Term::FailedAttempts, 1);
                self.away(&error, now);
                self.set_aside(batch).await;
            }
        }
    }

    /// The store was looked for, without a batch.
    fn found(&mut self, outcome: &Outcome, now: Instant) {
        match outcome {
            Outcome::Stored => {
                if self.route.reached() {
                    self.shared.condition.recover(Part::Store);
                }
            }
            Outcome::Failed(error) | Outcome::Unreached(error) => {
                self.count(Term::FailedAttempts, 1);
                self.away(error, now);
            }
        }
    }

    fn arrived(&mut self) {
        if !self.spool_only {
            // A panic that was survived is past: the restarts and, if it took any events, the losses tell of it.
            self.shared.condition.recover(Part::Writer);
        }
        // What others pass, a batch that was refused may be refused for its own sake.
        self.waiting.iter_mut().for_each(Batch::vouch);
        if self.route.succeeded() {
            self.shared.condition.recover(Part::Store);
        }
    }

    async fn follow(
        &mut self,
        mut batch: Batch,
        step: Step,
        error: Option<&StoreError>,
        now: Instant,
    ) {
        if self.is_outdated(&batch) {
            return self.let_go(&batch);
        }
        match step {
            Step::Done => self.let_go(&batch),
            Step::Send => self.waiting.push_front(batch),
            Step::Pause => {
                self.route.pause(now, chance());
                self.waiting.push_front(batch);
            }
            Step::SetAside => {
                if let Some(error) = error {
                    self.away(error, now);
                }
                if batch.wants_company() && batch.front_number().is_some() {
                    // It is read again, with what has come behind it.
                    return self.let_go(&batch);
                }
                self.set_aside(batch).await;
            }
            Step::DeadLetter => {
                if !self.bury(&mut batch).await || batch.left() == 0 {
                    self.let_go(&batch);
                } else {
                    self.waiting.push_front(batch);
                }
            }
        }
    }

    /// The store will be away for a while.
    fn away(&mut self, error: &StoreError, now: Instant) {
        let class = error.class();
        if class == ErrorClass::ReadOnly {
            // A failover: the name may lead elsewhere now.
            for link in &mut self.links {
                drop(link.disconnect());
            }
        }
        let news = self.route.failed(class, now, chance());
        let status = match class {
            ErrorClass::Configuration => Status::Red,
            _ => Status::Degraded,
        };
        let cause = match class {
            ErrorClass::Other => format!("the database refuses every row alike: {error}"),
            _ => format!("the database is away: {error}"),
        };
        self.shared.condition.worsen(Part::Store, status, &*cause);
        if news {
            self.shared.tell(&Fault::new(FaultKind::Store, cause));
        }
    }

    /// The batch's next `count` rows are in the table.
    async fn settle_stored(&mut self, batch: &mut Batch, count: usize) {
        let number = count as u64;
        match &batch.origin {
            Origin::Queue { .. } => {
                self.uncount(Term::InHand, number);
                self.count(Term::Stored, number);
            }
            #[cfg(feature = "sqlite")]
            Origin::Spool {
                numbers,
                generation,
            } => {
                let from = batch.settled();
                let stored = &numbers[from..from + count];
                // Rows that could not be taken out are sent again, and counted then.
                if self.spooling.remove(*generation, stored).await {
                    self.uncount(Term::Spooled, number);
                    self.count(Term::Stored, number);
                }
            }
        }
        batch.settle(count);
    }

    /// Whether the batch is from a spool file that is no longer ours. Its rows are read again from the new one.
    fn is_outdated(&self, batch: &Batch) -> bool {
        match batch.origin {
            Origin::Queue { .. } => false,
            #[cfg(feature = "sqlite")]
            Origin::Spool { generation, .. } => !self.spooling.is_current(generation),
        }
    }

    /// The writer is done with the batch.
    fn let_go(&self, batch: &Batch) {
        match batch.origin {
            Origin::Queue { bytes, .. } => self.shared.queue.release(bytes),
            #[cfg(feature = "sqlite")]
            Origin::Spool { .. } => {}
        }
    }

    pub(super) fn count(&self, term: Term, count: u64) {
        self.shared.queue.tallies().add(term, count);
    }

    pub(super) fn uncount(&self, term: Term, count: u64) {
        self.shared.queue.tallies().sub(term, count);
    }
}

/// Batches from the spool that are being sent, or wait to be; their rows are still there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpooledOut {
    batches: usize,
    rows: u64,
    /// The number of the last row of them. What is before it and in no batch is read once all of them have landed.
    pub(super) last: Option<i64>,
}

/// Any evenly drawn number.
fn chance() -> u16 {
    let bytes = Uuid::new_v4().into_bytes();
    u16::from_le_bytes([bytes[0], bytes[1]])
}
