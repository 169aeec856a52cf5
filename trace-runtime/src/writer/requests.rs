//! Accepting and answering requests of other threads.

use std::sync::PoisonError;

use tokio::time::Instant;

use super::due::Due;
use super::shutdown::ShutdownState;
use super::{StoreDriver, Writer};
use crate::shared::{Request, RequestKind};
use crate::spool_manager::SpoolStorage;
use crate::stats::DeliveryReport;

/// Requests that other threads wait for.
#[derive(Debug, Default)]
pub(super) struct PendingRequests {
    flushes: Vec<Request>,
    pub(super) shutdown: Option<ShutdownState>,
}

impl PendingRequests {
    /// Returns whether events have to be sent before their time.
    pub(super) const fn due(&self) -> Due {
        Due {
            hurried: !self.flushes.is_empty() || self.shutdown.is_some(),
            closing: self.shutdown.is_some(),
        }
    }

    /// Takes all requests.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Request> {
        let shutdown = self.shutdown.take().map(ShutdownState::into_requests);
        let flushes = std::mem::take(&mut self.flushes);
        flushes.into_iter().chain(shutdown.into_iter().flatten())
    }
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Takes the new requests, and all events recorded before them.
    pub(super) fn accept_requests(&mut self, now: Instant) {
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
        self.intake.take(&self.shared.queue, now);
        for mut request in new {
            match request.wish {
                RequestKind::Flush => {
                    request.before = self.intake.backlog().received();
                    self.requests.flushes.push(request);
                }
                RequestKind::Shutdown => self.begin_shutdown(request, now),
            }
        }
    }

    fn begin_shutdown(&mut self, request: Request, now: Instant) {
        self.shared.queue.close();
        let has_spool = self.spool.may_take(now);
        match &mut self.requests.shutdown {
            Some(shutdown) => shutdown.join(request),
            None => self.requests.shutdown = Some(ShutdownState::new(request, has_spool)),
        }
    }

    /// Answers the flushes that are complete or past their deadline.
    pub(super) fn answer_flushes(&mut self, now: Instant) {
        let mut flushes = std::mem::take(&mut self.requests.flushes);
        flushes.retain(|flush| {
            let pending = self.unsettled(flush.before);
            let over = pending == 0 || now >= flush.deadline;
            if over {
                flush
                    .answer
                    .send(DeliveryReport::new(&self.shared.stats(), pending));
            }
            !over
        });
        self.requests.flushes = flushes;
    }
}
