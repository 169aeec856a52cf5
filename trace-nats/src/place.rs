//! How far a publication has come, as a message of the stream itself: no file beside it can be lost or be of another stream.

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::LastRawMessageErrorKind;
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use serde::{Deserialize, Serialize};

use crate::classify;
use crate::connection::Connection;
use crate::names::Names;

/// Number of the form.
const SCHEMA: u32 = 1;

/// The place after the last rows whose messages are all acknowledged, and what they hide.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    schema: u32,
    pub(crate) position: String,
    pub(crate) hidden: Vec<String>,
}

/// The last place of a stream, and the number of its message: 0 if there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownPlace {
    pub(crate) place: Option<Place>,
    sequence: u64,
}

impl Place {
    pub(crate) fn new(position: String, hidden: Vec<String>) -> Self {
        Self {
            schema: SCHEMA,
            position,
            hidden,
        }
    }

    fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let place = serde_json::from_slice(bytes).ok();
        place
            .filter(|place: &Self| place.schema == SCHEMA)
            .ok_or_else(|| {
                refused(
                    "the place of the publication cannot be read: its message is of another program, or of a later release",
                )
            })
    }
}

impl KnownPlace {
    /// Reads the last place of a stream. A stream with rows and without a place is refused: all rows would be published again.
    pub(crate) async fn read(connection: &Connection, names: &Names) -> Result<Self, StoreError> {
        let stream = connection.copies(names).await?;
        let (place, rows) = (names.place(), names.rows());
        connection
            .uninterrupted(async {
                let last = stream.get_last_raw_message_by_subject(&place).await;
                match last {
                    Ok(message) => Ok(Self {
                        place: Some(Place::read(&message.payload)?),
                        sequence: message.sequence,
                    }),
                    Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {
                        match stream.get_last_raw_message_by_subject(&rows).await {
                            Ok(_) => Err(lost(&names.stream)),
                            Err(error)
                                if error.kind() == LastRawMessageErrorKind::NoMessageFound =>
                            {
                                Ok(Self::default())
                            }
                            Err(error) => Err(unread(&names.stream, &error)),
                        }
                    }
                    Err(error) => Err(unread(&names.stream, &error)),
                }
            })
            .await
    }

    /// Writes the next place, unless another publication has written one since.
    pub(crate) async fn write(
        &mut self,
        connection: &Connection,
        names: &Names,
        place: Place,
    ) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(&place)
            .map_err(|error| StoreError::new(ErrorClass::Configuration, error.to_string()))?;
        let message = PublishMessage::build()
            .payload(bytes.into())
            .expected_stream(&names.stream)
            .expected_last_subject_sequence(self.sequence);
        let subject = names.place();
        let written = connection
            .uninterrupted(async {
                let sent = connection.context.send_publish(subject, message).await;
                let sent = sent.map_err(|error| classify::publish(&error))?;
                sent.await.map_err(|error| classify::place(&error))
            })
            .await?;
        (self.place, self.sequence) = (Some(place), written.sequence);
        Ok(())
    }
}

fn lost(stream: &str) -> StoreError {
    refused(&format!(
        "the stream `{stream}` has rows and no place of a publication, so all rows would be published again; publish to a stream \
         of its own, whose limits keep the last message"
    ))
}

fn unread(stream: &str, error: &(dyn std::error::Error + 'static)) -> StoreError {
    StoreError::new(
        ErrorClass::Unavailable,
        format!(
            "the stream `{stream}` does not answer: {}",
            classify::text_of(error)
        ),
    )
}

fn refused(why: &str) -> StoreError {
    StoreError::new(ErrorClass::Configuration, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written_and_none_of_a_later_form() {
        let place = Place::new("7".to_owned(), vec!["user_agent".to_owned()]);
        let bytes = serde_json::to_vec(&place).expect("JSON");
        assert_eq!(Place::read(&bytes).expect("a place"), place);
        for bad in [&b"{}"[..], br#"{"schema":2,"position":"7","hidden":[]}"#] {
            let error = Place::read(bad).expect_err("refused");
            assert_eq!(error.class(), ErrorClass::Configuration);
        }
    }
}
