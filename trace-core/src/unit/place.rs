//! Where in a unit what is recorded waits.

use std::sync::Arc;

use super::Unit;
use super::held::Single;
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
    Flow(Unit),
    /// Beside it: exactly this unit, savepoint or not.
    Aside(Unit),
}

impl Place {
    /// Takes an event on its way to `sink`.
    pub(crate) fn accept(&self, sink: &Arc<dyn Sink>, occurred_at: Timestamp, fields: &Fields) {
        let number = self.unit().next_number();
        let mut event = Single::new(sink, occurred_at, number, fields);
        match self {
            Self::Flow(unit) => unit.clone().innermost().settle(&mut event),
            Self::Aside(unit) => unit.settle(&mut event),
        }
    }

    /// This place, as what is carried away from here keeps it.
    pub(crate) fn aside(self) -> Self {
        match self {
            Self::Flow(unit) => Self::Aside(unit.innermost()),
            aside @ Self::Aside(_) => aside,
        }
    }

    /// Whether a scope that brings this place along, entered where `around` holds, yields to it.
    pub(crate) fn yields_to(&self, around: &Self) -> bool {
        match self {
            // It was named there.
            Self::Flow(_) => false,
            Self::Aside(own) => around.unit().is_inside(own),
        }
    }

    pub(crate) const fn unit(&self) -> &Unit {
        match self {
            Self::Flow(unit) | Self::Aside(unit) => unit,
        }
    }
}
