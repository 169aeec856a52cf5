//! Events on loan from their unit.

use std::fmt;

use uuid::Uuid;

use super::held::Held;
use super::{State, UnitOfWorkHandle};
use crate::activity::Activity;

/// The events that waited in a unit, lent out to be stored by other means than their recorder: by the host's own
/// transaction.
///
/// Dropped, it gives them back to the unit as if nothing had been. Those that [`mark_stored`](PendingActivity::mark_stored) keeps are no longer
/// released when the unit commits, only counted.
#[must_use = "dropped, the events go back to their unit"]
pub struct PendingActivity<'a> {
    unit: &'a UnitOfWorkHandle,
    held: Held,
}

impl<'a> PendingActivity<'a> {
    pub(super) fn new(unit: &'a UnitOfWorkHandle) -> Self {
        let held = match &mut *unit.state() {
            State::Open { held, .. } => held.split(),
            State::Ended(..) => Held::default(),
        };
        Self { unit, held }
    }

    /// Whether nothing waited.
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The rows, each finished by the policy in force at its recorder, with an id from `draw_id`.
    pub fn finish(&self, mut draw_id: impl FnMut() -> Uuid) -> Vec<Activity<'static>> {
        let mut rows = Vec::new();
        self.held.for_each(|event, sink| {
            sink.with_policy(&mut |policy| rows.push(policy.finish(draw_id(), event).into_owned()));
        });
        rows
    }

    /// They are stored; from here on their fate is the transaction's.
    pub fn mark_stored(mut self) {
        self.held.mark_stored();
    }
}

impl Drop for PendingActivity<'_> {
    fn drop(&mut self) {
        self.unit.settle(&mut std::mem::take(&mut self.held));
    }
}

impl fmt::Debug for PendingActivity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingActivity").finish_non_exhaustive()
    }
}
