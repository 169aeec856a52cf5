//! Encoding of a row as one line of JSON. A field may be added; a reader ignores those that it does not know.

use std::borrow::Cow;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    event_id: Cow<'a, str>,
    /// Microseconds since the epoch, which is exact where a text form may not be.
    occurred_at: i64,
    actor_type: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor_id: Option<i64>,
    action: Cow<'a, str>,
    resource: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resource_id: Option<Cow<'a, str>>,
    payload: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    route_name: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip_address: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Activity<'_>> for Record<'a> {
    fn from(row: &'a Activity<'_>) -> Self {
        let optional = |text: &'a Option<Cow<'_, str>>| text.as_deref().map(Cow::Borrowed);
        Self {
            event_id: Cow::Owned(row.event_id.to_string()),
            occurred_at: row.occurred_at.as_micros(),
            actor_type: Cow::Borrowed(&row.actor_type),
            actor_id: row.actor_id,
            action: Cow::Borrowed(&row.action),
            resource: Cow::Borrowed(&row.resource),
            resource_id: optional(&row.resource_id),
            payload: Cow::Borrowed(&row.payload),
            correlation_id: optional(&row.correlation_id),
            request_id: optional(&row.request_id),
            route_name: optional(&row.route_name),
            ip_address: optional(&row.ip_address),
            user_agent: optional(&row.user_agent),
        }
    }
}

/// Encodes one row as one line, without a line end.
pub fn encode(row: &Activity<'_>) -> String {
    // Strings and integers always encode.
    serde_json::to_string(&Record::from(row)).unwrap_or_default()
}

/// Encodes many rows as one JSON array.
#[cfg(feature = "sqlite")]
pub(crate) fn encode_all(rows: &[Activity<'_>]) -> String {
    let records: Vec<_> = rows.iter().map(Record::from).collect();
    serde_json::to_string(&records).unwrap_or_default()
}

/// Decodes a row of a spool; returns `None` if the text is not one.
#[cfg(feature = "sqlite")]
pub(crate) fn parse(text: &str) -> Option<Activity<'static>> {
    decode(text.as_bytes()).ok()
}

/// Decodes a row, or returns the reason why the bytes are none.
pub(super) fn decode(bytes: &[u8]) -> Result<Activity<'static>, String> {
    let record: Record<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let event_id = Uuid::parse_str(&record.event_id)
        .map_err(|_| format!("`{}` in `event_id` is no UUID", record.event_id))?;
    let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    Ok(activity! {
        event_id,
        occurred_at: Timestamp::from_micros(record.occurred_at),
        actor_type: own(record.actor_type),
        actor_id: record.actor_id,
        action: own(record.action),
        resource: own(record.resource),
        resource_id: record.resource_id.map(own),
        payload: own(record.payload),
        correlation_id: record.correlation_id.map(own),
        request_id: record.request_id.map(own),
        route_name: record.route_name.map(own),
        ip_address: record.ip_address.map(own),
        user_agent: record.user_agent.map(own),
    })
}
