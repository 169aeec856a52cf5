//! The limits of the columns of `operational_activity`, in characters as MySQL's `VARCHAR` counts them, and of the payload.

use behavior_trace_domain::MAX_CHARACTERS;

use crate::field::Field;

/// `actor_type VARCHAR(32)`.
pub const ACTOR_TYPE: usize = 32;
/// `action VARCHAR(255)`.
pub const ACTION: usize = 255;
/// `resource VARCHAR(255)`.
pub const RESOURCE: usize = 255;
/// `resource_id VARCHAR(255)`.
pub const RESOURCE_ID: usize = 255;
/// `correlation_id VARCHAR(36)`.
pub const CORRELATION_ID: usize = 36;
/// `request_id VARCHAR(64)`.
pub const REQUEST_ID: usize = 64;
/// `route_name VARCHAR(255)`.
pub const ROUTE_NAME: usize = 255;
/// `ip_address VARCHAR(45)`, the longest text form of an IPv6 address.
pub const IP_ADDRESS: usize = 45;
/// `user_agent VARCHAR(512)`.
pub const USER_AGENT: usize = 512;
/// The length of a name in the payload, such as an actor's label, or of an actor's id that is no number.
pub const NAME: usize = 255;
/// The length of any other captured text, such as a reason, in bytes.
pub const TEXT_BYTES: usize = 8 * 1024;
/// The size of the encoded payload, in bytes.
pub const PAYLOAD_BYTES: usize = 64 * 1024;
/// The maximum nesting of the payload. MariaDB 10.11 rejects 32 levels; the margin is for the keys that are merged around
/// it.
pub const PAYLOAD_DEPTH: usize = 24;

// The package of the one-domain rule has no dependencies, so that the macro can use it too. So it repeats the number.
const _: () = assert!(ACTION == MAX_CHARACTERS && RESOURCE == MAX_CHARACTERS);

/// Returns the number of characters of a field that a row keeps, if the field is a column or a name.
pub(crate) const fn of(field: Field) -> Option<usize> {
    Some(match field {
        Field::Action => ACTION,
        Field::Resource => RESOURCE,
        Field::ResourceId => RESOURCE_ID,
        Field::ActorType => ACTOR_TYPE,
        Field::ActorId | Field::ActorLabel | Field::Impersonator => NAME,
        Field::RequestId => REQUEST_ID,
        Field::CorrelationId => CORRELATION_ID,
        Field::RouteName => ROUTE_NAME,
        Field::IpAddress => IP_ADDRESS,
        Field::UserAgent => USER_AGENT,
        Field::Payload
        | Field::Diff
        | Field::Reason
        | Field::Count
        | Field::Ids
        | Field::Commit => return None,
    })
}

/// Returns the captured part of a field's text. It may be one character longer than a row keeps, so that the policy sees and
/// marks the cut.
#[inline]
pub(crate) fn kept(field: Field, text: &str) -> &str {
    // There are never more characters than bytes.
    match of(field) {
        Some(characters) if text.len() > characters => first(text, characters + 1),
        None if text.len() > TEXT_BYTES => &text[..text.floor_char_boundary(TEXT_BYTES)],
        _ => text,
    }
}

/// Returns the first `characters` characters.
#[cold]
pub(crate) fn first(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}
