//! Batches that go to the spool instead of the store.

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::Batch;

use super::Delivery;
use crate::spool_manager::{NotSpooled, SpoolManager, SpoolStorage};
use crate::stats::Metric;

impl<D: StoreDriver> Delivery<D> {
    /// Spools a batch until the store is available. If the spool does not take it, the batch waits in memory. A batch from
    /// the spool is read again later.
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
        // It waits first: if the spool does not answer by a deadline, the batch still has to be counted. Batches made of
        // its rows meanwhile go before it.
        self.waiting.push_back(batch);
        let _ = self.spool_waiting(self.waiting.len() - 1, spool).await;
    }

    /// Spools a batch. If the spool does not take it, it waits in memory.
    pub(in crate::writer) async fn spool_batch<S: SpoolStorage>(
        &mut self,
        batch: Batch,
        spool: &mut SpoolManager<S>,
    ) -> Result<(), NotSpooled> {
        if batch.remaining() == 0 {
            self.release(&batch);
            return Ok(());
        }
        self.waiting.push_front(batch);
        self.spool_waiting(0, spool).await
    }

    /// Spools the first batch that waits in memory; returns whether there was anything.
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
            let _ = self.spool_waiting(at, spool).await;
            return true;
        }
        let has_suspects = self.suspects.in_memory(u64::MAX) > 0;
        if has_suspects {
            let _ = self.spool_all_suspects(spool).await;
        }
        has_suspects
    }

    /// Spools a batch that waits in memory.
    pub(in crate::writer) async fn spool_waiting<S: SpoolStorage>(
        &mut self,
        at: usize,
        spool: &mut SpoolManager<S>,
    ) -> Result<(), NotSpooled> {
        let batch = self.waiting.get(at).ok_or(NotSpooled)?;
        if batch.is_spooled() || batch.is_trial() {
            return Err(NotSpooled);
        }
        let rows = batch.rows();
        let unsettled = rows.activities(rows.len() - batch.remaining()..rows.len());
        spool.append(&unsettled).await?;
        if let Some(batch) = self.waiting.remove(at) {
            let count = batch.remaining() as u64;
            self.uncount(Metric::InHand, count);
            self.count(Metric::Spooled, count);
            self.release(&batch);
        }
        Ok(())
    }

    /// Returns the number of batches that wait.
    pub(in crate::writer) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
