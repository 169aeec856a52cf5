//! A row as the pages show it.

use behavior_trace_core::Activity;
use behavior_trace_store::StoredActivity;

use crate::payload::{FieldChange, RowPayload};
use crate::verb::{Verb, verb_of};

/// A row without what is hidden, with its payload read.
#[derive(Clone, Debug)]
pub(crate) struct PageRow {
    pub(crate) stored: StoredActivity,
    pub(crate) payload: RowPayload,
}

impl From<StoredActivity> for PageRow {
    fn from(stored: StoredActivity) -> Self {
        Self {
            payload: RowPayload::of(&stored.activity.payload),
            stored,
        }
    }
}

impl PageRow {
    pub(crate) const fn activity(&self) -> &Activity<'static> {
        &self.stored.activity
    }

    pub(crate) fn verb(&self) -> Verb {
        verb_of(&self.activity().action)
    }

    /// Returns the id of the actor, from the column or the payload.
    pub(crate) fn actor_id(&self) -> Option<String> {
        let number = self.activity().actor_id.map(|id| id.to_string());
        number.or_else(|| self.payload.actor_ref.clone())
    }

    /// Returns the changes of the row: its diff, or else the application's own values as those of a creation, or of a
    /// deletion.
    pub(crate) fn changes(&self) -> Vec<FieldChange> {
        if !self.payload.diff.is_empty() {
            return self.payload.diff.clone();
        }
        let is_gone = self.verb().removes();
        let change = |(field, value): &(String, String)| {
            let value = Some(value.clone());
            let (from, to) = if is_gone {
                (value, None)
            } else {
                (None, value)
            };
            FieldChange {
                field: field.clone(),
                from,
                to,
            }
        };
        self.payload.others.iter().map(change).collect()
    }
}
