//! Hearing and answering what other threads ask for.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::batch::Origin;
use super::closing::Closing;
use super::{Batch, Destination, Writer};
use crate::shared::{Request, Wish};
use crate::stats::Report;

impl<D: Destination> Writer<D> {
    /// Takes the new requests, and with them everything that was handed over before they were made.
    pub(super) fn hear(&mut self, now: Instant) {
        let new = std::mem::take(
            &mut self
                .shared
                .requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .open,
        );
        if new.is_empty() {
            return;
        }
        self.take_in(now);
        for mut request in new {
            match request.wish {
                Wish::Flush => {
                    request.before = self.backlog.came();
                    self.flushes.push(request);
                }
                Wish::Shutdown => self.close(request, now),
            }
        }
    }

    fn close(&mut self, request: Request, now: Instant) {
        self.shared.queue.close();
        match &mut self.closing {
            Some(closing) => closing.join(request),
            None => self.closing = Some(Closing::new(request, self.spooling.may_take(now))),
        }
    }

    /// Answers the flushes that are over.
    pub(super) fn answer(&mut self, now: Instant) {
        let mut flushes = std::mem::take(&mut self.flushes);
        flushes.retain(|flush| {
            let pending = self.unsettled(flush.before);
            let over = pending == 0 || now >= flush.deadline;
            if over {
                // Whoever asked may have stopped waiting.
                let _ = flush
                    .answer
                    .try_send(Report::new(&self.shared.stats(), pending));
            }
            !over
        });
        self.flushes = flushes;
    }

    /// How many of the events that came before a point are neither stored nor spooled. A batch is not taken apart for
    /// this: later events in it count too.
    pub(super) fn unsettled(&self, before: u64) -> u64 {
        let in_batch = |batch: &Batch| match batch.origin {
            Origin::Queue { first, .. } if first < before => batch.left() as u64,
            _ => 0,
        };
        let flying = self.links.iter().filter_map(|link| link.batch());
        let in_batches: u64 = self.waiting.iter().chain(flying).map(in_batch).sum();
        in_batches + before.saturating_sub(self.backlog.left()) + self.durable.len() as u64
    }
}
