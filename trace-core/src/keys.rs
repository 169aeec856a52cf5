//! The names that the macro, the layer and hand-written `tracing` events share.

/// The target of every event that is activity, mirrored or hand-written.
pub const TARGET: &str = "behavior_trace";

/// The action, as `noun.verb`.
pub const ACTION: &str = "action";
/// The kind of thing it was done to.
pub const RESOURCE: &str = "resource";
/// The id of the resource.
pub const RESOURCE_ID: &str = "resource_id";
/// One JSON object as text.
pub const PAYLOAD: &str = "payload";
/// Why it was done.
pub const REASON: &str = "reason";
/// The kind of actor, as in [`Actor`](crate::Actor).
pub const ACTOR_TYPE: &str = "actor_type";
/// The id of the actor.
pub const ACTOR_ID: &str = "actor_id";
/// The actor's name as it was at the time.
pub const ACTOR_LABEL: &str = "actor_label";
/// The impersonator, who acts in the actor's name.
pub const IMPERSONATOR: &str = "impersonator";
/// The id of the one request.
pub const REQUEST_ID: &str = "request_id";
/// The id that several requests of one story share.
pub const CORRELATION_ID: &str = "correlation_id";
/// The route's template, never the raw path.
pub const ROUTE_NAME: &str = "route_name";
/// The client's address.
pub const IP_ADDRESS: &str = "ip_address";
/// The client's agent.
pub const USER_AGENT: &str = "user_agent";
/// The diff, a JSON object as text.
pub const DIFF: &str = "diff";
/// The number of resources that a bulk change touched.
pub const COUNT: &str = "count";
/// A sample of the ids a bulk change touched, a JSON array as text.
pub const IDS: &str = "ids";
/// `unknown`, if it was not learned whether the transaction committed.
pub const COMMIT: &str = "commit";
/// The actor, in a payload, if its id is no integer.
pub const ACTOR_REF: &str = "actor_ref";

/// The keys of a payload under which we write. The rest of the object is the user's. Readers take the last four for our
/// word even when we say nothing.
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

/// Returns whether a key is reserved; in bytes, as it stands in a buffer.
pub(crate) fn is_reserved(key: &[u8]) -> bool {
    RESERVED.iter().any(|reserved| reserved.as_bytes() == key)
}
