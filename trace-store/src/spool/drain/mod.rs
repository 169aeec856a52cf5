//! Delivery of a spool's rows to a database, by the rules of the recorder's writer, without its queue and its second
//! connection.

mod report;

use behavior_trace_core::store_driver::StoreDriver;
use tokio::time::Instant;

pub use report::DrainReport;
pub(super) use report::Stop;

use super::dead_letter::keep_rows;
use super::error::SpoolError;
use super::spool_file::Spool;
use super::storage::{SpoolFile as _, SpoolPage};
use crate::delivery::batch::{Batch, Origin};
pub(super) use crate::delivery::one_by_one::STATEMENT;
use crate::delivery::one_by_one::{OneByOne, ROWS, SendResult};
use crate::delivery::sorting::{Sorted, sort};
use crate::store::StoreError;

/// Approximate maximum size of a batch.
const BYTES: usize = 1 << 20;

/// A drain of one spool.
pub(super) struct Drain<'a, D: StoreDriver> {
    delivery: OneByOne<D>,
    spool: &'a mut Spool,
    report: DrainReport,
}

impl<'a, D: StoreDriver> Drain<'a, D> {
    pub(super) fn new(driver: D, spool: &'a mut Spool, report: DrainReport) -> Self {
        Self {
            delivery: OneByOne::new(driver),
            spool,
            report,
        }
    }

    /// Sends all rows once, and returns the result.
    pub(super) async fn run(
        mut self,
        mut progress: impl FnMut(&DrainReport) + Send,
    ) -> Result<DrainReport, Stop> {
        let mut after = None;
        loop {
            let page = self.spool.oldest(after, ROWS, BYTES).await?;
            if page.is_empty() {
                break;
            }
            after = page.numbers.last().copied().or(after);
            let before = self.report.clone();
            self.report.dead_lettered += page.buried;
            self.report.lost += page.lost;
            let sent = self.send_page(page).await;
            if sent.is_ok() || self.report != before {
                progress(&self.report);
            }
            sent?;
        }
        self.delivery.close().await;
        self.report.left = self.spool.rows().await?;
        Ok(self.report)
    }

    /// Sends rows until each is settled: stored, a dead letter, or left in the spool.
    async fn send_page(&mut self, page: SpoolPage) -> Result<(), Stop> {
        let origin = Origin::Spool {
            numbers: page.numbers,
            generation: 0,
        };
        let mut batch = Batch::new(page.rows.into_iter().collect(), origin);
        while batch.remaining() > 0 {
            match self.delivery.send(&batch).await? {
                SendResult::Stored(sent) => self.stored(&mut batch, sent).await?,
                SendResult::Sifted(sent, refused) => {
                    let numbers = batch.numbers().get(..sent).unwrap_or_default();
                    let sorted = sort(numbers, refused, Instant::now());
                    self.sifted(&mut batch, sent, sorted).await?;
                }
                SendResult::Failed(sent, error) => {
                    let stored = error.stored().min(sent);
                    self.stored(&mut batch, stored).await?;
                    let refused = self
                        .delivery
                        .failed(&mut batch, sent - stored, error)
                        .await?;
                    if let Some(error) = refused {
                        self.leave(1, &error);
                        batch.settle(1);
                    }
                }
            }
        }
        Ok(())
    }

    /// Removes the next rows of the batch from the spool, since they are stored.
    async fn stored(&mut self, batch: &mut Batch, count: usize) -> Result<(), SpoolError> {
        let numbers = batch.numbers().get(..count).unwrap_or_default();
        self.remove(numbers).await?;
        batch.settle(count);
        Ok(())
    }

    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError> {
        if numbers.is_empty() {
            return Ok(());
        }
        self.spool.remove(numbers).await?;
        self.report.stored += numbers.len() as u64;
        self.delivery.note_commit();
        Ok(())
    }

    async fn sifted(
        &mut self,
        batch: &mut Batch,
        sent: usize,
        sorted: Sorted<i64>,
    ) -> Result<(), Stop> {
        self.remove(&sorted.stored).await?;
        if !sorted.bad.is_empty() {
            keep_rows(&mut self.spool.connection, &sorted.bad).await?;
            self.report.dead_lettered += sorted.bad.len() as u64;
        }
        let blames_store = sorted.blames_store();
        if let Some(complaint) = sorted.complaint {
            self.leave(sorted.unproven.len(), &complaint);
            if blames_store {
                return Err(complaint.into());
            }
        }
        batch.settle(sent);
        Ok(())
    }

    /// Leaves rows in the spool that were refused without proof.
    fn leave(&mut self, rows: usize, complaint: &StoreError) {
        self.report.left += rows as u64;
        self.report.left_because = Some(complaint.to_string());
    }
}
