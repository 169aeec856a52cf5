//! Delivery of rows to the store: which rows are sent next, on which connection, and which wait for another attempt.

mod completion;
mod crowd;
mod dead_letter;
mod refused;
mod set_aside;
mod spooled;
mod spooling;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use behavior_trace_core::Timestamp;
use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::attempt::GOODBYE;
use behavior_trace_store::delivery::availability::StoreAvailability;
use behavior_trace_store::delivery::batch::{Batch, Origin};
use behavior_trace_store::delivery::connection_slot::{
    CompletedAttempt, ConnectionSlot, Terms, completed,
};
use behavior_trace_store::delivery::crowd::Crowd;
use behavior_trace_store::delivery::jitter::Jitter;
use behavior_trace_store::delivery::judgement::Law;
use behavior_trace_store::delivery::suspects::{RowPlace, Suspects};
use tokio::time::Instant;

use super::backlog::MAX_ROWS;
use super::due::Due;
use super::intake::EventIntake;
use crate::shared::Shared;
use crate::spool_manager::{SpoolManager, SpoolStorage};
use crate::stats::Metric;
use spooled::SpoolCursor;

/// Number of connections. The second is used only while there is a backlog.
const SLOTS: usize = 2;

/// State of the delivery: connections, waiting batches, and the store's availability.
pub(super) struct Delivery<D: StoreDriver> {
    shared: Arc<Shared>,
    driver: D,
    law: Law,
    jitter: Jitter,
    slots: [ConnectionSlot<D>; SLOTS],
    availability: StoreAvailability,
    crowd: Crowd,
    /// A number of this recorder, so that not all ask for a crowd at the same times.
    chance: u16,
    /// Batches to be sent, for the first time or again.
    waiting: VecDeque<Batch>,
    suspects: Suspects,
    cursor: SpoolCursor,
    /// Set when the spool's batch goes before the queue's.
    spool_is_next: bool,
    /// Kind of the row that probes an outage next.
    probe_turn: ProbeTurn,
    /// Set when the current probe, the first waiting batch, continues with another kind of statement.
    probe_goes_on: bool,
    /// Set after repeated panics: no more rows are sent, everything is spooled.
    spool_only: bool,
}

impl<D: StoreDriver> Delivery<D> {
    pub(super) fn new(shared: Arc<Shared>, driver: D, law: Law, jitter: Jitter) -> Self {
        let chance = { jitter }.draw();
        let availability = StoreAvailability::new(law, driver.has_several_hosts());
        Self {
            shared,
            driver,
            law,
            jitter,
            slots: std::array::from_fn(|_| ConnectionSlot::default()),
            availability,
            crowd: Crowd::default(),
            chance,
            waiting: VecDeque::new(),
            suspects: Suspects::default(),
            cursor: SpoolCursor::default(),
            spool_is_next: false,
            probe_turn: ProbeTurn::RefusedBefore,
            probe_goes_on: false,
            spool_only: false,
        }
    }

    /// Returns whether new rows have to be spooled.
    pub(super) const fn is_down(&self) -> bool {
        self.availability.is_down() || self.spool_only
    }

    pub(super) const fn only_spools(&mut self) {
        self.spool_only = true;
    }

    /// Returns whether all connections are in use.
    pub(super) fn is_busy(&self) -> bool {
        self.slots.iter().all(|slot| !slot.is_at_rest())
    }

    /// Returns whether any batch is in an attempt or waits to be sent.
    pub(super) fn has_work(&self) -> bool {
        !self.waiting.is_empty() || self.slots.iter().any(|slot| !slot.is_at_rest())
    }

    /// Returns whether the store is available as far as is known, and no row is in a batch or set aside.
    pub(super) fn is_idle(&self) -> bool {
        let is_known = !self.availability.is_down() && !self.availability.is_unknown();
        is_known && !self.has_work() && self.suspects.is_empty()
    }

    /// Returns the time at which the next idle connection is closed.
    pub(super) fn next_close(&self) -> Option<Instant> {
        let each = self.slots.iter().filter_map(ConnectionSlot::closes_at);
        each.min()
    }

    /// Returns the time before which the store is not tried, if there is one.
    pub(super) fn next_look(&self) -> Option<Instant> {
        self.availability.next_look()
    }

