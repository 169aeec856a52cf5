//! Where in a unit what is recorded waits.

use std::sync::Arc;

use super::UnitOfWorkHandle;
use super::held::{Lost, Single};
use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::sink::Sink;

/// A unit, seen from a scope.
///
/// Only the flow of the unit's own work can tell which of its savepoints a change was made in. What was carried away, to
/// another task say, keeps the place it was carried away from, whatever savepoint is open when it records.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// Within the flow of the unit's own work: savepoints take what is recorded.
    Flow(UnitOfWorkHandle),
    /// Beside it: exactly this unit, savepoint or not.
    Aside(UnitOfWorkHandle),
    /// Outside all units, by name: what is recorded leaves at once.
    Apart(UnitOfWorkHandle),
}

impl Place {
    /// Takes an event on its way to `sink`.
    pub(crate) fn accept(&self, sink: &Arc<dyn Sink>, occurred_at: Timestamp, fields: &Fields) {
        let number = self.unit().next_number();
        let mut event = Single::new(sink, occurred_at, number, fields);
        self.target().settle(&mut event);
    }

    /// Whether there is room at `sink` for one more event; if not, and none comes while the host waits for it, the event is
    /// lost if the unit commits.
    pub(crate) fn find_room(&self, sink: &Arc<dyn Sink>) -> bool {
        self.target().find_room(sink)
    }

    /// Takes note of an event for which there was no room: it is lost if the unit commits.
    pub(crate) fn lose(&self, sink: &Arc<dyn Sink>) {
        self.target().settle(&mut Lost::new(sink));
    }

    /// The unit that what is recorded here waits in.
    fn target(&self) -> UnitOfWorkHandle {
        match self {
            Self::Flow(unit) => unit.clone().innermost(),
            Self::Aside(unit) | Self::Apart(unit) => unit.clone(),
        }
    }

    /// This place, as what is carried away from here keeps it.
    pub(crate) fn aside(self) -> Self {
        match self {
            Self::Flow(unit) => Self::Aside(unit.innermost()),
            other => other,
        }
    }

    /// Whether a scope that brings this place along, entered where `around` holds, yields to it.
    ///
    /// What was captured yields: the work of the scope is done in the unit around it, and shares its fate. Only a unit that
    /// is open, and was begun in the flow of the one around, is further in than that one.
    pub(crate) fn yields_to(&self, around: &Self) -> bool {
        match (self, around) {
            // It was named there.
            (Self::Flow(_), _) => false,
            (Self::Apart(own), _) | (Self::Aside(own), Self::Apart(_)) => {
                around.unit().is_inside(own)
            }
            (Self::Aside(own), Self::Flow(unit) | Self::Aside(unit)) => {
                around.target().is_inside(own) || !own.is_inside(unit) || !own.is_open()
            }
        }
    }

    pub(crate) const fn unit(&self) -> &UnitOfWorkHandle {
        match self {
            Self::Flow(unit) | Self::Aside(unit) | Self::Apart(unit) => unit,
        }
    }
}
