//! Probe rows, which are stored and rolled back to test the table.

use std::borrow::Cow;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp, limits};
use uuid::Uuid;

/// Returns a row that every table accepts.
pub(super) fn small() -> Activity<'static> {
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::now(),
        actor_type: "SYSTEM".into(),
        action: "behavior_trace.rehearse".into(),
        resource: "BehaviorTrace".into(),
        payload: "{}".into(),
        ..Activity::default()
    }
}

/// Returns a row that fills each column to its reference width. A table that refuses it is narrower than the reference.
pub(super) fn widest(occurred_at: Timestamp) -> Activity<'static> {
    let wide = |characters| Cow::Owned(WIDE.repeat(characters));
    activity! {
        occurred_at,
        actor_type: wide(limits::ACTOR_TYPE),
        actor_id: Some(i64::MIN),
        action: wide(limits::ACTION),
        resource: wide(limits::RESOURCE),
        resource_id: Some(wide(limits::RESOURCE_ID)),
        payload: deepest().into(),
        correlation_id: Some(wide(limits::CORRELATION_ID)),
        request_id: Some(wide(limits::REQUEST_ID)),
        route_name: Some(wide(limits::ROUTE_NAME)),
        ip_address: Some(wide(limits::IP_ADDRESS)),
        user_agent: Some(wide(limits::USER_AGENT)),
        ..small()
    }
}

/// Returns such a row with the highest id of an actor instead of the lowest, which an unsigned column refuses.
pub(super) fn widest_without_sign(occurred_at: Timestamp) -> Activity<'static> {
    activity! {
        actor_id: Some(i64::MAX),
        ..widest(occurred_at)
    }
}

/// A character of four bytes, the maximum in UTF-8.
const WIDE: &str = "\u{10348}";

/// Returns a payload of the reference size and depth.
fn deepest() -> String {
    let open = r#"{"p":"#.repeat(limits::PAYLOAD_DEPTH);
    let close = "}".repeat(limits::PAYLOAD_DEPTH);
    let room = limits::PAYLOAD_BYTES - open.len() - close.len() - 2;
    let (wide, rest) = (
        WIDE.repeat(room / WIDE.len()),
        "x".repeat(room % WIDE.len()),
    );
    format!(r#"{open}"{wide}{rest}"{close}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_row_is_as_wide_and_as_deep_as_the_reference() {
        let row = widest(Timestamp::default());
        assert_eq!(row.payload.len(), limits::PAYLOAD_BYTES);
        assert_eq!(row.payload.matches('{').count(), limits::PAYLOAD_DEPTH);
        serde_json::from_str::<serde_json::Value>(&row.payload).expect("JSON");
        assert_eq!(
            row.user_agent.expect("an agent").len(),
            4 * limits::USER_AGENT
        );
    }
}
