//! Delivery of a page to the destination.

use behavior_trace_core::Activity;
use tokio::time::Instant;

use crate::delivery::Configured;
use crate::delivery::batch::{Batch, Origin};
use crate::delivery::one_by_one::{OneByOne, STATEMENT, SendResult};
use crate::delivery::sorting::sort;
use crate::store::{DatabaseUrl, StoreError};

/// The destination of an import.
pub(super) struct Destination(OneByOne<Configured>);

/// What became of the rows of a page.
#[derive(Debug, Default)]
pub(super) struct DeliveredPage {
    /// Number of rows that the destination has now.
    pub(super) stored: u64,
    /// Refused rows by their index in the page, with the answer.
    pub(super) refused: Vec<(usize, String)>,
}

impl Destination {
    pub(super) fn new(url: &DatabaseUrl) -> Self {
        Self(OneByOne::new(Configured::new(url, false, STATEMENT)))
    }

    /// Fails unless the destination's table takes rows.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        self.0.check().await
    }

    /// Sends rows until each is stored or refused. After an error, send all of them again.
    pub(super) async fn deliver(
        &mut self,
        rows: &[Activity<'static>],
    ) -> Result<DeliveredPage, StoreError> {
        let origin = Origin::Queue {
            first: 0,
            end: 0,
            bytes: 0,
        };
        let mut batch = Batch::new(rows.iter().cloned().collect(), origin);
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
                    let unproven = sorted
                        .unproven
                        .into_iter()
                        .map(|index| (index, complaint.clone()));
                    delivered
                        .refused
                        .extend(sorted.bad.into_iter().chain(unproven));
                    batch.settle(sent);
                }
                SendResult::Failed(sent, error) => {
                    let stored = error.stored().min(sent);
                    self.stored(&mut batch, stored, &mut delivered);
                    let refused = self.0.failed(&mut batch, sent - stored, error).await?;
                    if let Some(error) = refused {
                        delivered
                            .refused
                            .push((settled + stored, error.to_string()));
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

    pub(super) async fn close(&mut self) {
        self.0.close().await;
    }
}
