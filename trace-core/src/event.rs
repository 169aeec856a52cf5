//! The event as the writer reads it.

use std::str;

use crate::clock::Timestamp;
use crate::encoding::{Encoded, KeyHint, TextFields};
use crate::field::Field;

/// One event, decoded, before the policy finishes it into an [`Activity`](crate::Activity).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The time at which the call succeeded.
    pub occurred_at: Timestamp,
    /// The action.
    pub action: &'a str,
    /// The kind of thing that the action changed.
    pub resource: &'a str,
    /// The id of the resource.
    pub resource_id: Option<&'a str>,
    /// The kind of actor.
    pub actor_type: Option<&'a str>,
    /// The id of the actor.
    pub actor_id: Option<&'a str>,
    /// The actor's name at that time.
    pub actor_label: Option<&'a str>,
    /// The impersonator, who acts in the actor's name.
    pub impersonator: Option<&'a str>,
    /// The id of the request.
    pub request_id: Option<&'a str>,
    /// The correlation of the event.
    pub correlation_id: Option<&'a str>,
    /// The template of the route.
    pub route_name: Option<&'a str>,
    /// The address of the client.
    pub ip_address: Option<&'a str>,
    /// The user agent of the client.
    pub user_agent: Option<&'a str>,
    /// The payload as JSON.
    pub payload: Option<Json<'a>>,
    /// The diff, a JSON object.
    pub diff: Option<Json<'a>>,
    /// The reason.
    pub reason: Option<&'a str>,
    /// The number of resources, for a bulk change.
    pub count: Option<&'a str>,
    /// A sample of ids, a JSON array.
    pub ids: Option<&'a str>,
    /// `unknown`, if it is unknown whether the transaction committed.
    pub commit: Option<&'a str>,
}

/// A text that is JSON, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a> {
    text: &'a str,
    /// The hint about its keys, if the recorder's encoder wrote it.
    ours: Option<KeyHint>,
}

impl<'a> Json<'a> {
    /// Wraps a text that is not checked yet.
    pub const fn untrusted(text: &'a str) -> Self {
        Self { text, ours: None }
    }

    const fn written(text: &'a str, keys: KeyHint) -> Self {
        Self {
            text,
            ours: Some(keys),
        }
    }

    /// Returns the text.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// Returns whether the recorder's encoder wrote it ([`payload`](crate::payload)), so that only its length needs a check.
    /// Such a text is compact JSON, shallow enough, and accepted by every server.
    pub const fn is_trusted(self) -> bool {
        self.ours.is_some()
    }

    /// Returns whether the recorder's encoder wrote it without a [reserved key](crate::keys::RESERVED) at the top level.
    /// Returns `false` if this is unknown.
    pub const fn has_no_reserved_keys(self) -> bool {
        matches!(self.ours, Some(KeyHint::Free))
    }
}

impl<'a> Event<'a> {
    /// Decodes the bytes of [`Fields::as_bytes`](crate::Fields::as_bytes).
    ///
    /// A value that is not UTF-8 or follows a damaged field is left out. Payload and diff are taken as written by the
    /// recorder's encoder.
    pub fn decode(occurred_at: Timestamp, bytes: &'a [u8]) -> Self {
        let mut event = Self {
            occurred_at,
            ..Self::default()
        };
        // One long check is cheaper than a dozen short ones, each of which goes byte by byte at both ends.
        if let Ok(text) = str::from_utf8(bytes) {
            for (field, keys, value) in TextFields(text) {
                event.set(field, keys, value);
            }
            return event;
        }
        for (field, value) in Encoded(bytes) {
            if let Ok(value) = str::from_utf8(value) {
                event.set(field, KeyHint::Unknown, value);
            }
        }
        event
    }

    fn set(&mut self, field: Field, keys: KeyHint, value: &'a str) {
        let slot = match field {
            Field::Action => return self.action = value,
            Field::Resource => return self.resource = value,
            Field::ResourceId => &mut self.resource_id,
            Field::ActorType => &mut self.actor_type,
            Field::ActorId => &mut self.actor_id,
            Field::ActorLabel => &mut self.actor_label,
            Field::Impersonator => &mut self.impersonator,
            Field::RequestId => &mut self.request_id,
            Field::CorrelationId => &mut self.correlation_id,
            Field::RouteName => &mut self.route_name,
            Field::IpAddress => &mut self.ip_address,
            Field::UserAgent => &mut self.user_agent,
            Field::Payload => return self.payload = Some(Json::written(value, keys)),
            Field::Diff => return self.diff = Some(Json::written(value, keys)),
            Field::Reason => &mut self.reason,
            Field::Count => &mut self.count,
            Field::Ids => &mut self.ids,
            Field::Commit => &mut self.commit,
        };
        *slot = Some(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;

    #[test]
    fn an_event_reads_what_its_fields_wrote() {
        let mut fields = Fields::new();
        fields.put(Field::Action, "user.update");
        fields.put(Field::Resource, "User");
        fields.put(Field::ResourceId, "7");
        let event = Event::decode(Timestamp::from_micros(5), fields.as_bytes());
        assert_eq!(
            (event.action, event.resource, event.resource_id),
            ("user.update", "User", Some("7"))
        );
        assert_eq!(event.payload, None);
    }

    #[test]
    fn a_cut_off_buffer_keeps_what_came_before_the_cut() {
        let mut fields = Fields::new();
        fields.put(Field::Action, "user.update");
        fields.put(Field::Resource, "User");
        let bytes = fields.as_bytes();
        let event = Event::decode(Timestamp::default(), &bytes[..bytes.len() - 1]);
        assert_eq!((event.action, event.resource), ("user.update", ""));
    }

    #[test]
    fn a_value_that_is_no_text_is_left_out_and_the_others_stay() {
        let mut fields = Fields::new();
        fields.put(Field::Action, "größe.update");
        fields.write(Field::RequestId, |bytes| bytes.extend_from_slice(b"\xff"));
        fields.put(Field::Resource, "User");
        let event = Event::decode(Timestamp::default(), fields.as_bytes());
        assert_eq!(
            (event.action, event.request_id, event.resource),
            ("größe.update", None, "User")
        );
    }

    #[test]
    fn a_payload_is_known_to_be_free_of_reserved_keys_or_is_looked_at() {
        let is_free = |text: &str| {
            let mut fields = Fields::new();
            fields.put(Field::Payload, text);
            let event = Event::decode(Timestamp::default(), fields.as_bytes());
            let payload = event.payload.expect("a payload");
            assert!(payload.is_trusted());
            payload.has_no_reserved_keys()
        };
        for key in crate::keys::RESERVED {
            assert!(
                !is_free(&format!(r#"{{"a":1,"{key}":{{"b":2}}}}"#)),
                "{key}"
            );
            assert!(
                is_free(&format!(r#"{{"a":{{"{key}":1}},"x{key}":"{key}"}}"#)),
                "{key}"
            );
        }
        assert!(!is_free(r#"{"d\u0069ff":1}"#));
        assert!(!is_free(r#"{"a":{"b":1},"diff":2}"#));
        assert!(is_free("[1]"));
        assert!(!Json::untrusted("{}").has_no_reserved_keys());
    }
}
