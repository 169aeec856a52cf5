//! Rows as read from the store. A damaged value is reported by its column and does not fail the read.

use std::borrow::Cow;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use uuid::Uuid;

/// A row with the names of its damaged columns.
#[derive(Clone, Debug)]
pub(crate) struct StoredRow {
    pub(crate) id: u64,
    /// Time in the store's own text form, for the cursor.
    pub(crate) occurred_at: String,
    pub(crate) activity: Activity<'static>,
    pub(crate) damaged: Vec<&'static str>,
}

impl StoredRow {
    /// Reads a row. `text` returns a column by its index in `select::selected`.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(super) fn read(
        id: u64,
        actor_id: Option<i64>,
        text: impl Fn(usize) -> Option<String>,
    ) -> Self {
        let text = |column| text(column).map(Cow::Owned);
        let mut damaged = Vec::new();
        let occurred_at: Cow<'static, str> = text(2).unwrap_or_default();
        let event_id: Cow<'static, str> = text(1).unwrap_or_default();
        let activity = activity! {
            event_id: whole("event_id", event_id.parse::<Uuid>().ok(), &mut damaged),
            occurred_at: whole(
                "occurred_at",
                occurred_at.parse::<Timestamp>().ok(),
                &mut damaged,
            ),
            actor_type: whole("actor_type", text(3), &mut damaged),
            actor_id,
            action: whole("action", text(5), &mut damaged),
            resource: whole("resource", text(6), &mut damaged),
            resource_id: text(7),
            payload: whole("payload", text(8), &mut damaged),
            correlation_id: text(9),
            request_id: text(10),
            route_name: text(11),
            ip_address: text(12),
            user_agent: text(13),
        };
        if serde_json::from_str::<&serde_json::value::RawValue>(&activity.payload).is_err()
            && !damaged.contains(&"payload")
        {
            damaged.push("payload");
        }
        Self {
            id,
            occurred_at: occurred_at.into_owned(),
            activity,
            damaged,
        }
    }

    pub(crate) fn sound(id: u64, activity: &Activity<'_>) -> Self {
        Self {
            id,
            occurred_at: activity.occurred_at.to_string(),
            activity: activity.clone().into_owned(),
            damaged: Vec::new(),
        }
    }
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
fn whole<T: Default>(column: &'static str, value: Option<T>, damaged: &mut Vec<&'static str>) -> T {
    value.unwrap_or_else(|| {
        damaged.push(column);
        T::default()
    })
}

/// Returns an id with its event, as a read row has them. A damaged event is the default one there too.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(super) fn event((id, event): (i64, Option<String>)) -> (u64, Uuid) {
    let event = event.and_then(|event| event.parse().ok());
    (id.cast_unsigned(), event.unwrap_or_default())
}
