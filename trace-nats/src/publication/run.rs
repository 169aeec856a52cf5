//! The loop of a publication: rows are read and sent.

use std::pin::pin;

use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::CatchUp;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::sender::Sender;
use super::{StreamPublication, StreamPublicationReport};
use crate::NatsError;
use crate::connection::Connection;

impl StreamPublication {
    /// Publishes until `stop` is ready, or with [`once`](Self::once) until the rows of now are published. `published` is called
    /// with the number of rows after each page that the stream has acknowledged.
    ///
    /// Both have to answer at the start. Later, a database or a stream that does not answer is waited for; with
    /// [`once`](Self::once), for 30 s.
    ///
    /// # Errors
    ///
    /// Fails if NATS or the database returns an error that will not pass, if a row is larger than a message may be, if another
    /// run publishes to the stream, if its messages hide more, or if the ids of the table began anew. The next run goes on after
    /// the last page.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        mut published: impl FnMut(u64),
    ) -> Result<StreamPublicationReport, NatsError> {
        let connection = Connection::open(&self.stream.servers).await?;
        let run = Uuid::new_v4().to_string();
        let (known, mut follow) = self.begin(&connection, &run).await?;
        let end = if self.once {
            Some(
                self.reader
                    .last_id()
                    .await
                    .map_err(|error| read_error(&error))?,
            )
        } else {
            None
        };
        let mut sender = Sender::new(&self, run, connection, known);
        let mut report = StreamPublicationReport::default();
        let mut times = CatchUp::default();
        let mut stop = pin!(stop);
        loop {
            let rows = tokio::select! {
                biased;
                () = &mut stop => break,
                polled = follow.poll_once() => polled.map_err(|error| read_error(&error))?,
            };
            if follow.started_over() > 0 {
                return Err(NatsError::settings(
                    "the ids of the table began anew; publish to a new stream",
                ));
            }
            let answers = follow.interruption().is_none();
            times.note(Instant::now(), answers, !follow.has_more());
            if let (Some(error), Some(_)) = (follow.interruption(), end)
                && times.is_unanswered()
            {
                return Err(StoreError::new(ErrorClass::Unavailable, error.to_string()).into());
            }
            if !rows.is_empty() {
                let count = rows.len() as u64;
                let position = follow.position().to_string();
                tokio::select! {
                    biased;
                    // What was sent is sent again by the next run.
                    () = &mut stop => break,
                    sent = sender.publish(rows, position) => sent?,
                }
                report.rows += count;
                published(count);
            }
            let settled = follow.position().settled_id().unwrap_or_default();
            if end.is_some_and(|end| times.has_ended(self.settle_delay, settled >= end)) {
                break;
            }
            if !follow.has_more() {
                tokio::select! {
                    biased;
                    () = &mut stop => break,
                    () = sleep(self.poll_interval) => {}
                }
            }
        }
        report.gaps_given_up = follow.gaps_given_up();
        report.passed_over = follow.passed_over();
        sender.close().await;
        Ok(report)
    }
}

fn read_error(error: &behavior_trace_store::QueryError) -> NatsError {
    let class = if error.is_transient() {
        ErrorClass::Unavailable
    } else {
        ErrorClass::Configuration
    };
    StoreError::new(class, error.to_string()).into()
}
