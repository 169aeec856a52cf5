//! The pending events of a unit, taken out for storing.

use std::fmt;

use uuid::Uuid;

use super::buffer::UnitBuffer;
use super::{UnitOfWorkHandle, UnitState};
use crate::activity::Activity;

/// The pending events of a unit, taken out so that the application's own transaction can store them in place of their
/// recorder.
///
/// Dropping it returns them to the unit. After [`mark_stored`](PendingActivity::mark_stored) the unit's commit only counts
/// them and no longer releases them.
#[must_use = "dropped, the events go back to their unit"]
pub struct PendingActivity<'a> {
    unit: &'a UnitOfWorkHandle,
    buffer: UnitBuffer,
}

impl<'a> PendingActivity<'a> {
    /// Takes the pending events out of `unit`.
    pub(crate) fn new(unit: &'a UnitOfWorkHandle) -> Self {
        let buffer = match &mut *unit.state() {
            UnitState::Open { buffer, .. } => buffer.split(),
            UnitState::Ended(..) => UnitBuffer::default(),
        };
        Self { unit, buffer }
    }

    /// Returns whether no event was pending.
    pub const fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Returns the rows, each finished by its recorder's current policy, with an id from `draw_id`.
    pub fn finish(&self, mut draw_id: impl FnMut() -> Uuid) -> Vec<Activity<'static>> {
        let mut rows = Vec::new();
        self.buffer.for_each(|event, sink| {
            sink.with_policy(&mut |policy| rows.push(policy.finish(draw_id(), event).into_owned()));
        });
        rows
    }

    /// Marks the events as stored. From now on the transaction decides about them.
    pub fn mark_stored(mut self) {
        self.buffer.mark_stored();
    }
}

impl Drop for PendingActivity<'_> {
    fn drop(&mut self) {
        self.unit.route(&mut std::mem::take(&mut self.buffer));
    }
}

impl fmt::Debug for PendingActivity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingActivity").finish_non_exhaustive()
    }
}
