//! Consequences of a completed attempt for its rows and for the store.

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::attempt::{AttemptResult, RefusedRow};
use behavior_trace_store::delivery::availability::Outage;
use behavior_trace_store::delivery::batch::{Batch, NextAction, Origin};
use behavior_trace_store::delivery::connection_slot::{CompletedAttempt, ConnectionSlot};
use behavior_trace_store::delivery::judgement::ProbeResult;
use behavior_trace_store::delivery::session::SessionSerial;
use behavior_trace_store::delivery::{ErrorClass, StoreError};
use tokio::time::Instant;

use super::Delivery;
use super::refused::Alone;
use super::spooled::is_outdated;
use crate::health::{Component, HealthStatus, RecorderError, RecorderErrorKind};
use crate::spool_manager::{SpoolManager, SpoolStorage};
use crate::stats::Metric;

impl<D: StoreDriver> Delivery<D> {
    /// Applies the result of an attempt.
    pub(in crate::writer) async fn complete<S: SpoolStorage>(
        &mut self,
        attempt: CompletedAttempt,
        spool: &mut SpoolManager<S>,
    ) {
        let now = Instant::now();
        self.probe_goes_on = false;
        let CompletedAttempt {
            batch,
            sent,
            result,
            session,
            is_crowded,
        } = attempt;
        if is_crowded {
            let chance = self.jitter.draw();
            self.crowd.refused(now, chance);
        }
        let Some(batch) = batch else {
            return self.looked(&result, now);
        };
        match result {
            AttemptResult::Stored => self.stored(batch, sent, session, spool, now).await,
            AttemptResult::Sifted(refused) => {
                self.sifted(batch, sent, refused, session, spool, now).await;
            }
            AttemptResult::Failed(error) => {
                self.count(Metric::FailedAttempts, 1);
                self.failed(batch, sent, error, session, spool, now).await;
            }
            AttemptResult::Unreached(error) => {
                self.count(Metric::FailedAttempts, 1);
                self.unreached(batch, &error, spool, now).await;
            }
        }
        if self.availability.is_down() && !self.probe_goes_on {
            // It was no commit in any case: the next probe waits.
            self.availability.pace(now, self.jitter.draw());
        }
        self.tell_of_suspects();
    }

    /// Applies the result of a connection check without a row.
    fn looked(&mut self, result: &AttemptResult, now: Instant) {
        match result {
            AttemptResult::Failed(error) | AttemptResult::Unreached(error) => {
                self.count(Metric::FailedAttempts, 1);
                self.store_failed(error, now);
            }
            AttemptResult::Stored | AttemptResult::Sifted(_) => {
                if self.availability.reached(now, self.jitter.draw()) {
                    self.shared.condition.recover(Component::Store);
                    self.suspects.release(now);
                }
            }
        }
    }

    /// Applies a commit of rows.
    fn committed(&mut self, session: SessionSerial, now: Instant) {
        // A survived panic no longer affects health: `restarts` and the losses record it.
        self.shared.condition.recover(Component::Writer);
        if self.availability.committed() {
            self.shared.condition.recover(Component::Store);
            self.suspects.release(now);
            self.waiting.iter_mut().for_each(Batch::hurry);
        }
        self.note_witness(session, now);
    }

    async fn stored<S: SpoolStorage>(
        &mut self,
        mut batch: Batch,
        sent: usize,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        self.committed(session, now);
        if !is_outdated(&batch, spool) {
            self.settle_stored(&mut batch, sent, &[], spool).await;
            batch.settle(sent);
        }
        self.go_on(batch, spool);
    }

    async fn sifted<S: SpoolStorage>(
        &mut self,
        mut batch: Batch,
        sent: usize,
        refused: Vec<RefusedRow>,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        if refused.len() < sent {
            self.committed(session, now);
        }
        if let Some(first) = refused.first() {
            self.count(Metric::FailedAttempts, 1);
            if batch.is_trial() && refused.len() < sent {
                // Rows refused for the same reason may pass now as well.
                self.suspects.release_class(first.error.class(), now);
            }
        }
        if is_outdated(&batch, spool) {
            return;
        }
        let indices: Vec<usize> = refused.iter().map(|row| row.index).collect();
        self.settle_stored(&mut batch, sent, &indices, spool).await;
        let was_trial = batch.is_trial();
        let none_stored = refused.len() == sent;
        let (unproven, error) = self
            .judge_refused(&mut batch, refused, session, spool, now)
            .await;
        batch.settle(sent);
        if let Some(error) = error
            && none_stored
        {
            self.rows_refused(unproven, &error, was_trial, now);
        }
        self.go_on(batch, spool);
    }

    /// Applies an attempt that stored no row, each row having been refused alone.
    fn rows_refused(&mut self, unproven: usize, error: &StoreError, was_trial: bool, now: Instant) {
        let new = if was_trial { 0 } else { unproven };
        let chance = self.jitter.draw();
        let outage = self.availability.refused(new, error.class(), now, chance);
        self.note_outage(outage, error);
    }

