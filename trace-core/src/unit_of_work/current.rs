//! The current unit of the running task or thread, and units inside it.

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

    /// Begins a unit inside this one that takes all arriving events until it ends, as a database savepoint takes all
    /// statements.
    ///
    /// It needs no scope: code in this unit's scope records into the savepoint.
    pub fn savepoint(&self) -> UnitOfWork {
        UnitOfWork {
            unit: self.open_savepoint(),
        }
    }

    /// Makes this the current unit whenever `future` is polled, on any thread. The unit stays open after the future.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        Context::waiting_in(self.clone()).scope(future)
    }

    /// Makes this the current unit while `f` runs. The unit stays open afterwards.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        Context::waiting_in(self.clone()).in_scope(f)
    }
}
