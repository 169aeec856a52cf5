//! The names that the macro, the layer and hand-written `tracing` events share.

/// The target of every activity event, mirrored or hand-written.
pub const TARGET: &str = "behavior_trace";

/// The action, as `noun.verb`.
pub const ACTION: &str = "action";
/// The kind of thing that the action changed.
pub const RESOURCE: &str = "resource";
/// The id of the resource.
pub const RESOURCE_ID: &str = "resource_id";
/// The payload, one JSON object as text.
pub const PAYLOAD: &str = "payload";
/// The reason.
pub const REASON: &str = "reason";
/// The kind of actor, as in [`Actor`](crate::Actor).
pub const ACTOR_TYPE: &str = "actor_type";
/// The id of the actor.
pub const ACTOR_ID: &str = "actor_id";
/// The actor's name at that time.
pub const ACTOR_LABEL: &str = "actor_label";
/// The impersonator, who acts in the actor's name.
pub const IMPERSONATOR: &str = "impersonator";
/// The id of the request.
pub const REQUEST_ID: &str = "request_id";
/// The correlation, an id that several requests share.
pub const CORRELATION_ID: &str = "correlation_id";
/// The template of the route, never the raw path.
pub const ROUTE_NAME: &str = "route_name";
/// The address of the client.
pub const IP_ADDRESS: &str = "ip_address";
/// The user agent of the client.
pub const USER_AGENT: &str = "user_agent";
/// The diff, a JSON object as text.
pub const DIFF: &str = "diff";
/// The number of resources that a bulk operation changed.
pub const COUNT: &str = "count";
/// A sample of the ids that a bulk operation changed, a JSON array as text.
pub const IDS: &str = "ids";
/// `unknown`, if it is unknown whether the transaction committed.
pub const COMMIT: &str = "commit";
/// The actor's id in a payload, if it is no integer.
pub const ACTOR_REF: &str = "actor_ref";

/// The payload keys that the recorder writes. All other keys belong to the application. Readers take the last four as
/// written by the recorder even in a row where the recorder wrote none.
pub const RESERVED: [&str; 8] = [
    DIFF,
    REASON,
    COUNT,
    IDS,
    IMPERSONATOR,
    ACTOR_REF,
    ACTOR_LABEL,
    COMMIT,
];

/// Returns whether a key is reserved. The key is given as the bytes of a buffer.
pub(crate) fn is_reserved(key: &[u8]) -> bool {
    RESERVED.iter().any(|reserved| reserved.as_bytes() == key)
}
