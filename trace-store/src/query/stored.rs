//! Results of a query.

use behavior_trace_core::Activity;
use serde::Serialize;

use super::cursor::Cursor;
use crate::store::StoredRow;

/// A stored row. It serializes as one object: `id`, the columns, and `damaged` if a column is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredActivity {
    /// Row number in storing order. Numbers have gaps and do not follow the times of the events.
    pub id: u64,
    /// The recorded activity.
    #[serde(flatten)]
    pub activity: Activity<'static>,
    /// Names of columns with an invalid value, because other software wrote or changed the row. An invalid time reads as
    /// 1970, an event id as nil, a payload as its stored text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damaged: Vec<&'static str>,
}

impl StoredActivity {
    /// Returns the parsed payload, unless it is damaged.
    pub fn payload(&self) -> Option<serde_json::Value> {
        serde_json::from_str(&self.activity.payload).ok()
    }
}

impl From<StoredRow> for StoredActivity {
    fn from(row: StoredRow) -> Self {
        Self {
            id: row.id,
            activity: row.activity,
            damaged: row.damaged,
        }
    }
}

/// One page of rows, with the cursor of the next page. It serializes with the cursor as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Page {
    /// Rows in the order of the query.
    pub items: Vec<StoredActivity>,
    /// Cursor of the next page; `None` after the last page.
    pub next: Option<Cursor>,
}
