//! One row.

use std::borrow::Cow;

use uuid::Uuid;

use crate::clock::Timestamp;

/// One row of `operational_activity`, finished: every text fits its column and the payload is one JSON object.
///
/// A text that a policy leaves as it was said is borrowed from the event, so that finishing a row copies nothing. What is
/// read from a store owns its texts: `Activity<'static>`.
///
/// Later releases may add columns: start from [`Activity::default`] and set what there is.
///
/// ```
/// use behavior_trace_core::Activity;
///
/// let mut row = Activity::default();
/// row.action = "user.update".into();
/// row.resource = "User".into();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity<'a> {
    /// Drawn once, before the first attempt to store, so that a repeated attempt changes nothing.
    pub event_id: Uuid,
    /// When the call succeeded, UTC.
    pub occurred_at: Timestamp,
    /// The kind of actor, normalised.
    pub actor_type: Cow<'a, str>,
    /// Which actor, if its id is an integer.
    pub actor_id: Option<i64>,
    /// What was done.
    pub action: Cow<'a, str>,
    /// The kind of thing it was done to.
    pub resource: Cow<'a, str>,
    /// Which one of them.
    pub resource_id: Option<Cow<'a, str>>,
    /// One JSON object.
    pub payload: Cow<'a, str>,
    /// The story it belongs to.
    pub correlation_id: Option<Cow<'a, str>>,
    /// The one request.
    pub request_id: Option<Cow<'a, str>>,
    /// The route's template.
    pub route_name: Option<Cow<'a, str>>,
    /// The client's address.
    pub ip_address: Option<Cow<'a, str>>,
    /// The client's agent.
    pub user_agent: Option<Cow<'a, str>>,
}

/// Makes an [`Activity`] as a struct expression would, for the packages beside this one.
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
    /// The same row with texts of its own.
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
