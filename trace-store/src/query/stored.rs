//! What comes back.

use behavior_trace_core::Activity;

use super::cursor::Cursor;
use crate::store::StoredRow;

/// One row that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredActivity {
    /// Its number in the order of storing. It has gaps, and it is not the order of happening.
    pub id: u64,
    /// What was recorded.
    pub activity: Activity<'static>,
    /// The columns whose value is not what it should be, because something else wrote or changed the row: a time that
    /// is none reads as 1970, an event id as nil, a payload as the text that is there.
    pub damaged: Vec<&'static str>,
}

impl StoredActivity {
    /// The payload, unless it is damaged.
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

/// Some rows, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// In the order of the query.
    pub items: Vec<StoredActivity>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}
