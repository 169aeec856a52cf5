//! The unit in which an event waits, as its scope sees it.

use std::sync::Arc;

use super::UnitOfWorkHandle;
use super::buffer::{LostEvent, PendingEvent};
use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::sink::Sink;

/// A unit, as a scope sees it.
///
/// Only the flow of the unit's own work knows the savepoint of a change. A context propagated from there, such as to another
/// task, keeps its target, even if another savepoint is open when it records.
#[derive(Clone, Debug)]
pub(crate) enum UnitTarget {
    /// A target within the flow of the unit's own work: the innermost open savepoint takes the events.
    InnermostSavepoint(UnitOfWorkHandle),
    /// A target beside that flow: exactly this unit takes the events, with or without a savepoint.
    Exact(UnitOfWorkHandle),
    /// A target outside all units, by request: the events leave at once.
    Outside(UnitOfWorkHandle),
}

impl UnitTarget {
    /// Takes an event for `sink`.
    pub(crate) fn accept(&self, sink: &Arc<dyn Sink>, occurred_at: Timestamp, fields: &Fields) {
        let number = self.unit().next_number();
        let mut event = PendingEvent::new(sink, occurred_at, number, fields);
        self.resolve().route(&mut event);
    }

    /// Returns whether `sink` has room for one more event; it may wait for room. Without room, the event is lost if the unit
    /// commits.
    pub(crate) fn find_room(&self, sink: &Arc<dyn Sink>) -> bool {
        self.resolve().find_room(sink)
    }

    /// Records an event without room, which is lost if the unit commits.
    pub(crate) fn lose(&self, sink: &Arc<dyn Sink>) {
        self.resolve().route(&mut LostEvent::new(sink));
    }

    /// Returns the unit in which an event recorded now waits.
    fn resolve(&self) -> UnitOfWorkHandle {
        match self {
            Self::InnermostSavepoint(unit) => unit.clone().innermost(),
            Self::Exact(unit) | Self::Outside(unit) => unit.clone(),
        }
    }

    /// Returns the target in its propagated form.
    pub(crate) fn exact(self) -> Self {
        match self {
            Self::InnermostSavepoint(unit) => Self::Exact(unit.innermost()),
            other => other,
        }
    }

    /// Returns whether a scope with this target yields to the target `around`, which is current when the scope is entered.
    ///
    /// A propagated target yields: the scope's work happens in the surrounding unit and shares its outcome. The exception is
    /// an open unit that began in the flow of the surrounding one, because it is further in.
    pub(crate) fn yields_to(&self, around: &Self) -> bool {
        match (self, around) {
            // A target within a flow was named explicitly.
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