    /// Sends the batches that are due, on every free connection.
    pub(super) async fn dispatch<S: SpoolStorage>(
        &mut self,
        intake: &mut EventIntake,
        spool: &mut SpoolManager<S>,
        due: Due,
        now: Instant,
    ) {
        self.suspects.keep_generation(spool.generation());
        self.cursor.keep_generation(spool.generation());
        for slot in &mut self.slots {
            slot.close_idle(now);
            if !self.law.ends_sessions {
                slot.forget_given_up();
            }
        }
        while let Some(free) = self.free_slot(intake, spool, due, now) {
            let batch = if !self.law.wants_commit && self.availability.is_down() {
                None
            } else if self.availability.is_down() {
                self.next_probe(intake, spool, due, now).await
            } else {
                self.next_batch(intake, spool, due, now).await
            };
            // Without rows to send, the store is still checked: at the start, and while it is unavailable.
            if batch.is_none() && !(self.availability.is_down() || self.availability.is_unknown()) {
                return self.has_nothing_to_send(now);
            }
            let limit = self.availability.max_rows();
            let terms = Terms {
                statement_timeout: self.shared.config.statement_timeout,
                repeats: self.law.repeats,
                chance: self.chance,
            };
            self.slots[free].launch(&self.driver, batch, limit, terms);
        }
    }

    fn free_slot<S: SpoolStorage>(
        &self,
        intake: &EventIntake,
        spool: &SpoolManager<S>,
        due: Due,
        now: Instant,
    ) -> Option<usize> {
        // Between two turns the store is not down: neither a caller that waits nor a full batch need wait for the next one.
        let presses = due.hurried || intake.is_full();
        let may_try = self.availability.may_try(now) || (presses && !self.availability.is_down());
        if self.spool_only || !may_try {
            return None;
        }
        // An open connection before a new one, for which a full server has no room.
        let is_free = |slot: &ConnectionSlot<D>| slot.is_free(now);
        let connected = |slot: &ConnectionSlot<D>| is_free(slot) && slot.is_connected();
        let free = self.slots.iter().position(connected);
        let free = free.or_else(|| self.slots.iter().position(is_free))?;
        if self.slots.iter().all(ConnectionSlot::is_at_rest) {
            return Some(free);
        }
        // The first connection shows whether there is room. While a session is being ended, the slot has two already.
        let opens_one = self.slots.iter().any(ConnectionSlot::is_opening);
        // Fewer rows than a batch takes gain nothing by a second connection, and a thousand hosts after an outage have them.
        let has_backlog = intake.is_full()
            || !self.waiting.is_empty()
            || self.spooled(spool, now) > MAX_ROWS as u64;
        let may_open = self.availability.is_proven() && !self.crowd.is_crowded(now);
        (may_open && has_backlog && !opens_one).then_some(free)
    }

    /// Returns the next rows for an available store.
    async fn next_batch<S: SpoolStorage>(
        &mut self,
        intake: &mut EventIntake,
        spool: &mut SpoolManager<S>,
        due: Due,
        now: Instant,
    ) -> Option<Batch> {
        let ready = self.waiting.iter().position(|batch| batch.is_due(now));
        if let Some(batch) = ready.and_then(|at| self.waiting.remove(at)) {
            return Some(batch);
        }
        if let Some(batch) = self.next_trial(spool, now).await {
            return Some(batch);
        }
        let has_spooled = !due.closing && self.has_spooled(spool, now);
        let others = has_spooled || !self.waiting.is_empty();
        if intake.is_due(due, others, &self.shared, now) && !(self.spool_is_next && has_spooled) {
            self.spool_is_next = true;
            return intake.cut(&self.shared, now);
        }
        self.spool_is_next = false;
        if has_spooled {
            return self.next_spooled(spool, usize::MAX).await;
        }
        None
    }

    /// Returns the row that probes whether the store is available again. The newest waiting row, the oldest one and one
    /// refused before take turns, because all rows of one kind may be bad.
    async fn next_probe<S: SpoolStorage>(
        &mut self,
        intake: &mut EventIntake,
        spool: &mut SpoolManager<S>,
        due: Due,
        now: Instant,
    ) -> Option<Batch> {
        if std::mem::take(&mut self.probe_goes_on)
            && let Some(batch) = self.waiting.pop_front()
        {
            return Some(batch);
        }
        self.probe_turn = self.probe_turn.next();
        let most = self.availability.max_rows();
        match self.probe_turn {
            ProbeTurn::Newest => {
                if let Some(batch) = self.next_in_memory(intake, due, now) {
                    return Some(batch);
                }
                if let Some(batch) = self.newest_spooled(spool, most).await {
                    return Some(batch);
                }
            }
            ProbeTurn::Oldest => {}
            ProbeTurn::RefusedBefore => {
                let suspects = self.suspects.take_first(most);
                if let Some(batch) = self.trial_of(suspects, spool).await {
                    return Some(batch);
                }
            }
        }
        if !due.closing
            && self.has_spooled(spool, now)
            && let Some(batch) = self.next_spooled(spool, most).await
        {
            return Some(batch);
        }
        if let Some(batch) = self.next_in_memory(intake, due, now) {
            return Some(batch);
        }
        let suspects = self.suspects.take_first(most);
        self.trial_of(suspects, spool).await
    }

