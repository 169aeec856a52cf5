//! The writer: takes events from the queue, makes rows of them, and delivers each row to the store or the spool.
//!
//! It has its own thread and runtime. One loop owns all parts, each with its own state: [`intake`] for events that arrive,
//! [`delivery`] for rows on their way to the store, [`requests`] for callers that wait, [`losses`] for lost events.
//! Attempts to store run concurrently, one per connection, and return their batch when they end. [`batch`],
//! [`availability`] and [`judgement`] decide without I/O how to react to a result.

mod adoption;
mod ages;
mod backlog;
mod delivery;
mod due;
mod intake;
mod ledger;
mod linger;
mod losses;
mod pace;
mod requests;
mod rest;
mod shutdown;
#[cfg(test)]
#[path = "../../tests/simulation/mod.rs"]
mod simulation;
mod spooling;
mod supervisor;
#[cfg(test)]
#[path = "../../tests/writer/mod.rs"]
pub(crate) mod tests;

use std::sync::Arc;

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::jitter::Jitter;
use behavior_trace_store::delivery::judgement::Law;
use tokio::time::Instant;

use crate::shared::Shared;
use crate::spool_manager::{SpoolManager, SpoolStorage};
use crate::stats::Metric;
use adoption::Adoption;
pub(crate) use adoption::LeftBuffers;
use delivery::Delivery;
use intake::EventIntake;
use losses::Losses;
use pace::{IDLE_TICK, Pace, QUIET};
use requests::PendingRequests;
pub(crate) use supervisor::start;

/// State of the writer's loop. It outlives a panic of the loop, so that no event it holds is lost with it.
pub(crate) struct Writer<D: StoreDriver, S: SpoolStorage> {
    shared: Arc<Shared>,
    intake: EventIntake,
    delivery: Delivery<D>,
    spool: SpoolManager<S>,
    requests: PendingRequests,
    losses: Losses,
    adoption: Adoption,
    /// Whether it was told that no mapped buffer could be made.
    told_unmapped: bool,
    /// Time of the next note of the oldest events.
    ages_due: Option<Instant>,
    pace: Pace,
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    pub(crate) fn new(shared: Arc<Shared>, driver: D, storage: S) -> Self {
        Self::with(shared, driver, storage, Law::IN_FORCE, Jitter::default())
    }

    pub(crate) fn with(
        shared: Arc<Shared>,
        driver: D,
        storage: S,
        law: Law,
        jitter: Jitter,
    ) -> Self {
        Self {
            intake: EventIntake::new(),
            delivery: Delivery::new(Arc::clone(&shared), driver, law, jitter),
            spool: SpoolManager::new(&shared, storage),
            requests: PendingRequests::default(),
            losses: Losses::default(),
            adoption: Adoption::new(&shared),
            told_unmapped: false,
            ages_due: None,
            pace: Pace::new(QUIET),
            shared,
        }
    }

    /// Runs until a shutdown is complete.
    pub(crate) async fn run(&mut self) {
        loop {
            let now = Instant::now();
            let leaves = self.can_leave_events();
            let queue = &self.shared.queue;
            let received = self.intake.take_due(queue, leaves, IDLE_TICK, now);
            self.accept_requests(now);
            self.adopt_buffers(now);
            self.spool.maintain(now).await;
            self.make_durable().await;
            let due = self.requests.due();
            self.delivery
                .dispatch(&mut self.intake, &mut self.spool, due, now)
                .await;
            self.spool_due(now).await;
            self.settle_buffers();
            self.note_ages(Instant::now()).await;
            self.losses.watch(&self.shared, Instant::now());
            self.shared.line.catch_up();
            self.answer_flushes(now);
            if self.has_shut_down(now).await {
                self.shared.queue.set_resting(false);
                return;
            }
            self.rest(received).await;
        }
    }

    /// Returns whether there is enough to send without the events in the threads' buffers, and no request needs them. With
    /// a spool the answer is no, because an event has to be spooled within a quarter of a second and a tick.
    fn can_leave_events(&self) -> bool {
        self.intake.is_full() && !self.requests.due().hurried && !self.shared.config.spools()
    }

    /// Returns how many events received before `before` are neither stored nor spooled. Positions count all received
    /// events.
    fn unsettled(&self, before: u64) -> u64 {
        self.delivery.unsettled(before) + self.intake.uncut(before)
    }

    fn count(&self, term: Metric, count: u64) {
        self.shared.queue.counters().add(term, count);
    }

    fn uncount(&self, term: Metric, count: u64) {
        self.shared.queue.counters().sub(term, count);
    }
}
