//! Batches that go to the spool instead of the store.

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::Batch;

use super::Delivery;
use crate::spool_manager::{SpoolManager, SpoolStorage};
use crate::stats::Metric;

impl<D: StoreDriver> Delivery<D> {
    /// Puts a batch where it is safe until the store is available. Without such a place it waits in memory; if it comes from
    /// the spool it is read again.
    pub(super) async fn set_aside<S: SpoolStorage>(
        &mut self,
        batch: Batch,
        spool: &mut SpoolManager<S>,
    ) {
        if batch.is_trial() {
            return self.return_trial(batch);
        }
        if batch.is_spooled() {
            if let Some(first) = batch.numbers().first() {
                self.cursor.reread(*first);
            }
            return;
        }
        // It waits first: should the spool not answer by a deadline, the batch is still ours to count. What was made of its
        // rows meanwhile goes before it.
        self.waiting.push_back(batch);
        self.spool_waiting(self.waiting.len() - 1, spool).await;
    }

    /// Spools a batch; returns whether that worked. If not, it waits in memory.
    pub(in crate::writer) async fn spool_batch<S: SpoolStorage>(
        &mut self,
        batch: Batch,
        spool: &mut SpoolManager<S>,
    ) -> bool {
        if batch.remaining() == 0 {
            self.release(&batch);
            return true;
        }
        self.waiting.push_front(batch);
        self.spool_waiting(0, spool).await
    }

    /// Spools the first of what waits in memory; returns whether there was anything.
    pub(in crate::writer) async fn spool_next_waiting<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
    ) -> bool {
        while let Some(at) = self.waiting.iter().position(Batch::is_trial) {
            if let Some(batch) = self.waiting.remove(at) {
                self.return_trial(batch);
            }
        }
        if let Some(at) = self.waiting.iter().position(|batch| !batch.is_spooled()) {
            self.spool_waiting(at, spool).await;
            return true;
        }
        let has_suspects = self.suspects.in_memory(u64::MAX) > 0;
        if has_suspects {
            self.spool_all_suspects(spool).await;
        }
        has_suspects
    }

    /// Spools a batch that waits; returns whether that worked.
    pub(in crate::writer) async fn spool_waiting<S: SpoolStorage>(
        &mut self,
        at: usize,
        spool: &mut SpoolManager<S>,
    ) -> bool {
        let Some(batch) = self.waiting.get(at) else {
            return false;
        };
        if batch.is_spooled() || batch.is_trial() {
            return false;
        }
        let rows = batch.rows();
        let unsettled = rows.activities(rows.len() - batch.remaining()..rows.len());
        if spool.append(&unsettled).await.is_none() {
            return false;
        }
        if let Some(batch) = self.waiting.remove(at) {
            let count = batch.remaining() as u64;
            self.uncount(Metric::InHand, count);
            self.count(Metric::Spooled, count);
            self.release(&batch);
        }
        true
    }

    /// How many batches wait.
    pub(in crate::writer) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
