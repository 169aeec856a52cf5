//! Delivery of batches one after the other, on one connection and without a queue.

use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use tokio::time::{Instant, sleep_until, timeout};

use super::attempt::{AttemptResult, GOODBYE, RefusedRow, SendTerms, send};
use super::batch::{Batch, NextAction};
use super::jitter::Jitter;
use super::judgement::Law;
use crate::store::{ErrorClass, StoreError};

/// Maximum number of rows in a statement.
pub(crate) const ROWS: usize = 1000;
/// Time limit of a statement. No call waits behind this delivery, so it is longer than that of a recorder.
pub(crate) const STATEMENT: Duration = Duration::from_secs(10);

/// Delivery on one connection, which it opens when it needs one.
pub(crate) struct OneByOne<D: StoreDriver> {
    driver: D,
    connection: Option<D::Connection>,
    jitter: Jitter,
    /// Statements that stored rows.
    commits: u64,
    /// Failures since rows were last stored.
    failures: u32,
}

/// Answer to the rows of one attempt.
pub(crate) enum SendResult {
    /// The next rows, so many, are stored.
    Stored(usize),
    /// So many rows were sent, and these of them were refused.
    Sifted(usize, Vec<RefusedRow>),
    /// So many rows were sent, and as many at the front are stored as the error holds.
    Failed(usize, StoreError),
}

impl<D: StoreDriver> OneByOne<D> {
    pub(crate) fn new(driver: D) -> Self {
        Self {
            driver,
            connection: None,
            jitter: Jitter::default(),
            commits: 0,
            failures: 0,
        }
    }

    /// Sends the next rows of a batch.
    pub(crate) async fn send(&mut self, batch: &Batch) -> Result<SendResult, StoreError> {
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
        Ok(match result {
            AttemptResult::Stored => SendResult::Stored(sent),
            AttemptResult::Sifted(refused) => SendResult::Sifted(sent, refused),
            AttemptResult::Failed(error) | AttemptResult::Unreached(error) => {
                SendResult::Failed(sent, error)
            }
        })
    }

    /// Connects, if there is no connection, and checks that the table takes rows.
    pub(crate) async fn check(&mut self) -> Result<(), StoreError> {
        if self.connection.is_none() {
            self.connection = Some(self.connect().await?);
        }
        Ok(())
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

    /// Notes that rows were stored.
    pub(crate) const fn note_commit(&mut self) {
        self.commits += 1;
        self.failures = 0;
    }

    /// Decides what follows a failure, and pauses if the store may work again soon. Returns the error if the front row failed
    /// alone. Fails if the store takes no rows.
    pub(crate) async fn failed(
        &mut self,
        batch: &mut Batch,
        sent: usize,
        error: StoreError,
    ) -> Result<Option<StoreError>, StoreError> {
        self.failures += 1;
        let now = Instant::now();
        match batch.failed(sent, &error, self.commits, now, self.jitter.draw()) {
            NextAction::Send => Ok(None),
            NextAction::Pause if !Law::is_outage(error.class(), self.failures) => {
                sleep_until(batch.paused_until().unwrap_or(now)).await;
                Ok(None)
            }
            NextAction::FrontFailed => Ok(Some(error)),
            NextAction::Pause | NextAction::SetAside => Err(error),
        }
    }

    pub(crate) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = timeout(GOODBYE, D::close(connection)).await;
        }
    }
}
