//! The writer's thread, and recovery when the writer panics.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use behavior_trace_core::ReentrancyGuard;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::{StoreDriver, Writer};
use crate::health::{Component, HealthStatus, RecorderError, RecorderErrorKind};
use crate::shared::Shared;
use crate::spool_manager::SpoolStorage;
use crate::stats::Metric;

/// Starts of the writer. After the first panic it starts again; after the second it only spools, if it has a spool; the
/// third ends it.
const LIVES: u32 = 3;

/// Starts the writer on its own thread.
pub(crate) fn start<D: StoreDriver, S: SpoolStorage>(
    shared: Arc<Shared>,
    driver: D,
    storage: S,
) -> io::Result<()> {
    thread::Builder::new()
        .name("behavior-trace".to_owned())
        .spawn(move || supervise(&shared, driver, storage))
        .map(drop)
}

fn supervise<D: StoreDriver, S: SpoolStorage>(shared: &Arc<Shared>, driver: D, storage: S) {
    let _ = shared.thread.set(thread::current().id());
    let _quiet = ReentrancyGuard::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return die_early(shared, &error),
    };
    let local = LocalSet::new();
    let mut writer = Writer::new(Arc::clone(shared), driver, storage);
    for life in 1..=LIVES {
        match catch_unwind(AssertUnwindSafe(|| local.block_on(&runtime, writer.run()))) {
            Ok(()) => break,
            Err(_) if life < LIVES => writer.come_back(life > 1),
            Err(_) => writer.die(),
        }
    }
    shared.end_reports();
    writer.answer_all();
    drop((writer, local));
    // A pending name lookup must not delay the end.
    runtime.shutdown_background();
}

fn die_early(shared: &Arc<Shared>, error: &io::Error) {
    shared.queue.seal();
    let mut lost = 0;
    shared.queue.drain(|chunk| lost += chunk.frames());
    let counters = shared.queue.counters();
    counters.sub(Metric::InHand, lost);
    counters.add(Metric::WriterDied, lost);
    let cause = format!("the writer's runtime could not be made, nothing is recorded: {error}");
    shared
        .condition
        .worsen(Component::Writer, HealthStatus::Unhealthy, &*cause);
    shared.tell(&RecorderError::new(RecorderErrorKind::Panic, cause));
    shared.end_reports();
    shared.end();
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Continues after a panic with all events the writer held.
    fn come_back(&mut self, again: bool) {
        self.count(Metric::Restarts, 1);
        if again && self.shared.config.spools() {
            self.delivery.only_spools();
        }
        let (status, cause) = match (again, self.shared.config.spools()) {
            (true, true) => (
                HealthStatus::Unhealthy,
                "the writer panicked again; events go to the spool only, restart the process",
            ),
            (true, false) => (
                HealthStatus::Unhealthy,
                "the writer panicked again; without a spool it goes on sending, restart the process",
            ),
            (false, _) => (
                HealthStatus::Degraded,
                "the writer panicked and was restarted",
            ),
        };
        self.shared
            .condition
            .worsen(Component::Writer, status, cause);
        self.shared
            .tell(&RecorderError::new(RecorderErrorKind::Panic, cause));
        self.delivery.abandon_attempts();
        self.count_missing();
    }

    /// Counts the events lost in the panic: at most one batch, the one in work.
    fn count_missing(&self) {
        let in_hand = self.shared.queue.counters().get(Metric::InHand);
        let missing = in_hand.saturating_sub(self.unsettled(self.intake.backlog().received()));
        if missing > 0 {
            self.shared.queue.hold_unsettled();
        }
        self.uncount(Metric::InHand, missing);
        self.count(Metric::WriterDied, missing);
    }

    /// Ends the writer after too many panics. Counts the events in memory as lost.
    fn die(&mut self) {
        self.shared.queue.seal();
        let counters = self.shared.queue.counters();
        self.shared.queue.drain(drop);
        let lost = counters.get(Metric::InHand);
        counters.sub(Metric::InHand, lost);
        counters.add(Metric::WriterDied, lost);
        let cause =
            "the writer panicked too often and has ended; nothing is recorded, restart the process";
        self.shared
            .condition
            .worsen(Component::Writer, HealthStatus::Unhealthy, cause);
        self.shared
            .tell(&RecorderError::new(RecorderErrorKind::Panic, cause));
        self.losses.watch(&self.shared, Instant::now());
    }
}
