//! The word to readers of a stream that a person's data was erased from the table.

use async_nats::jetstream::message::PublishMessage;

use crate::connection::Connection;
use crate::{JetStream, NatsError, classify};

impl JetStream {
    /// Publishes a tombstone, one JSON object, to `<prefix>.erased`, and returns that subject. `id` is its `Nats-Msg-Id`.
    ///
    /// An erasure does not reach the messages of a stream. Whoever made something of them has to apply the tombstone.
    ///
    /// # Errors
    ///
    /// Fails if the stream is not there, does not have the subject, or does not acknowledge it.
    pub async fn publish_tombstone(
        &self,
        id: &str,
        tombstone: String,
    ) -> Result<String, NatsError> {
        let connection = Connection::open(&self.servers).await?;
        connection.copies(&self.names).await?;
        let message = PublishMessage::build()
            .payload(tombstone.into())
            .message_id(id)
            .expected_stream(&self.names.stream);
        let subject = self.names.erased();
        let sent = connection.uninterrupted(async {
            let sent = connection.context.send_publish(subject.clone(), message);
            let sent = sent.await.map_err(|error| classify::publish(&error))?;
            sent.await.map_err(|error| classify::publish(&error))
        });
        sent.await?;
        connection.close().await;
        Ok(subject)
    }
}