    fn next_in_memory(
        &mut self,
        intake: &mut EventIntake,
        due: Due,
        now: Instant,
    ) -> Option<Batch> {
        self.waiting.pop_front().or_else(|| {
            let has_rows =
                intake.is_due(due, true, &self.shared, now) || self.availability.is_down();
            has_rows.then(|| intake.cut(&self.shared, now)).flatten()
        })
    }

    /// Waits for the next attempt to end.
    pub(super) async fn completed(&mut self) -> CompletedAttempt {
        completed(&mut self.slots).await
    }

    /// Abandons the attempts in progress. Their outcome is unknown; the rows keep their ids.
    pub(super) fn abandon_attempts(&mut self) {
        for slot in &mut self.slots {
            if let Some(batch) = slot.abandon() {
                self.waiting.push_front(batch);
            }
        }
    }

    /// Closes all connections in an orderly way.
    pub(super) async fn disconnect(&mut self, deadline: Instant) {
        for slot in &mut self.slots {
            if let Some(connection) = slot.disconnect() {
                let left = deadline.saturating_duration_since(Instant::now());
                let _ = tokio::time::timeout(GOODBYE.min(left), D::close(connection)).await;
            }
        }
    }

    /// Returns how many events received before `before` are in batches or set aside, and not in the spool. Batches are not
    /// split for this: later events in the same batch count too.
    pub(super) fn unsettled(&self, before: u64) -> u64 {
        let under_way = self.slots.iter().filter_map(ConnectionSlot::batch);
        let in_batches: u64 = self
            .waiting
            .iter()
            .chain(under_way)
            .map(|batch| match batch.origin {
                Origin::Queue { first, .. } if first < before => batch.remaining() as u64,
                _ => 0,
            })
            .sum();
        in_batches + self.suspects.in_memory(before)
    }

    /// Returns the positions among which the rows in memory are: those in batches and those set aside.
    pub(super) fn positions_in_memory(&self) -> impl Iterator<Item = Range<u64>> {
        let in_batches = self.batches().filter_map(|batch| match batch.origin {
            Origin::Queue { first, end, .. } => Some(first..end),
            Origin::Spool { .. } => None,
        });
        in_batches.chain(self.suspects.positions_in_memory())
    }

    /// Returns the time of the call of the oldest row that is in a batch or set aside, and not in the spool.
    pub(super) fn oldest_in_memory(&self) -> Option<Timestamp> {
        let in_memory = self.batches().filter(|batch| !batch.is_spooled());
        let first = in_memory.filter_map(|batch| Some(batch.row(0)?.occurred_at));
        first.chain(self.suspects.oldest_in_memory()).min()
    }

    /// Drops all rows in memory; returns their number.
    pub(super) fn drop_all(&mut self) -> u64 {
        let mut lost = 0;
        for batch in self.waiting.drain(..) {
            if !batch.is_spooled() {
                lost += batch.remaining() as u64;
            }
        }
        for suspect in self.suspects.take_in_memory(usize::MAX) {
            if matches!(suspect.place, RowPlace::Memory { .. }) {
                lost += 1;
            }
        }
        lost
    }

    fn count(&self, term: Metric, count: u64) {
        self.shared.queue.counters().add(term, count);
    }

    fn uncount(&self, term: Metric, count: u64) {
        self.shared.queue.counters().sub(term, count);
    }
}

/// Kind of the row that is sent as a probe.
#[derive(Clone, Copy, Debug)]
enum ProbeTurn {
    Newest,
    Oldest,
    RefusedBefore,
}

impl ProbeTurn {
    const fn next(self) -> Self {
        match self {
            Self::Newest => Self::Oldest,
            Self::Oldest => Self::RefusedBefore,
            Self::RefusedBefore => Self::Newest,
        }
    }
}
