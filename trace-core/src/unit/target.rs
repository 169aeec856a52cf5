//! The unit that an event waits in, seen from the scope that it is recorded in.

use std::sync::Arc;

use super::UnitOfWorkHandle;
use super::buffer::{LostEvent, PendingEvent};
use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::sink::Sink;

/// A unit, seen from a scope.
///
/// Only the flow of the unit's own work knows which of its savepoints a change was made in. A context that was propagated,
/// such as to another task, keeps the target it had there, even if another savepoint is open when it records.
#[derive(Clone, Debug)]
pub(crate) enum UnitTarget {
    /// Within the flow of the unit's own work: the innermost open savepoint takes the events.
    InnermostSavepoint(UnitOfWorkHandle),
    /// Beside that flow: exactly this unit takes them, with or without a savepoint.
    Exact(UnitOfWorkHandle),
    /// Outside all units, by request: the events leave at once.
    Outside(UnitOfWorkHandle),
}

impl UnitTarget {
    /// Takes an event on its way to `sink`.
    pub(crate) fn accept(&self, sink: &Arc<dyn Sink>, occurred_at: Timestamp, fields: &Fields) {
        let number = self.unit().next_number();
        let mut event = PendingEvent::new(sink, occurred_at, number, fields);
        self.resolve().route(&mut event);
    }

    /// Returns whether there is room at `sink` for one more event, which it may wait for. Without room, the event is lost if
    /// the unit commits.
    pub(crate) fn find_room(&self, sink: &Arc<dyn Sink>) -> bool {
        self.resolve().find_room(sink)
    }

    /// Records that there was no room for an event: it is lost if the unit commits.
    pub(crate) fn lose(&self, sink: &Arc<dyn Sink>) {
        self.resolve().route(&mut LostEvent::new(sink));
    }

    /// Returns the unit that an event recorded now waits in.
    fn resolve(&self) -> UnitOfWorkHandle {
        match self {
            Self::InnermostSavepoint(unit) => unit.clone().innermost(),
            Self::Exact(unit) | Self::Outside(unit) => unit.clone(),
        }
    }

    /// Returns this target as a propagated context keeps it.
    pub(crate) fn exact(self) -> Self {
        match self {
            Self::InnermostSavepoint(unit) => Self::Exact(unit.innermost()),
            other => other,
        }
    }

    /// Returns whether a scope with this target, entered where `around` is current, yields to that one.
    ///
    /// A propagated target yields: the work of the scope is done in the unit around it, and shares its fate. Only a unit
    /// that is open, and was begun in the flow of the one around, is further in than that one.
    pub(crate) fn yields_to(&self, around: &Self) -> bool {
        match (self, around) {
            // It was named there.
            (Self::InnermostSavepoint(_), _) => false,
            (Self::Outside(own), _) | (Self::Exact(own), Self::Outside(_)) => {
                around.unit().is_inside(own)
            }
            (Self::Exact(own), Self::InnermostSavepoint(unit) | Self::Exact(unit)) => {
                around.resolve().is_inside(own) || !own.is_inside(unit) || !own.is_open()
            }
        }
    }

    /// Returns the unit.
    pub(crate) const fn unit(&self) -> &UnitOfWorkHandle {
        match self {
            Self::InnermostSavepoint(unit) | Self::Exact(unit) | Self::Outside(unit) => unit,
        }
    }
}
