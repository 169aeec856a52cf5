//! Delivery of a spool's rows to a database, by the rules of the recorder's writer, without its queue and its second
//! connection.

mod report;
mod sorting;

use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use tokio::time::{Instant, sleep_until, timeout};

pub use report::DrainReport;
pub(super) use report::Stop;
use sorting::{Sorted, sort};

use super::dead_letter::keep_rows;
use super::error::SpoolError;
use super::spool_file::Spool;
use super::storage::{SpoolFile as _, SpoolPage};
use crate::delivery::attempt::{AttemptResult, GOODBYE, SendTerms, send};
use crate::delivery::batch::{Batch, NextAction, Origin};
use crate::delivery::jitter::Jitter;
use crate::delivery::judgement::Law;
use crate::store::{ErrorClass, StoreError};

/// Maximum number of rows in a batch, and about their size.
const ROWS: usize = 1000;
const BYTES: usize = 1 << 20;
/// Time limit of a statement. Nothing waits behind a drain, so it is longer than that of a recorder.
pub(super) const STATEMENT: Duration = Duration::from_secs(10);

/// A drain of one spool.
pub(super) struct Drain<'a, D: StoreDriver> {
    driver: &'a D,
    spool: &'a mut Spool,
    report: DrainReport,
    connection: Option<D::Connection>,
    jitter: Jitter,
    /// Statements that stored rows.
    commits: u64,
    /// Failures since rows were last stored.
    failures: u32,
}

impl<'a, D: StoreDriver> Drain<'a, D> {
    pub(super) fn new(driver: &'a D, spool: &'a mut Spool, report: DrainReport) -> Self {
        Self {
            driver,
            spool,
            report,
            connection: None,
            jitter: Jitter::default(),
            commits: 0,
            failures: 0,
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
            self.report.dead_lettered += page.buried;
            self.report.lost += page.lost;
            self.send_page(page).await?;
            progress(&self.report);
        }
        if let Some(connection) = self.connection.take() {
            let _ = timeout(GOODBYE, D::close(connection)).await;
        }
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
            let (sent, result) = self.attempt(&batch).await?;
            match result {
                AttemptResult::Stored => self.stored(&mut batch, sent).await?,
                AttemptResult::Sifted(refused) => {
                    let numbers = batch.numbers().get(..sent).unwrap_or_default();
                    let sorted = sort(numbers, refused, Instant::now());
                    self.sifted(&mut batch, sent, sorted).await?;
                }
                AttemptResult::Failed(error) | AttemptResult::Unreached(error) => {
                    let stored = error.stored().min(sent);
                    self.stored(&mut batch, stored).await?;
                    self.failed(&mut batch, sent - stored, error).await?;
                }
            }
        }
        Ok(())
    }

    /// Sends the next rows of a batch. Returns their number and the result.
    async fn attempt(&mut self, batch: &Batch) -> Result<(usize, AttemptResult), StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let (range, mode) = batch.next(ROWS);
        let sent = range.len();
        let rows = batch.rows();
        let terms = SendTerms {
            mode,
            statement_timeout: STATEMENT,
            repeats: Law::IN_FORCE.repeats,
        };
        let (result, fate) = send::<D>(&mut connection, &rows.activities(range), terms).await;
        match fate {
            None => self.connection = Some(connection),
            // The session may be in the middle of a statement, so it gets no goodbye.
            Some(ErrorClass::UnknownOutcome) => drop(connection),
            Some(_) => drop(timeout(GOODBYE, D::close(connection)).await),
        }
        Ok((sent, result))
    }

    async fn connect(&self) -> Result<D::Connection, StoreError> {
        let mut connection = self.driver.connect().await?;
        match self.driver.check(&mut connection).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                let _ = timeout(GOODBYE, D::close(connection)).await;
                Err(error)
            }
        }
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
        self.commits += 1;
        self.failures = 0;
        Ok(())
    }

    async fn sifted(&mut self, batch: &mut Batch, sent: usize, sorted: Sorted) -> Result<(), Stop> {
        self.remove(&sorted.stored).await?;
        if !sorted.bad.is_empty() {
            keep_rows(&mut self.spool.connection, &sorted.bad).await?;
            self.report.dead_lettered += sorted.bad.len() as u64;
        }
        let blames_store = sorted.blames_store();
        if let Some(complaint) = sorted.complaint {
            self.leave(sorted.unproven, &complaint);
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

    /// Decides what follows a failure, and pauses if the store may work again soon.
    async fn failed(
        &mut self,
        batch: &mut Batch,
        sent: usize,
        error: StoreError,
    ) -> Result<(), StoreError> {
        self.failures += 1;
        let now = Instant::now();
        match batch.failed(sent, &error, self.commits, now, self.jitter.draw()) {
            NextAction::Send => Ok(()),
            NextAction::Pause if !Law::is_outage(error.class(), self.failures) => {
                sleep_until(batch.paused_until().unwrap_or(now)).await;
                Ok(())
            }
            NextAction::FrontFailed => {
                self.leave(1, &error);
                batch.settle(1);
                Ok(())
            }
            NextAction::Pause | NextAction::SetAside => Err(error),
        }
    }
}
