//! Rows as messages of a stream, and messages that are set aside.

use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::HeaderMap;
use async_nats::jetstream::message::{Info, PublishMessage};
use behavior_trace_core::Activity;
use behavior_trace_store::{StoredActivity, wire};

/// Header of a message in the dead stream that has the reason: `bt-reason`.
pub const DEAD_REASON_HEADER: &str = "bt-reason";

/// Header of a message in the dead stream that has its number in the stream of rows: `bt-sequence`.
pub const DEAD_SEQUENCE_HEADER: &str = "bt-sequence";

/// Longest reason in a header, in bytes.
const REASON: usize = 1000;

/// Returns the message of a row.
pub(crate) fn of_row(row: &Activity<'_>, stream: &str) -> PublishMessage {
    PublishMessage::build()
        .payload(wire::encode(row).into())
        .message_id(row.event_id.to_string())
        .expected_stream(stream)
        .header(wire::SCHEMA_HEADER, wire::VERSION)
}

/// Returns the message of a row of the table. A header names its damaged columns. Rows whose event id cannot be read share the nil
/// id, so the id of the message is the row's number in the table then.
pub(crate) fn of_stored(row: &StoredActivity, stream: &str) -> PublishMessage {
    let mut message = of_row(&row.activity, stream);
    if !row.damaged.is_empty() {
        message = message.header(wire::DAMAGED_HEADER, row.damaged.join(","));
    }
    if row.activity.event_id.is_nil() {
        message = message.message_id(format!("row-{}", row.id));
    }
    message
}

/// Returns the version in a message's header.
pub(crate) fn version(headers: Option<&HeaderMap>) -> Option<&str> {
    Some(headers?.get(wire::SCHEMA_HEADER)?.as_str())
}

/// Returns a message that is set aside: its bytes and headers as they came, with the reason. Its id is its number in the stream
/// of rows and its time there, so that it is kept once however often that is tried. A stream that is created again has the same
/// numbers, at other times.
pub(crate) fn set_aside(
    message: &async_nats::Message,
    stream: &str,
    info: &Info<'_>,
    reason: &str,
) -> PublishMessage {
    let mut headers = HeaderMap::new();
    for (name, values) in message.headers.iter().flat_map(HeaderMap::iter) {
        // These are instructions to the stream of rows.
        if !name.to_string().to_ascii_lowercase().starts_with("nats-") {
            for value in values {
                headers.append(name.clone(), value.clone());
            }
        }
    }
    let sequence = info.stream_sequence;
    let published = SystemTime::from(info.published).duration_since(UNIX_EPOCH);
    let published = published.unwrap_or_default().as_nanos();
    headers.insert(DEAD_SEQUENCE_HEADER, sequence.to_string());
    headers.insert(DEAD_REASON_HEADER, one_line(reason).as_str());
    PublishMessage::build()
        .payload(message.payload.clone())
        .headers(headers)
        .message_id(format!("{stream}-{sequence}-{published}"))
}

/// Returns the reason as a header can have it.
fn one_line(reason: &str) -> String {
    let mut line: String = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    while line.len() > REASON {
        line.pop();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_several_lines_is_one_header() {
        assert_eq!(
            one_line("Data too long\r\nfor `x`\n"),
            "Data too long for `x`"
        );
        assert_eq!(one_line(&"é".repeat(600)).len(), REASON);
    }
}
