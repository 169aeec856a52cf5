//! Rows that a follower remembers: by their id and their event.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::checksum::fnv1a;

/// Rows before the highest one that are remembered.
pub(super) const LAST_IDS: usize = 1_000;

/// A row; all zero stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) id: u64,
    /// Hash of the event's id. A row of another table with the same id has another event.
    pub(super) event: u64,
}

impl Mark {
    pub(super) fn of(id: u64, event: &Uuid) -> Self {
        Self {
            id,
            event: fnv1a(event.as_bytes()),
        }
    }
}

/// The rows with the highest ids that were seen, whether or not a filter admits them.
#[derive(Debug, Default)]
pub(super) struct Marks(BTreeMap<u64, u64>);

impl Marks {
    pub(super) fn note(&mut self, mark: Mark) {
        self.0.insert(mark.id, mark.event);
    }

    pub(super) fn get(&self, id: u64) -> Option<Mark> {
        let event = *self.0.get(&id)?;
        Some(Mark { id, event })
    }

    pub(super) fn forget(&mut self, ids: RangeInclusive<u64>) {
        self.0.retain(|id, _| !ids.contains(id));
    }

    /// Forgets all but the last rows.
    pub(super) fn prune(&mut self) {
        while self.0.len() > LAST_IDS {
            self.0.pop_first();
        }
    }
}
