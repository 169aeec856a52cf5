//! The classes of NATS's errors. A stream refuses no row for its values, so no class here blames a row but for its size.

use std::error::Error as _;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{
    GetStreamError, GetStreamErrorKind, PublishError, PublishErrorKind,
};
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use async_nats::{ConnectError, ConnectErrorKind};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};

use crate::names::CONSUMER;
use crate::servers::Servers;

/// Returns the class of a code in an answer of JetStream.
pub(crate) const fn class_of(code: ErrorCode) -> ErrorClass {
    match code {
        ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => ErrorClass::TooBig,
        // The stream is not there, or the subject belongs to another.
        ErrorCode::STREAM_NOT_FOUND
        | ErrorCode::CONSUMER_NOT_FOUND
        | ErrorCode::STREAM_NOT_MATCH
        | ErrorCode::STREAM_MISMATCH
        | ErrorCode::JETSTREAM_NOT_ENABLED
        | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT
        | ErrorCode::NO_ACCOUNT
        | ErrorCode::BAD_REQUEST => ErrorClass::Configuration,
        // A full stream or server, an election, and whatever later releases add: no row causes it.
        _ => ErrorClass::Unavailable,
    }
}

/// Classifies the answer to one row.
pub(crate) fn publish(error: &PublishError) -> StoreError {
    let class = match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => ErrorClass::TooBig,
        // The subject has no listener, as during an election: nothing is stored.
        PublishErrorKind::StreamNotFound => {
            return StoreError::new(
                ErrorClass::Transient,
                "no server leads the stream now, or no stream has the subject",
            );
        }
        PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => ErrorClass::UnknownOutcome,
        _ => code_in(error).map_or(ErrorClass::UnknownOutcome, class_of),
    };
    StoreError::new(class, text_of(error))
}

/// Classifies a failed look at a stream.
pub(crate) fn stream(name: &str, error: &GetStreamError, create: &str) -> StoreError {
    match error.kind() {
        GetStreamErrorKind::JetStream(cause) => {
            let class = class_of(cause.error_code());
            let remedy = match cause.error_code() {
                ErrorCode::STREAM_NOT_FOUND => format!("; create it with `{create}`"),
                _ => String::new(),
            };
            StoreError::new(
                class,
                format!("the stream `{name}` cannot be used: {cause}{remedy}"),
            )
        }
        _ => StoreError::new(
            ErrorClass::Unavailable,
            format!("the stream `{name}` does not answer: {}", text_of(error)),
        ),
    }
}

/// Classifies a failed look at the consumer of a stream.
pub(crate) fn consumer(stream: &str, error: &ConsumerError) -> StoreError {
    let class = match error.kind() {
        ConsumerErrorKind::JetStream(cause) => class_of(cause.error_code()),
        // It is one that pushes.
        ConsumerErrorKind::InvalidConsumerType | ConsumerErrorKind::InvalidName => {
            ErrorClass::Configuration
        }
        _ => ErrorClass::Unavailable,
    };
    let remedy = if is_no_consumer(error) {
        "; create it with `behavior-trace relay setup`"
    } else {
        ""
    };
    StoreError::new(
        class,
        format!(
            "the consumer `{CONSUMER}` of the stream `{stream}` cannot be used: {}{remedy}",
            text_of(error)
        ),
    )
}

/// Returns whether the stream has no such consumer.
pub(crate) fn is_no_consumer(error: &ConsumerError) -> bool {
    matches!(
        error.kind(),
        ConsumerErrorKind::JetStream(cause) if cause.error_code() == ErrorCode::CONSUMER_NOT_FOUND
    )
}

/// Classifies a failed connection.
pub(crate) fn connect(servers: &Servers, error: &ConnectError) -> StoreError {
    let class = match error.kind() {
        ConnectErrorKind::AuthorizationViolation
        | ConnectErrorKind::Authentication
        | ConnectErrorKind::ServerParse
        | ConnectErrorKind::Tls => ErrorClass::Configuration,
        _ if is_invalid(error) => ErrorClass::Configuration,
        _ => ErrorClass::Unavailable,
    };
    StoreError::new(
        class,
        format!("no connection to {servers}: {}", text_of(error)),
    )
}

/// Returns whether the host answered something else than NATS or, as the client reports it too, with a certificate that is not
/// trusted.
fn is_invalid(error: &ConnectError) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let mut errors = causes.filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    errors.any(|error| error.kind() == std::io::ErrorKind::InvalidData)
}

/// Returns the code of JetStream's answer, if the error has one.
fn code_in(error: &PublishError) -> Option<ErrorCode> {
    let answer = error
        .source()?
        .downcast_ref::<async_nats::jetstream::Error>()?;
    Some(answer.error_code())
}

/// Returns the text of an error with its causes.
pub(crate) fn text_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_in_no_table_blames_no_row() {
        for code in [10_077, 10_023, 10_008, 10_047, 10_999] {
            assert_eq!(class_of(ErrorCode(code)), ErrorClass::Unavailable, "{code}");
        }
        for code in 10_000..10_200 {
            let class = class_of(ErrorCode(code));
            assert_eq!(class.is_of_a_row(), code == 10_054, "{code}");
        }
    }

    #[test]
    fn what_is_sent_again_may_be_stored_already() {
        let class = |kind| publish(&PublishError::new(kind)).class();
        assert_eq!(
            class(PublishErrorKind::TimedOut),
            ErrorClass::UnknownOutcome
        );
        assert_eq!(
            class(PublishErrorKind::BrokenPipe),
            ErrorClass::UnknownOutcome
        );
        assert_eq!(class(PublishErrorKind::Other), ErrorClass::UnknownOutcome);
        assert_eq!(
            class(PublishErrorKind::StreamNotFound),
            ErrorClass::Transient
        );
        assert_eq!(
            class(PublishErrorKind::MaxPayloadExceeded),
            ErrorClass::TooBig
        );
    }
}
