//! Delivery of pages of rows, one after the other, by a program that keeps the rows itself until they are stored.

use std::time::Duration;

use behavior_trace_core::Activity;
use behavior_trace_core::store_driver::StoreDriver;
use tokio::time::Instant;

use super::batch::{Batch, Origin};
use super::one_by_one::{OneByOne, STATEMENT, SendResult};
use super::row_buffer::RowBuffer;
use super::sorting::sort;
use super::{Configured, StoreError};
use crate::store::DatabaseUrl;

/// Delivery of pages on one connection, by the rules of the recorder's writer.
pub struct PageDelivery<D: StoreDriver = Configured>(OneByOne<D>);

/// What became of the rows of a page.
#[derive(Debug, Default)]
pub struct DeliveredPage {
    /// Number of rows that the store has now.
    pub stored: u64,
    /// Rows that are proven bad, by their index in the page, with the store's answer.
    pub bad: Vec<(usize, String)>,
    /// Refused rows with no proof against them, by their index in the page, with the store's answer.
    pub unproven: Vec<(usize, String)>,
}

impl DeliveredPage {
    /// Returns all refused rows.
    #[cfg(feature = "import")]
    pub(crate) fn refused(self) -> impl Iterator<Item = (usize, String)> {
        self.bad.into_iter().chain(self.unproven)
    }
}

impl PageDelivery {
    /// Maximum number of rows in a statement.
    pub const ROWS: usize = super::one_by_one::ROWS;

    /// Time limit of a statement.
    pub const STATEMENT: Duration = STATEMENT;

    /// Creates a delivery to the table of this URL, which it does not migrate.
    pub fn to_table(url: &DatabaseUrl) -> Self {
        Self::new(Configured::new(url, false, STATEMENT))
    }
}

impl<D: StoreDriver> PageDelivery<D> {
    /// Creates a delivery to a store.
    pub fn new(driver: D) -> Self {
        Self(OneByOne::new(driver))
    }

    /// Connects if necessary, and fails unless the table takes rows.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        self.0.check().await
    }

    /// Sends rows until each is stored or refused. After an error, send all of them again.
    pub async fn deliver(&mut self, rows: &[Activity<'_>]) -> Result<DeliveredPage, StoreError> {
        let origin = Origin::Queue {
            first: 0,
            end: 0,
            bytes: 0,
        };
        let mut buffer = RowBuffer::default();
        for row in rows {
            buffer.push(row);
        }
        let mut batch = Batch::new(buffer, origin);
        let mut delivered = DeliveredPage::default();
        while batch.remaining() > 0 {
            let settled = rows.len() - batch.remaining();
            match self.0.send(&batch).await? {
                SendResult::Stored(sent) => self.stored(&mut batch, sent, &mut delivered),
                SendResult::Sifted(sent, refused) => {
                    let indexes: Vec<usize> = (settled..settled + sent).collect();
                    let sorted = sort(&indexes, refused, Instant::now());
                    if sorted.blames_store()
                        && let Some(complaint) = sorted.complaint
                    {
                        return Err(complaint);
                    }
                    delivered.stored += sorted.stored.len() as u64;
                    if !sorted.stored.is_empty() {
                        self.0.note_commit();
                    }
                    let complaint = sorted
                        .complaint
                        .map_or(String::new(), |error| error.to_string());
                    let unproven = sorted.unproven.into_iter();
                    delivered.bad.extend(sorted.bad);
                    delivered
                        .unproven
                        .extend(unproven.map(|index| (index, complaint.clone())));
                    batch.settle(sent);
                }
                SendResult::Failed(sent, error) => {
                    let stored = error.stored().min(sent);
                    self.stored(&mut batch, stored, &mut delivered);
                    let refused = self.0.failed(&mut batch, sent - stored, error).await?;
                    if let Some(error) = refused {
                        let index = settled + stored;
                        delivered.unproven.push((index, error.to_string()));
                        batch.settle(1);
                    }
                }
            }
        }
        Ok(delivered)
    }

    fn stored(&mut self, batch: &mut Batch, count: usize, delivered: &mut DeliveredPage) {
        if count > 0 {
            delivered.stored += count as u64;
            self.0.note_commit();
            batch.settle(count);
        }
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        self.0.close().await;
    }
}
