//! The fields of an event.

use crate::keys;

/// A field of an event. The discriminants are the tags of the encoded form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Field {
    /// The action.
    Action = 0,
    /// The kind of thing that the action changed.
    Resource = 1,
    /// The id of the resource.
    ResourceId = 2,
    /// The kind of actor.
    ActorType = 3,
    /// The id of the actor, an integer or any other text.
    ActorId = 4,
    /// The actor's name at that time.
    ActorLabel = 5,
    /// The impersonator, who acts in the actor's name.
    Impersonator = 6,
    /// The id of the request.
    RequestId = 7,
    /// The correlation of the event.
    CorrelationId = 8,
    /// The template of the route.
    RouteName = 9,
    /// The address of the client.
    IpAddress = 10,
    /// The user agent of the client.
    UserAgent = 11,
    /// The application's value, encoded as masked JSON.
    Payload = 12,
    /// The diff, a masked JSON object.
    Diff = 13,
    /// The reason.
    Reason = 14,
    /// The number of resources, for a bulk change.
    Count = 15,
    /// A sample of ids, a JSON array.
    Ids = 16,
    /// `unknown`, if it is unknown whether the transaction committed.
    Commit = 17,
}

impl Field {
    const ALL: [Self; 18] = [
        Self::Action,
        Self::Resource,
        Self::ResourceId,
        Self::ActorType,
        Self::ActorId,
        Self::ActorLabel,
        Self::Impersonator,
        Self::RequestId,
        Self::CorrelationId,
        Self::RouteName,
        Self::IpAddress,
        Self::UserAgent,
        Self::Payload,
        Self::Diff,
        Self::Reason,
        Self::Count,
        Self::Ids,
        Self::Commit,
    ];

    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.get(usize::from(tag)).copied()
    }

    /// Returns the name of the field in spans and in hand-written events; see [`keys`].
    pub const fn key(self) -> &'static str {
        match self {
            Self::Action => keys::ACTION,
            Self::Resource => keys::RESOURCE,
            Self::ResourceId => keys::RESOURCE_ID,
            Self::ActorType => keys::ACTOR_TYPE,
            Self::ActorId => keys::ACTOR_ID,
            Self::ActorLabel => keys::ACTOR_LABEL,
            Self::Impersonator => keys::IMPERSONATOR,
            Self::RequestId => keys::REQUEST_ID,
            Self::CorrelationId => keys::CORRELATION_ID,
            Self::RouteName => keys::ROUTE_NAME,
            Self::IpAddress => keys::IP_ADDRESS,
            Self::UserAgent => keys::USER_AGENT,
            Self::Payload => keys::PAYLOAD,
            Self::Diff => keys::DIFF,
            Self::Reason => keys::REASON,
            Self::Count => keys::COUNT,
            Self::Ids => keys::IDS,
            Self::Commit => keys::COMMIT,
        }
    }

    /// Returns the field with that name.
    pub fn named(key: &str) -> Option<Self> {
        Some(match key {
            keys::ACTION => Self::Action,
            keys::RESOURCE => Self::Resource,
            keys::RESOURCE_ID => Self::ResourceId,
            keys::ACTOR_TYPE => Self::ActorType,
            keys::ACTOR_ID => Self::ActorId,
            keys::ACTOR_LABEL => Self::ActorLabel,
            keys::IMPERSONATOR => Self::Impersonator,
            keys::REQUEST_ID => Self::RequestId,
            keys::CORRELATION_ID => Self::CorrelationId,
            keys::ROUTE_NAME => Self::RouteName,
            keys::IP_ADDRESS => Self::IpAddress,
            keys::USER_AGENT => Self::UserAgent,
            keys::PAYLOAD => Self::Payload,
            keys::DIFF => Self::Diff,
            keys::REASON => Self::Reason,
            keys::COUNT => Self::Count,
            keys::IDS => Self::Ids,
            keys::COMMIT => Self::Commit,
            _ => return None,
        })
    }

    pub(crate) const fn bit(self) -> u32 {
        1 << self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_finds_its_field_again() {
        for (tag, field) in (0_u8..).zip(Field::ALL) {
            assert_eq!(field as u8, tag);
            assert_eq!(Field::named(field.key()), Some(field));
        }
    }
}
