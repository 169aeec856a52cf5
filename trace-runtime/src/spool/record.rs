//! A row as one line of JSON. Fields may be added; a reader that does not know one leaves it out.

use std::borrow::Cow;

use behavior_trace_core::{Activity, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Record<'a> {
    event_id: Cow<'a, str>,
    /// Microseconds since the epoch: exact, whatever a text form would do to it.
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

impl<'a> From<&'a Activity> for Record<'a> {
    fn from(row: &'a Activity) -> Self {
        let optional = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
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

/// One row.
pub(super) fn encode(row: &Activity) -> String {
    // Strings and integers always encode.
    serde_json::to_string(&Record::from(row)).unwrap_or_default()
}

/// Many rows, as one JSON array.
pub(super) fn encode_all(rows: &[Activity]) -> String {
    let records: Vec<_> = rows.iter().map(Record::from).collect();
    serde_json::to_string(&records).unwrap_or_default()
}

/// The row, if it is one.
pub(super) fn decode(text: &str) -> Option<Activity> {
    let record: Record<'_> = serde_json::from_str(text).ok()?;
    let optional = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    Some(Activity {
        event_id: Uuid::parse_str(&record.event_id).ok()?,
        occurred_at: Timestamp::from_micros(record.occurred_at),
        actor_type: record.actor_type.into_owned(),
        actor_id: record.actor_id,
        action: record.action.into_owned(),
        resource: record.resource.into_owned(),
        resource_id: optional(record.resource_id),
        payload: record.payload.into_owned(),
        correlation_id: optional(record.correlation_id),
        request_id: optional(record.request_id),
        route_name: optional(record.route_name),
        ip_address: optional(record.ip_address),
        user_agent: optional(record.user_agent),
    })
}
