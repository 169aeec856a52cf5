//! One connection, and the batch that is under way on it.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_local};
use tokio::time::timeout;

use super::batch::Batch;
use super::destination::Destination;
use crate::store::{ErrorClass, StoreError};

/// See the module.
#[derive(Debug)]
pub(super) struct Link<D: Destination> {
    connection: Option<D::Connection>,
    flight: Option<Flight<D>>,
}

#[derive(Debug)]
struct Flight<D: Destination> {
    /// `None` if the store is only being reached.
    batch: Option<Batch>,
    sent: Range<usize>,
    task: JoinHandle<(Option<D::Connection>, Outcome)>,
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Outcome {
    /// All rows sent are stored.
    Stored,
    /// They are not, but for those the error names.
    Failed(StoreError),
    /// The store was not reached; nothing was sent.
    Unreached(StoreError),
}

/// An attempt that has ended.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) batch: Option<Batch>,
    pub(super) sent: usize,
    pub(super) outcome: Outcome,
}

impl<D: Destination> Link<D> {
    pub(super) const fn new() -> Self {
        Self {
            connection: None,
            flight: None,
        }
    }

    pub(super) const fn is_free(&self) -> bool {
        self.flight.is_none()
    }

    /// The batch under way.
    pub(super) fn batch(&self) -> Option<&Batch> {
        self.flight.as_ref()?.batch.as_ref()
    }

    /// Sends the batch's next rows, connecting first where need be.
    pub(super) fn launch(&mut self, destination: &D, batch: Option<Batch>, patience: Duration) {
        let destination = destination.clone();
        let connection = self.connection.take();
        let rows = batch.as_ref().map(Batch::rows).unwrap_or_default();
        let sent = batch.as_ref().map_or(0..0, Batch::next);
        let range = sent.clone();
        let task = spawn_local(async move {
            let mut connection = match connection {
                Some(connection) => connection,
                None => match destination.connect().await {
                    Ok(connection) => connection,
                    Err(error) => return (None, Outcome::Unreached(error)),
                },
            };
            if range.is_empty() {
                return (Some(connection), Outcome::Stored);
            }
            let rows = rows.activities(range);
            match timeout(patience, D::insert(&mut connection, &rows)).await {
                Ok(Ok(())) => (Some(connection), Outcome::Stored),
                Ok(Err(error)) if survives(error.class()) => {
                    (Some(connection), Outcome::Failed(error))
                }
                Ok(Err(error)) => (None, Outcome::Failed(error)),
                Err(_) => (None, Outcome::Failed(no_answer(patience))),
            }
        });
        self.flight = Some(Flight { batch, sent, task });
    }

    /// Gives up the attempt under way; its batch is of unknown outcome.
    pub(super) fn abandon(&mut self) -> Option<Batch> {
        let flight = self.flight.take()?;
        flight.task.abort();
        flight.batch
    }

    /// Gives up an idle connection.
    pub(super) fn disconnect(&mut self) -> Option<D::Connection> {
        self.connection.take()
    }
}

/// The next attempt to end, on any link.
pub(super) async fn landed<D: Destination>(links: &mut [Link<D>]) -> Landed {
    poll_fn(|context| {
        for link in &mut *links {
            let Some(flight) = &mut link.flight else {
                continue;
            };
            let Poll::Ready(ended) = Pin::new(&mut flight.task).poll(context) else {
                continue;
            };
            let (batch, sent) = (flight.batch.take(), flight.sent.len());
            link.flight = None;
            let (connection, outcome) = ended.unwrap_or_else(|_| (None, panicked()));
            link.connection = connection;
            return Poll::Ready(Landed {
                batch,
                sent,
                outcome,
            });
        }
        Poll::Pending
    })
    .await
}

/// Whether a connection is still good after such an error.
const fn survives(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::Transient | ErrorClass::Value | ErrorClass::TooBig | ErrorClass::Other
    )
}

fn no_answer(patience: Duration) -> StoreError {
    StoreError::new(
        ErrorClass::UnknownOutcome,
        format!("no answer within {} ms", patience.as_millis()),
    )
}

fn panicked() -> Outcome {
    Outcome::Failed(StoreError::new(
        ErrorClass::UnknownOutcome,
        "the attempt to store panicked",
    ))
}
