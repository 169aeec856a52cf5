//! Rows set aside after a refusal: spooling them, returning them from a trial, and their health status.

use std::time::Duration;

use behavior_trace_core::Activity;
use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::{Batch, Origin};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use behavior_trace_store::delivery::suspects::{RowPlace, Suspect};
use behavior_trace_store::delivery::{ErrorClass, StoreError};
use tokio::time::Instant;

use super::Delivery;
use super::refused::Alone;
use crate::health::{Component, HealthStatus};
use crate::spool_manager::{NotSpooled, SpoolManager, SpoolStorage};
use crate::stats::Metric;

impl<D: StoreDriver> Delivery<D> {
    /// Sets rows aside, where they block no other row. Spools them if the spool takes them.
    pub(super) async fn step_aside<S: SpoolStorage>(
        &mut self,
        aside: Vec<Suspect>,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        let mut aside = aside;
        if !self.law.steps_aside {
            aside
                .drain(..)
                .for_each(|suspect| self.stay_in_front(&suspect, now));
        }
        // What the spool does not take stays in memory.
        let _ = self.spool_suspects(&mut aside, spool).await;
        for suspect in aside {
            if self.suspects.is_full()
                && let Some(number) = suspect.number()
            {
                // It is read again with the others. When this many are refused, the rows are not at fault.
                self.cursor.reread(number);
                continue;
            }
            let chance = self.jitter.draw();
            self.suspects.add(suspect, now, chance);
        }
    }

    /// Moves the rows in memory to the spool.
    pub(in crate::writer) async fn spool_suspects<S: SpoolStorage>(
        &mut self,
        aside: &mut [Suspect],
        spool: &mut SpoolManager<S>,
    ) -> Result<(), NotSpooled> {
        let mut moving: Vec<&mut Suspect> = aside
            .iter_mut()
            .filter(|suspect| suspect.number().is_none())
            .collect();
        if moving.is_empty() {
            return Ok(());
        }
        let rows: Vec<Activity<'static>> = moving
            .iter()
            .filter_map(|suspect| suspect.row().map(Activity::into_owned))
            .collect();
        let last = spool.append(&rows).await?;
        let first = last - i64::try_from(rows.len()).unwrap_or(0) + 1;
        for (number, suspect) in (first..).zip(&mut moving) {
            let place = std::mem::replace(&mut suspect.place, RowPlace::Spool { number });
            if let RowPlace::Memory { bytes, .. } = place {
                self.shared.queue.release(bytes);
            }
        }
        let count = rows.len() as u64;
        self.uncount(Metric::InHand, count);
        self.count(Metric::Spooled, count);
        Ok(())
    }

    /// Moves all rows in memory to the spool.
    pub(in crate::writer) async fn spool_all_suspects<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
    ) -> Result<(), NotSpooled> {
        let mut aside = self.suspects.take_in_memory(usize::MAX);
        if aside.is_empty() {
            return Ok(());
        }
        let done = self.spool_suspects(&mut aside, spool).await;
        for suspect in aside {
            self.suspects.put(suspect);
        }
        done
    }

    /// Returns a batch of rows that were refused before to the rows set aside.
    pub(super) fn return_trial(&mut self, mut batch: Batch) {
        let error = StoreError::new(ErrorClass::Unavailable, "the database is unavailable");
        while batch.remaining() > 0 {
            let mut suspect = Alone::unjudged(&mut batch, 0, &error).into_suspect();
            suspect.with_others = true;
            batch.settle(1);
            self.suspects.put(suspect);
        }
    }

    /// Returns the row to the front. This is the behaviour without setting rows aside, for the test that shows the need for
    /// it.
    fn stay_in_front(&mut self, suspect: &Suspect, now: Instant) {
        let rows: RowBuffer = suspect.row().into_iter().collect();
        match suspect.place {
            RowPlace::Memory {
                first, end, bytes, ..
            } => {
                let mut batch = Batch::new(rows, Origin::Queue { first, end, bytes });
                batch.wait_until(now + Duration::from_millis(100));
                self.waiting.push_front(batch);
            }
            RowPlace::Spool { number } => self.cursor.reread(number),
        }
    }

    /// Updates the health with the rows set aside.
    pub(super) fn tell_of_suspects(&mut self) {
        if self.suspects.is_empty() {
            if self.has_trial() {
                return;
            }
            return self.shared.condition.recover(Component::Rows);
        }
        let Some(worst) = self.suspects.worst() else {
            return;
        };
        let rows = self.suspects.len();
        let (status, cause) = if worst.blames_table {
            (
                HealthStatus::Unhealthy,
                format!(
                    "the table refuses rows that fit its reference, {rows} wait; compare it with the migrations: {}",
                    worst.complaint
                ),
            )
        } else {
            (
                HealthStatus::Degraded,
                format!(
                    "the database refuses {rows} rows that are tried again: {}",
                    worst.complaint
                ),
            )
        };
        self.shared.condition.worsen(Component::Rows, status, cause);
    }
}
