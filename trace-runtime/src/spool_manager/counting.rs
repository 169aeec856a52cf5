//! Counting of the rows in a file that was opened.

use behavior_trace_store::spool::{SpoolErrorKind, SpoolFile as _, SpoolStorage};

use super::background::SpoolTask;
use super::{NotSpooled, SpoolManager, SpoolState};
use crate::stats::Metric;

impl<S: SpoolStorage> SpoolManager<S> {
    /// Takes the result of the background task.
    pub(super) async fn take_results(&mut self) {
        match self.tasks.finished().await {
            None | Some(SpoolTask::Sound) => {}
            Some(SpoolTask::Counted {
                rows,
                before,
                delivered,
            }) => {
                let reconciled = self.reconcile(rows, before, delivered).await;
                if reconciled.is_ok() && self.uncounted.take().is_some() {
                    self.note_health();
                }
                if let SpoolState::Ready(spool) = &self.state {
                    if reconciled.is_err() {
                        self.tasks.count_later(&**spool);
                    } else if rows > 0 {
                        self.tasks.check(&**spool);
                    }
                }
            }
            Some(SpoolTask::Failed(error)) if error.kind() == SpoolErrorKind::Damaged => {
                self.failed(&error).await;
            }
            Some(SpoolTask::Failed(error)) => {
                if let SpoolState::Ready(spool) = &self.state {
                    let error = error.of(&spool.place());
                    let cause = format!("the spool's rows cannot be counted now: {error}");
                    self.tasks.count_later(&**spool);
                    self.uncounted = Some(cause.clone());
                    self.note_health();
                    self.tell_once(cause);
                }
            }
        }
    }

    /// Corrects the counters to the rows in the file, except delivered rows that could not be removed.
    pub(super) async fn reconcile(
        &mut self,
        rows: u64,
        before: u64,
        delivered: Vec<i64>,
    ) -> Result<(), NotSpooled> {
        let mut still_there = 0;
        if !delivered.is_empty()
            && let SpoolState::Ready(spool) = &mut self.state
        {
            let present = spool.present(&delivered).await;
            if let Err(error) = &present {
                self.failed(error).await;
            }
            let present = present.map_err(|_| NotSpooled)?;
            still_there = present.len() as u64;
            for number in delivered {
                if present.binary_search(&number).is_err() {
                    self.delivered.numbers.remove(&number);
                }
            }
        }
        let rows = rows.saturating_sub(still_there);
        let counters = self.shared.queue.counters();
        let (more, fewer) = (rows.saturating_sub(before), before.saturating_sub(rows));
        counters.add(Metric::Recovered, more);
        counters.add(Metric::Spooled, more);
        if matches!(&self.state, SpoolState::Ready(spool) if spool.has_salvage()) {
            self.owed += fewer;
        } else {
            counters.sub(Metric::Spooled, fewer);
            counters.add(Metric::SpoolDamaged, fewer);
        }
        Ok(())
    }

    /// Returns the rows counted as spooled that are in the current file, or in the file of the slot held for it.
    pub(super) fn own_rows(&self) -> u64 {
        let parked: u64 = self.parked.iter().map(|parked| parked.rows).sum();
        let elsewhere = parked + self.recovery.counted() + self.owed;
        let spooled = self.shared.queue.counters().get(Metric::Spooled);
        spooled.saturating_sub(elsewhere)
    }
}
