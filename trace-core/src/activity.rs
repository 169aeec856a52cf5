//! One row.

use uuid::Uuid;

use crate::clock::Timestamp;

/// One row of `operational_activity`, finished: every text fits its column and the payload is one JSON object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Drawn once, before the first attempt to store, so that a repeated attempt changes nothing.
    pub event_id: Uuid,
    /// When the call succeeded, UTC.
    pub occurred_at: Timestamp,
    /// The kind of actor, normalised.
    pub actor_type: String,
    /// Which actor, if its id is an integer.
    pub actor_id: Option<i64>,
    /// What was done.
    pub action: String,
    /// The kind of thing it was done to.
    pub resource: String,
    /// Which one of them.
    pub resource_id: Option<String>,
    /// One JSON object.
    pub payload: String,
    /// The story it belongs to.
    pub correlation_id: Option<String>,
    /// The one request.
    pub request_id: Option<String>,
    /// The route's template.
    pub route_name: Option<String>,
    /// The client's address.
    pub ip_address: Option<String>,
    /// The client's agent.
    pub user_agent: Option<String>,
}
