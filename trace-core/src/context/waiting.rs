//! The unit of work that a context waits in.

use super::Context;
use crate::unit::{Place, UnitOfWorkHandle};

impl Context {
    /// The same context outside all units of work: for a task that carries on after the unit it was started in, or does
    /// what does not depend on it. What is recorded in its scope leaves at once.
    #[must_use]
    pub fn without_unit_of_work(mut self) -> Self {
        self.place = Some(Place::Apart(UnitOfWorkHandle::settled()));
        self
    }

    /// The current context, or a new one where there is none, in the flow of `unit`.
    pub(crate) fn waiting_in(unit: UnitOfWorkHandle) -> Self {
        let mut context = Self::current().unwrap_or_default();
        context.place = Some(Place::Flow(unit));
        context
    }

    /// The same context as it is carried away from here.
    pub(super) fn aside(mut self) -> Self {
        self.place = self.place.map(Place::aside);
        self
    }

    /// Takes the place around the scope that it is entered in, unless its own is to stay. Its own is returned.
    pub(super) fn enter_place(&mut self) -> Option<Place> {
        let own = self.place.clone();
        if let Some(around) = Self::current_place()
            && own.as_ref().is_none_or(|own| own.yields_to(&around))
        {
            self.place = Some(around);
        }
        own
    }

    /// Has its own place again.
    pub(super) fn leave_place(&mut self, own: Option<Place>) {
        self.place = own;
    }
}
