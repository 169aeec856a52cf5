//! Rows that the stream has acknowledged in calls that did not end.
//!
//! A slow server may acknowledge a part of a batch before the writer gives the batch up. Without this memory each attempt would
//! send the whole batch again, and make the server slower.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use behavior_trace_core::Activity;
use uuid::Uuid;

/// Maximum number of ids. Beyond it all are forgotten, and their rows are sent again.
const IDS: usize = 20_000;

/// Ids of acknowledged rows whose call has not returned them. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged(Arc<Mutex<HashSet<Uuid>>>);

impl Acknowledged {
    pub(crate) fn add(&self, id: Uuid) {
        let mut ids = self.ids();
        if ids.len() >= IDS {
            ids.clear();
        }
        ids.insert(id);
    }

    pub(crate) fn has(&self, id: Uuid) -> bool {
        self.ids().contains(&id)
    }

    /// Forgets rows that a call returned as stored.
    pub(crate) fn forget(&self, rows: &[Activity<'_>]) {
        let mut ids = self.ids();
        for row in rows {
            ids.remove(&row.event_id);
        }
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u128) -> Activity<'static> {
        let mut row = Activity::default();
        row.event_id = Uuid::from_u128(number);
        row
    }

    #[test]
    fn an_id_is_known_until_a_call_has_returned_its_row() {
        let ids = Acknowledged::default();
        let other = ids.clone();
        ids.add(row(1).event_id);
        ids.add(row(2).event_id);
        assert!(other.has(row(1).event_id));
        other.forget(&[row(1)]);
        assert!(!ids.has(row(1).event_id) && ids.has(row(2).event_id));
    }

    #[test]
    fn the_memory_has_a_limit() {
        let ids = Acknowledged::default();
        for number in 0..=IDS as u128 {
            ids.add(row(number).event_id);
        }
        assert_eq!(ids.ids().len(), 1);
    }
}
