//! The unit of the running task or thread, and the units begun inside it.

use super::UnitOfWork;
use crate::context::Context;
use crate::propagation::WithContext;
use crate::unit::UnitOfWorkHandle;

impl UnitOfWorkHandle {
    /// Returns the innermost unit of the running task or thread.
    pub fn current() -> Option<Self> {
        Context::current_target().map(|target| target.unit().clone().innermost())
    }

    /// Begins a unit inside this one.
    pub fn begin(&self) -> UnitOfWork {
        UnitOfWork::inside(Some(self.clone()))
    }

    /// Begins a unit inside this one that takes every event arriving here until it ends, as a database's savepoint takes
    /// every statement.
    ///
    /// It needs no scope of its own: code that runs inside this unit's scope records into the savepoint.
    pub fn savepoint(&self) -> UnitOfWork {
        UnitOfWork {
            unit: self.open_savepoint(),
        }
    }

    /// Makes this the current unit whenever `future` is polled, on whatever thread. Nothing ends with the future.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        Context::waiting_in(self.clone()).scope(future)
    }

    /// Makes this the current unit while `f` runs. Nothing ends with it.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        Context::waiting_in(self.clone()).in_scope(f)
    }
}
