//! The writer: takes events from the queue, makes rows of them, and sees each row to the store or to the spool.
//!
//! It lives on a thread and a runtime of its own. One loop owns its parts, each with a state of its own: [`intake`] for what
//! has come, [`delivery`] for what is on its way to the store, [`requests`] for who waits, [`losses`] for what is lost.
//! Attempts to store run beside it, one per connection, and hand their batch back when they end. What an answer means is
//! decided in [`batch`], [`availability`] and [`judgement`], without I/O.

mod backlog;
mod delivery;
mod intake;
mod losses;
mod requests;
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
use std::time::Duration;

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::dice::Dice;
use behavior_trace_store::delivery::judgement::Law;
use tokio::time::{Instant, sleep};

use crate::shared::Shared;
use crate::spool_manager::{SpoolManager, SpoolStorage};
use crate::stats::Metric;
use delivery::Delivery;
use intake::EventIntake;
use losses::Losses;
use requests::PendingRequests;
pub(crate) use supervisor::start;

/// The tick while there is traffic, and the longest one when idle.
const TICK: Duration = Duration::from_millis(10);
const IDLE_TICK: Duration = Duration::from_millis(250);
/// While all connections are at work and the next batch is at hand: the end of an attempt is what is waited for, and to come
/// back before is felt, a slow server's batch taking several ticks.
const BUSY_TICK: Duration = Duration::from_millis(50);

/// See the module. It outlives a panic of its own loop, so that nothing it holds is lost with it.
pub(crate) struct Writer<D: StoreDriver, S: SpoolStorage> {
    shared: Arc<Shared>,
    intake: EventIntake,
    delivery: Delivery<D>,
    spool: SpoolManager<S>,
    requests: PendingRequests,
    losses: Losses,
    tick: Duration,
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    pub(crate) fn new(shared: Arc<Shared>, driver: D, storage: S) -> Self {
        Self::with(shared, driver, storage, Law::IN_FORCE, Dice::default())
    }

    pub(crate) fn with(shared: Arc<Shared>, driver: D, storage: S, law: Law, dice: Dice) -> Self {
        Self {
            intake: EventIntake::new(),
            delivery: Delivery::new(Arc::clone(&shared), driver, law, dice),
            spool: SpoolManager::new(&shared, storage),
            requests: PendingRequests::default(),
            losses: Losses::default(),
            tick: TICK,
            shared,
        }
    }

    /// Works until a shutdown is over.
    pub(crate) async fn run(&mut self) {
        loop {
            let now = Instant::now();
            let leaves = self.can_leave_events();
            let queue = &self.shared.queue;
            let received = self.intake.take_due(queue, leaves, IDLE_TICK, now);
            self.accept_requests(now);
            self.spool.maintain(now).await;
            self.make_durable().await;
            let due = self.requests.due();
            self.delivery
                .dispatch(&mut self.intake, &mut self.spool, due, now)
                .await;
            self.spool_due(now).await;
            self.losses.watch(&self.shared, Instant::now());
            self.shared.line.catch_up();
            self.answer_flushes(now);
            if self.has_shut_down(now).await {
                return;
            }
            self.rest(received).await;
        }
    }

    /// Waits for the tick, a wake signal, or the end of an attempt, whichever is first.
    async fn rest(&mut self, received: bool) {
        self.tick = if self.delivery.is_busy() && self.can_leave_events() {
            BUSY_TICK
        } else if received || self.has_work() {
            TICK
        } else {
            (self.tick * 2).min(IDLE_TICK)
        };
        // To the moment, not to the next tick: processes that were started together tick together.
        let now = Instant::now();
        let until_look = self
            .delivery
            .next_look()
            .filter(|look| *look > now)
            .map_or(self.tick, |look| self.tick.min(look - now));
        let queue = Arc::clone(&self.shared.queue);
        tokio::select! {
            biased;
            completed = self.delivery.completed() => {
                self.delivery.complete(completed, &mut self.spool).await;
            }
            () = queue.woken() => {}
            () = self.spool.changed() => {}
            () = sleep(until_look) => {}
        }
    }

    /// Whether there is enough to send without what lies in threads' buffers, and nobody waits for it: a spool is to have it
    /// within a quarter of a second and a tick.
    fn can_leave_events(&self) -> bool {
        self.intake.is_full() && !self.requests.due().hurried && !self.shared.config.spools()
    }

    fn has_work(&self) -> bool {
        !self.intake.backlog().is_empty()
            || self.delivery.has_work()
            || self.delivery.has_spooled(&self.spool, Instant::now())
    }

    /// How many of the events that came before a point are neither stored nor spooled.
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