    async fn failed<S: SpoolStorage>(
        &mut self,
        mut batch: Batch,
        sent: usize,
        error: StoreError,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        let stored = error.stored().min(sent);
        if stored > 0 {
            self.committed(session, now);
        }
        if is_outdated(&batch, spool) {
            return;
        }
        self.settle_stored(&mut batch, stored, &[], spool).await;
        batch.settle(stored);
        let sent = sent - stored;
        if sent == 0 {
            return self.go_on(batch, spool);
        }
        let chance = self.jitter.draw();
        let commits = self.availability.commits();
        let mut action = batch.failed(sent, &error, commits, now, chance);
        let may_pass = matches!(action, NextAction::Pause | NextAction::SetAside);
        // Rows that were refused before are no evidence against the store, unless the store itself has changed.
        if may_pass && !(batch.is_trial() && action == NextAction::Pause && !self.is_down()) {
            self.store_failed(&error, now);
        }
        if !self.law.judges_alone
            && matches!(
                error.class(),
                ErrorClass::Value | ErrorClass::Rule | ErrorClass::Other
            )
        {
            action = NextAction::FrontFailed;
        }
        let is_down = self.availability.is_down();
        match action {
            NextAction::Send => {
                self.waiting.push_front(batch);
                self.probe_goes_on = is_down;
            }
            NextAction::Pause if batch.is_trial() => self.split_trial(batch, &error, now),
            NextAction::Pause if is_down && sent == 1 => {
                self.front_failed(batch, error, session, spool, now).await;
            }
            NextAction::Pause if !is_down => self.waiting.push_front(batch),
            NextAction::Pause | NextAction::SetAside => self.set_aside(batch, spool).await,
            NextAction::FrontFailed => {
                self.front_failed(batch, error, session, spool, now).await;
            }
        }
    }

    /// Applies the failure of the front row in its own statement.
    async fn front_failed<S: SpoolStorage>(
        &mut self,
        mut batch: Batch,
        error: StoreError,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        let refused = RefusedRow {
            index: 0,
            error,
            witness: !self.law.judges_alone,
            repeated: !self.law.judges_alone,
            probe: if self.law.judges_alone {
                ProbeResult::Unknown
            } else {
                ProbeResult::Passed
            },
        };
        self.judge_refused(&mut batch, vec![refused], session, spool, now)
            .await;
        batch.settle(1);
        if self.availability.is_down() && batch.remaining() > 0 {
            self.set_aside(batch, spool).await;
        } else if batch.remaining() > 0 {
            // Behind the batch made of the row.
            self.waiting.push_back(batch);
        } else {
            self.release(&batch);
        }
    }

    /// Sets rows of a failed trial aside, each to be tried by itself later.
    fn split_trial(&mut self, mut batch: Batch, error: &StoreError, now: Instant) {
        while batch.remaining() > 0 {
            let alone = Alone::unjudged(&mut batch, 0, error);
            let suspect = alone.into_suspect();
            batch.settle(1);
            let chance = self.jitter.draw();
            self.suspects.add(suspect, now, chance);
        }
    }

    /// Applies a failure of the store.
    pub(super) fn store_failed(&mut self, error: &StoreError, now: Instant) {
        self.note_crowd(error, now);
        if error.class() == ErrorClass::ReadOnly {
            // A failover: the name may resolve to another server now.
            for slot in &mut self.slots {
                drop(ConnectionSlot::disconnect(slot));
            }
        }
        let chance = self.jitter.draw();
        let outage = self.availability.failed(error.class(), now, chance);
        self.note_outage(outage, error);
    }

    fn note_outage(&mut self, outage: Outage, error: &StoreError) {
        if outage == Outage::NotYet {
            return;
        }
        let (status, what) = match error.class() {
            ErrorClass::Configuration | ErrorClass::Server => {
                (HealthStatus::Unhealthy, "is unavailable")
            }
            ErrorClass::Value | ErrorClass::Rule | ErrorClass::TooBig | ErrorClass::Other => {
                (HealthStatus::Unhealthy, "refuses every row alike")
            }
            _ => (HealthStatus::Degraded, "is unavailable"),
        };
        let cause = format!("the database {what}: {error}");
        self.shared
            .condition
            .worsen(Component::Store, status, &*cause);
        if outage == Outage::News {
            self.shared
                .tell(&RecorderError::new(RecorderErrorKind::Store, cause));
        }
    }

    /// Counts the next `sent` rows of the batch as stored, except those at the indices in `except`.
    async fn settle_stored<S: SpoolStorage>(
        &mut self,
        batch: &mut Batch,
        sent: usize,
        except: &[usize],
        spool: &mut SpoolManager<S>,
    ) {
        let stored = (sent - except.len()) as u64;
        if stored == 0 {
            return;
        }
        if !batch.is_spooled() {
            self.uncount(Metric::InHand, stored);
            return self.count(Metric::Stored, stored);
        }
        let numbers: Vec<i64> = batch.numbers()[..sent]
            .iter()
            .enumerate()
            .filter(|(index, _)| !except.contains(index))
            .map(|(_, number)| *number)
            .collect();
        if spool.remove(&numbers).await.is_ok() {
            self.uncount(Metric::Spooled, stored);
            self.count(Metric::Stored, stored);
        } else if let Some(first) = numbers.first() {
            // Rows that could not be removed are sent again, and counted then.
            self.cursor.reread(*first);
        }
    }

    /// Queues the rest of the batch, or releases the batch if it is empty.
    fn go_on<S: SpoolStorage>(&mut self, batch: Batch, spool: &SpoolManager<S>) {
        if batch.remaining() > 0 && !is_outdated(&batch, spool) {
            self.waiting.push_front(batch);
        } else {
            self.release(&batch);
        }
    }

    /// Releases the room of a batch that the writer is done with.
    pub(super) fn release(&self, batch: &Batch) {
        if let Origin::Queue { bytes, .. } = batch.origin {
            self.shared.queue.release(bytes);
        }
    }
}
