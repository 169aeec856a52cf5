//! The shutdown: sends to the store first, then spools, and counts every event that neither took.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{StoreDriver, Writer};
use crate::shared::Request;
use crate::spool_manager::SpoolStorage;
use crate::stats::{DeliveryReport, Metric};

/// Time left for the answer to reach the caller.
const MARGIN: Duration = Duration::from_millis(20);

/// A shutdown in progress.
#[derive(Debug)]
pub(super) struct ShutdownState {
    requests: Vec<Request>,
    deadline: Instant,
    /// Time from which no more rows are sent, and the rest is spooled.
    spool_from: Instant,
}

impl ShutdownState {
    pub(super) fn new(request: Request, has_spool: bool) -> Self {
        let now = Instant::now();
        let deadline = request.deadline.checked_sub(MARGIN).unwrap_or(now).max(now);
        // Without a spool, sending may take all of the time.
        let share = if has_spool { 7 } else { 10 };
        Self {
            deadline,
            spool_from: now + (deadline - now) * share / 10,
            requests: vec![request],
        }
    }

    /// Adds the request of another thread. The first deadline holds.
    pub(super) fn join(&mut self, request: Request) {
        self.requests.push(request);
    }

    pub(super) fn into_requests(self) -> Vec<Request> {
        self.requests
    }
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Returns whether to interrupt long work: there is a new request, or a shutdown has reached its spooling phase.
    pub(super) fn should_yield(&self) -> bool {
        let requests = self
            .shared
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let shutdown = self.requests.shutdown.as_ref();
        !requests.open.is_empty() || shutdown.is_some_and(|it| Instant::now() >= it.spool_from)
    }

    /// Returns whether the shutdown is complete.
    pub(super) async fn has_shut_down(&mut self, now: Instant) -> bool {
        let Some(shutdown) = &self.requests.shutdown else {
            return false;
        };
        let (deadline, spool_from) = (shutdown.deadline, shutdown.spool_from);
        // Sealed, so that an event admitted before the intake stopped is not left behind.
        self.shared.queue.seal();
        self.intake.take(&self.shared.queue, now);
        let received = self.intake.backlog().received();
        if self.unsettled(received) > 0 && now < spool_from {
            return false;
        }
        self.delivery.abandon_attempts();
        self.spool_all(deadline).await;
        self.settle_buffers();
        self.shared.queue.close_buffers();
        self.drop_the_rest();
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = timeout(left, self.spool.close()).await;
        self.delivery.disconnect(deadline).await;
        true
    }

    fn drop_the_rest(&mut self) {
        let lost = self.intake.drop_all() + self.delivery.drop_all();
        self.uncount(Metric::InHand, lost);
        self.count(Metric::Shutdown, lost);
        self.losses.watch(&self.shared, Instant::now());
    }

    /// Answers all requests at the very end, so that none is left open.
    pub(super) fn answer_all(&mut self) {
        let open = {
            let mut requests = self
                .shared
                .requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            requests.ended = true;
            std::mem::take(&mut requests.open)
        };
        let stats = self.shared.stats();
        let report = DeliveryReport::new(&stats, stats.in_memory);
        for request in open.into_iter().chain(self.requests.take()) {
            request.answer.send(report);
        }
    }
}
