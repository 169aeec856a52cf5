//! JSON Lines: one JSON object per line.

use std::io;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::query::StoredActivity;

#[derive(Serialize)]
struct JsonLine<'a> {
    id: u64,
    event_id: String,
    occurred_at: String,
    actor_type: &'a str,
    actor_id: Option<i64>,
    action: &'a str,
    resource: &'a str,
    resource_id: Option<&'a str>,
    payload: JsonPayload<'a>,
    correlation_id: Option<&'a str>,
    request_id: Option<&'a str>,
    route_name: Option<&'a str>,
    ip_address: Option<&'a str>,
    user_agent: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonPayload<'a> {
    Json(&'a RawValue),
    /// With blanks in place of line breaks.
    Joined(Box<RawValue>),
    Damaged(&'a str),
}

pub(super) fn line(row: &StoredActivity, text: &mut Vec<u8>) -> io::Result<()> {
    let activity = &row.activity;
    let line = JsonLine {
        id: row.id,
        event_id: activity.event_id.to_string(),
        occurred_at: activity.occurred_at.to_rfc3339(),
        actor_type: &activity.actor_type,
        actor_id: activity.actor_id,
        action: &activity.action,
        resource: &activity.resource,
        resource_id: activity.resource_id.as_deref(),
        payload: payload(&activity.payload),
        correlation_id: activity.correlation_id.as_deref(),
        request_id: activity.request_id.as_deref(),
        route_name: activity.route_name.as_deref(),
        ip_address: activity.ip_address.as_deref(),
        user_agent: activity.user_agent.as_deref(),
    };
    serde_json::to_writer(&mut *text, &line)?;
    text.push(b'\n');
    Ok(())
}

/// Returns the payload unchanged except for line breaks, which valid JSON has between tokens only.
fn payload(text: &str) -> JsonPayload<'_> {
    if text.contains(['\n', '\r']) {
        let joined = RawValue::from_string(text.replace(['\n', '\r'], " "));
        return joined.map_or(JsonPayload::Damaged(text), JsonPayload::Joined);
    }
    serde_json::from_str(text).map_or(JsonPayload::Damaged(text), JsonPayload::Json)
}
