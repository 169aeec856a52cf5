//! The stream as a recorder's writer drives it.

use behavior_trace_core::store_driver::{
    ErrorClass, RowRefusal, SessionEnd, SessionName, StoreDriver, StoreError,
};
use behavior_trace_core::{Activity, Timestamp};
use futures_util::future::join_all;

use crate::acknowledged::Acknowledged;
use crate::connection::Connection;
use crate::names::Names;
use crate::{JetStream, classify, loss, message};

/// A connection that sends rows to one stream.
pub struct RowSender {
    connection: Connection,
    names: Names,
    acknowledged: Acknowledged,
}

impl StoreDriver for JetStream {
    type Connection = RowSender;

    fn has_several_hosts(&self) -> bool {
        self.servers.addresses.len() > 1
    }

    async fn connect(&self) -> Result<RowSender, StoreError> {
        Ok(RowSender {
            connection: Connection::open(&self.servers).await?,
            names: Names::clone(&self.names),
            acknowledged: self.acknowledged.clone(),
        })
    }

    fn name(_: &RowSender) -> Option<SessionName> {
        // A lost connection leaves nothing on the server that could store a row later, but for one that is sent already.
        None
    }

    async fn end(_: &mut RowSender, _: &SessionName) -> Result<SessionEnd, StoreError> {
        Ok(SessionEnd::Ended)
    }

    async fn check(&self, sender: &mut RowSender) -> Result<(), StoreError> {
        let stream = sender.connection.stream(&self.names.stream).await?;
        loss::refuse_stream(&stream.cached_info().config)
    }

    async fn insert(sender: &mut RowSender, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        let answers = sender.send(rows).await?;
        for (stored, answer) in answers.into_iter().enumerate() {
            answer.map_err(|error| error.after(stored))?;
        }
        Ok(())
    }

    async fn sift(
        sender: &mut RowSender,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        let answers = sender.send(rows).await?;
        let last_stored = answers.iter().rposition(Result::is_ok);
        let mut refused = Vec::new();
        for (index, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(()) => {}
                Err(error) if error.class() == ErrorClass::TooBig => refused.push(RowRefusal {
                    index,
                    error,
                    passed_after: last_stored.is_some_and(|last| last > index),
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    async fn probe(_: &mut RowSender, _: Timestamp) -> Result<(), StoreError> {
        // A stream has no row that could be removed again, and refuses none for its values.
        Err(StoreError::new(
            ErrorClass::Unavailable,
            "a stream takes no probe",
        ))
    }

    async fn close(sender: RowSender) {
        sender.connection.close().await;
    }
}

impl RowSender {
    /// Sends rows, each as a message of its own, and returns the answer to each. What was acknowledged in an earlier call, which
    /// did not end, is not sent again.
    async fn send(&self, rows: &[Activity<'_>]) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let subject = self.names.rows();
        let context = &self.connection.context;
        let sent = self.connection.uninterrupted(async {
            let mut waiting = Vec::with_capacity(rows.len());
            for row in rows {
                if self.acknowledged.has(row.event_id) {
                    waiting.push((row.event_id, None));
                    continue;
                }
                let message = message::of_row(row, &self.names.stream);
                let sent = context.send_publish(subject.clone(), message).await;
                waiting.push((row.event_id, Some(sent)));
            }
            let answers = waiting.into_iter().map(async |(id, sent)| {
                let answer = match sent {
                    None => return Ok(()),
                    Some(Ok(acknowledgement)) => acknowledgement.await.map(drop),
                    Some(Err(error)) => Err(error),
                };
                answer
                    .map(|()| self.acknowledged.add(id))
                    .map_err(|error| classify::publish(&error))
            });
            Ok(join_all(answers).await)
        });
        let answers = sent.await?;
        if answers.iter().all(Result::is_ok) {
            self.acknowledged.forget(rows);
        }
        Ok(answers)
    }
}
