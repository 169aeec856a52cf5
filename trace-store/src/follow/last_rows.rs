//! The rows that a follower gave last.

use std::collections::BTreeMap;

use super::position::Newest;
use crate::query::StoredActivity;

/// Ids before the highest one that are looked at again.
pub(super) const LAST_IDS: usize = 1_000;

/// The rows that were given last.
#[derive(Debug, Default)]
pub(super) struct LastRows(BTreeMap<u64, Newest>);

impl LastRows {
    pub(super) fn note(&mut self, row: &StoredActivity) {
        let newest = Newest::of(row.id, &row.activity.event_id);
        self.0.insert(row.id, newest);
        while self.0.len() > LAST_IDS {
            self.0.pop_first();
        }
    }

    pub(super) fn has(&self, row: &StoredActivity) -> bool {
        let newest = Newest::of(row.id, &row.activity.event_id);
        self.0.get(&row.id) == Some(&newest)
    }
}
