//! Messages that are set aside: published to the dead stream with their reason, and then not delivered again.

use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};

use crate::connection::Connection;
use crate::names::Names;
use crate::{classify, message};

/// Time after which a message that was given back is delivered again.
pub(super) const AGAIN: Duration = Duration::from_secs(30);

/// Sets a message aside, once the dead stream has acknowledged it.
pub(super) async fn set_aside(
    connection: &Connection,
    names: &Names,
    dead: &Message,
    reason: &str,
) -> Result<(), StoreError> {
    let info = dead.info();
    let info = info.map_err(|error| StoreError::new(ErrorClass::Transient, error.to_string()))?;
    let kept = message::set_aside(dead, &names.stream, &info, reason);
    let kept = kept.expected_stream(names.dead_stream());
    connection
        .uninterrupted(async {
            let sent = connection.context.send_publish(names.dead(), kept).await;
            let acknowledged = match sent {
                Ok(acknowledgement) => acknowledgement.await,
                Err(error) => Err(error),
            };
            acknowledged.map_err(|error| not_kept(names, &classify::publish(&error)))?;
            let ended = dead.double_ack_with(AckKind::Term).await;
            ended.map_err(|error| StoreError::new(ErrorClass::UnknownOutcome, error.to_string()))
        })
        .await
}

fn not_kept(names: &Names, error: &StoreError) -> StoreError {
    let text = format!(
        "the stream `{}` does not keep what is set aside: {error}",
        names.dead_stream()
    );
    StoreError::new(error.class(), text)
}

/// Gives a message back, so that it is delivered again after a while. If that is lost, the consumer's own wait does the same.
pub(super) async fn give_back(message: &Message, after: Option<Duration>) {
    let _ = message.ack_with(AckKind::Nak(after)).await;
}
