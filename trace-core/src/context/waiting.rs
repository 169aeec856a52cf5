//! The unit of work that a context waits in.

use super::{CURRENT, Context};
use crate::unit::Unit;

impl Context {
    /// The same context outside all units of work: for a task that carries on after the unit it was started in, or does
    /// what does not depend on it. What is recorded in its scope leaves at once.
    #[must_use]
    pub fn outside_units(mut self) -> Self {
        self.unit = Some(Unit::settled());
        self
    }

    /// The current context, or a new one where there is none, waiting in `unit`.
    pub(crate) fn waiting_in(unit: Unit) -> Self {
        let mut context = Self::current().unwrap_or_default();
        context.unit = Some(unit);
        context
    }

    /// The same context, waiting in the savepoint that is open now: what is carried away from here belongs there, also
    /// when it is recorded after the savepoint ended.
    pub(super) fn pinned(mut self) -> Self {
        self.unit = self.unit.map(Unit::innermost);
        self
    }

    /// The unit that what is recorded now waits in, or a savepoint in it.
    pub(crate) fn current_unit() -> Option<Unit> {
        CURRENT
            .try_with(|current| current.borrow().as_ref()?.unit.clone())
            .ok()
            .flatten()
    }

    /// Waits in the unit around the place it is entered at, if that is further in than its own, which is returned.
    pub(super) fn wait_further_in(&mut self) -> Option<Unit> {
        let own = self.unit.clone();
        if let Some(around) = Self::current_unit()
            && own.as_ref().is_none_or(|own| around.is_inside(own))
        {
            self.unit = Some(around);
        }
        own
    }

    /// Waits in its own unit again.
    pub(super) fn wait_in(&mut self, own: Option<Unit>) {
        self.unit = own;
    }
}
