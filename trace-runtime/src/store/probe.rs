//! Rows that are stored and taken back, to see what a table takes.

use behavior_trace_core::{Activity, Timestamp};
use uuid::Uuid;

/// A row that every table takes.
pub(super) fn small() -> Activity<'static> {
    Activity {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::now(),
        actor_type: "SYSTEM".into(),
        action: "behavior_trace.rehearse".into(),
        resource: "BehaviorTrace".into(),
        payload: "{}".into(),
        ..Activity::default()
    }
}

/// A row that fills each column to its reference width. A table that refuses it is narrower than the reference.
pub(super) fn widest(occurred_at: Timestamp) -> Activity<'static> {
    Activity {
        occurred_at,
        ..small()
    }
}
