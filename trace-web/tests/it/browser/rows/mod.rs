//! Rows of every kind, as an application records them.

mod approval;
mod others;
mod user;

use behavior_trace_core::{Activity, Timestamp, activity};
use serde_json::{Value, json};
use uuid::Uuid;

/// Correlation of the approval of an order, which seven rows are of.
pub(super) const APPROVAL: &str = "01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8";
/// Id that is too long for a sentence.
pub(super) const LONG_ID: &str = "contracts/2026/annex-7/final-final-3/appendix-b";

/// A row with the columns that all rows have, so many seconds ago.
pub(super) fn row(ago: i64, action: &str, record: &str, payload: &Value) -> Activity<'static> {
    let (resource, id) = record.split_once(':').unwrap_or((record, ""));
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::from_micros(Timestamp::now().as_micros() - ago * 1_000_000),
        actor_type: "ADMIN".into(),
        actor_id: Some(1),
        action: action.to_owned().into(),
        resource: resource.to_owned().into(),
        resource_id: (!id.is_empty()).then(|| id.to_owned().into()),
        payload: payload.to_string().into(),
        correlation_id: Some(Uuid::new_v4().to_string().into()),
        request_id: Some("req_8f14e45f".into()),
        route_name: Some("PATCH /users/{id}".into()),
        ip_address: Some("203.0.113.24".into()),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0".into()),
    }
}

/// Sets the actor.
fn by(mut row: Activity<'static>, kind: &'static str, id: Option<i64>) -> Activity<'static> {
    row.actor_type = kind.into();
    row.actor_id = id;
    row
}

/// Sets the correlation and the request.
fn of(mut row: Activity<'static>, request: &'static str, route: &'static str) -> Activity<'static> {
    row.correlation_id = Some(APPROVAL.into());
    row.request_id = Some(request.into());
    row.route_name = Some(route.into());
    row
}

/// Sets that no story and no request is known.
fn alone(mut row: Activity<'static>) -> Activity<'static> {
    row.correlation_id = None;
    row.request_id = None;
    row.route_name = None;
    row
}

/// Returns a change of one field.
fn change(field: &str, from: impl Into<Value>, to: impl Into<Value>) -> Value {
    json!({ field: { "from": from.into(), "to": to.into() } })
}

/// Returns plain rows of yesterday and before, for the second page.
fn older() -> Vec<Activity<'static>> {
    let update = |number: i64| {
        let payload =
            json!({ "actor_label": "Grace Hopper", "diff": change("stock", number, number + 1) });
        row(
            93_600 + number * 600,
            "product.update",
            &format!("Product:{}", 300 + number),
            &payload,
        )
    };
    (0..40).map(update).collect()
}

/// Returns all rows, in the order of their times.
pub(super) fn all() -> Vec<Activity<'static>> {
    let mut rows = [
        approval::rows(),
        user::rows(),
        others::by_others(),
        others::of_each_verb(),
        older(),
    ]
    .concat();
    rows.sort_by_key(|row| row.occurred_at);
    rows
}
