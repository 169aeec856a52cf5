//! Pages on their way into the stream.

use std::time::Duration;

use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::{CatchUp, StoredActivity};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::StreamPublication;
use crate::connection::Connection;
use crate::place::{KnownPlace, Place};
use crate::{JetStream, NatsError, classify, message};

/// Pause before the next try, while NATS does not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// Sends pages, over one connection after the other.
pub(super) struct Sender<'a> {
    publication: &'a StreamPublication,
    /// Id of the run.
    run: String,
    connection: Option<Connection>,
    known: KnownPlace,
}

impl<'a> Sender<'a> {
    pub(super) const fn new(
        publication: &'a StreamPublication,
        run: String,
        connection: Connection,
        known: KnownPlace,
    ) -> Self {
        Self {
            publication,
            run,
            connection: Some(connection),
            known,
        }
    }

    /// Sends rows until each is acknowledged, and then writes the place after them.
    pub(super) async fn publish(
        &mut self,
        mut rows: Vec<StoredActivity>,
        position: String,
    ) -> Result<(), NatsError> {
        let hidden = &self.publication.hidden;
        for row in &mut rows {
            hidden.hide(row);
        }
        let place = self.publication.place(position, &self.run);
        let begun = Instant::now();
        loop {
            let error = match self.try_publish(&rows, &place).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let is_over = self.publication.once && begun.elapsed() >= CatchUp::ANSWER;
            let error = NatsError::from(error);
            if !error.is_transient() || is_over {
                return Err(error);
            }
            self.connection = None;
            sleep(AGAIN).await;
        }
    }

    async fn try_publish(
        &mut self,
        rows: &[StoredActivity],
        place: &Place,
    ) -> Result<(), StoreError> {
        let stream = &self.publication.stream;
        if self.connection.is_none() {
            let connection = Connection::open(&stream.servers).await?;
            let known = KnownPlace::read(&connection, &stream.names).await?;
            if known.place.as_ref() == Some(place) {
                // It was written, and its answer was lost.
                (self.known, self.connection) = (known, Some(connection));
                return Ok(());
            }
            self.connection = Some(connection);
        }
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        send(connection, stream, rows).await?;
        self.known
            .write(connection, &stream.names, place.clone())
            .await
    }

    pub(super) async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }
}

/// Sends each row as a message, and waits until all are acknowledged.
async fn send(
    connection: &Connection,
    stream: &JetStream,
    rows: &[StoredActivity],
) -> Result<(), StoreError> {
    let subject = stream.names.rows();
    connection
        .uninterrupted(async {
            let mut waiting = Vec::with_capacity(rows.len());
            for row in rows {
                let message = message::of_stored(row, &stream.names.stream);
                let sent = connection.context.send_publish(subject.clone(), message);
                waiting.push((row.id, sent.await));
            }
            let answers = waiting.into_iter().map(async |(id, sent)| {
                let answer = match sent {
                    Ok(acknowledgement) => acknowledgement.await.map(drop),
                    Err(error) => Err(error),
                };
                answer.map_err(|error| of_row(id, &classify::publish(&error)))
            });
            join_all(answers).await.into_iter().collect()
        })
        .await
}

/// Names the row that is too large: a person has to make room for it.
fn of_row(id: u64, error: &StoreError) -> StoreError {
    if error.class() == ErrorClass::TooBig {
        return StoreError::new(
            ErrorClass::Configuration,
            format!(
                "the row {id} is larger than a message may be; raise max_payload of NATS: {error}"
            ),
        );
    }
    StoreError::new(error.class(), error.to_string())
}
