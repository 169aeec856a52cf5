//! The unit of work in which the events of a context wait.

use crate::context::Context;
use crate::unit::{UnitOfWorkHandle, UnitTarget};

impl Context {
    /// Moves the context out of all units of work, so that events recorded in its scope leave at once.
    ///
    /// Use it for a task that outlives the unit it was started in, or whose work does not depend on that unit.
    #[must_use]
    pub fn without_unit_of_work(mut self) -> Self {
        self.target = Some(UnitTarget::Outside(UnitOfWorkHandle::committed()));
        self
    }

    /// Returns the current context, or a new one, in the flow of `unit`.
    pub(crate) fn waiting_in(unit: UnitOfWorkHandle) -> Self {
        let mut context = Self::current().unwrap_or_default();
        context.target = Some(UnitTarget::InnermostSavepoint(unit));
        context
    }

    /// Returns the propagated form of the context.
    pub(super) fn propagated(mut self) -> Self {
        self.target = self.target.map(UnitTarget::exact);
        self
    }

    /// Takes the target around the entered scope, unless the context's own target takes precedence. Returns the own target.
    pub(super) fn enter_target(&mut self) -> Option<UnitTarget> {
        let own = self.target.clone();
        if let Some(around) = Self::current_target()
            && own.as_ref().is_none_or(|own| own.yields_to(&around))
        {
            self.target = Some(around);
        }
        own
    }

    /// Restores the context's own target.
    pub(super) fn leave_target(&mut self, own: Option<UnitTarget>) {
        self.target = own;
    }
}
