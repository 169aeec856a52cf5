//! The stored form of an event: one row.

use std::borrow::Cow;

use uuid::Uuid;

use crate::clock::Timestamp;

/// One finished row of `operational_activity`. Every text fits its column and the payload is one JSON object.
///
/// A text that the policy leaves unchanged is borrowed from the event, so that finishing a row copies nothing. A row read
/// from a store owns its texts: `Activity<'static>`.
///
/// Later releases may add columns. Start from [`Activity::default`] and set the known ones.
///
/// ```
/// use behavior_trace::Activity;
///
/// let mut row = Activity::default();
/// row.action = "user.update".into();
/// row.resource = "User".into();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity<'a> {
    /// The id of the event. It is drawn once, before the first attempt to store, so that a repeated attempt changes nothing.
    pub event_id: Uuid,
    /// The time at which the call succeeded, UTC.
    pub occurred_at: Timestamp,
    /// The kind of actor, normalised.
    pub actor_type: Cow<'a, str>,
    /// The id of the actor, if it is an integer.
    pub actor_id: Option<i64>,
    /// The action.
    pub action: Cow<'a, str>,
    /// The kind of thing that the action changed.
    pub resource: Cow<'a, str>,
    /// The id of the resource.
    pub resource_id: Option<Cow<'a, str>>,
    /// The payload, one JSON object.
    pub payload: Cow<'a, str>,
    /// The correlation of the event.
    pub correlation_id: Option<Cow<'a, str>>,
    /// The id of the request.
    pub request_id: Option<Cow<'a, str>>,
    /// The template of the route.
    pub route_name: Option<Cow<'a, str>>,
    /// The address of the client.
    pub ip_address: Option<Cow<'a, str>>,
    /// The user agent of the client.
    pub user_agent: Option<Cow<'a, str>>,
}

/// Makes an [`Activity`] like a struct expression, for the other packages of this workspace.
#[doc(hidden)]
#[macro_export]
macro_rules! activity {
    (@set $row:ident $field:ident) => { $row.$field = $field; };
    (@set $row:ident $field:ident: $value:expr) => { $row.$field = $value; };
    ($($field:ident $(: $value:expr)?,)* ..$base:expr) => {{
        let mut row: $crate::Activity<'_> = $base;
        $($crate::activity!(@set row $field $(: $value)?);)*
        row
    }};
    ($($field:ident $(: $value:expr)?),* $(,)?) => {
        $crate::activity! { $($field $(: $value)?,)* ..$crate::Activity::default() }
    };
}

impl Activity<'_> {
    /// Names of the columns, in the order of the table. A serialized row has these keys.
    pub const COLUMNS: [&'static str; 13] = [
        "event_id",
        "occurred_at",
        "actor_type",
        "actor_id",
        "action",
        "resource",
        "resource_id",
        "payload",
        "correlation_id",
        "request_id",
        "route_name",
        "ip_address",
        "user_agent",
    ];

    /// Returns the row with owned texts.
    pub fn into_owned(self) -> Activity<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Activity {
            event_id: self.event_id,
            occurred_at: self.occurred_at,
            actor_type: own(self.actor_type),
            actor_id: self.actor_id,
            action: own(self.action),
            resource: own(self.resource),
            resource_id: self.resource_id.map(own),
            payload: own(self.payload),
            correlation_id: self.correlation_id.map(own),
            request_id: self.request_id.map(own),
            route_name: self.route_name.map(own),
            ip_address: self.ip_address.map(own),
            user_agent: self.user_agent.map(own),
        }
    }
}
