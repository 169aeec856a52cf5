//! How far a publication has come, as a message of the stream itself: no file beside it can be lost or be of another stream.

use async_nats::jetstream::context::PublishErrorKind;
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
    /// Id of the run that wrote it, which no other run has. Earlier releases wrote none.
    #[serde(default)]
    run: String,
}

/// The last place of a stream, and the number of its message: 0 if there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownPlace {
    pub(crate) place: Option<Place>,
    sequence: u64,
}

impl Place {
    pub(crate) fn new(position: String, hidden: Vec<String>, run: String) -> Self {
        Self {
            schema: SCHEMA,
            position,
            hidden,
            run,
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

    /// Writes the next place, unless another run has written one since. A place that this run wrote, and whose acknowledgement
    /// was lost, is written once.
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
        let written = connection
            .uninterrupted(async {
                let sent = connection.context.send_publish(names.place(), message);
                let written = match sent.await {
                    Ok(sent) => sent.await,
                    Err(error) => Err(error),
                };
                match written {
                    Ok(written) => Ok(Some(written.sequence)),
                    Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(None),
                    Err(error) => Err(classify::publish(&error)),
                }
            })
            .await?;
        if let Some(sequence) = written {
            (self.place, self.sequence) = (Some(place), sequence);
            return Ok(());
        }
        let last = Self::read(connection, names).await?;
        if last.place.as_ref() != Some(&place) {
            return Err(refused(&format!(
                "another run publishes to the stream `{}`; end one of them",
                names.stream
            )));
        }
        *self = last;
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
    use async_nats::jetstream::stream::Config;
    use behavior_trace_servers::NatsServer;

    use super::*;
    use crate::servers::Servers;

    #[tokio::test]
    async fn a_place_that_is_there_already_is_of_this_run_or_of_another() {
        let server = NatsServer::start("").expect("a server");
        let servers = Servers::parse(&server.url()).expect("a URL");
        let connection = Connection::open(&servers).await.expect("connects");
        let names = Names::of("copies").expect("a name");
        let config = Config {
            name: "copies".to_owned(),
            subjects: vec!["copies.>".to_owned()],
            ..Config::default()
        };
        let created = connection.context.create_stream(config).await;
        created.expect("a stream");
        let read = async || KnownPlace::read(&connection, &names).await.expect("read");
        let place = |run: &str| Place::new("7".to_owned(), Vec::new(), run.to_owned());

        let mut first = read().await;
        // The acknowledgement was lost, and the same place is written again.
        let mut again = first.clone();
        let mut other = first.clone();
        first
            .write(&connection, &names, place("one"))
            .await
            .expect("written");
        again
            .write(&connection, &names, place("one"))
            .await
            .expect("it is there");
        assert_eq!(again.sequence, first.sequence);
        assert_eq!(read().await.sequence, first.sequence);
        let error = other.write(&connection, &names, place("two")).await;
        let error = error.expect_err("of another run");
        assert_eq!(error.class(), ErrorClass::Configuration);
        assert!(error.to_string().contains("another run"), "{error}");
    }

    #[test]
    fn a_place_is_read_as_it_was_written_and_none_of_a_later_form() {
        let place = Place::new(
            "7".to_owned(),
            vec!["user_agent".to_owned()],
            "3".to_owned(),
        );
        let bytes = serde_json::to_vec(&place).expect("JSON");
        assert_eq!(Place::read(&bytes).expect("a place"), place);
        let earlier = br#"{"schema":1,"position":"7","hidden":[]}"#;
        assert_eq!(Place::read(earlier).expect("a place").position, "7");
        for bad in [&b"{}"[..], br#"{"schema":2,"position":"7","hidden":[]}"#] {
            let error = Place::read(bad).expect_err("refused");
            assert_eq!(error.class(), ErrorClass::Configuration);
        }
    }
}
