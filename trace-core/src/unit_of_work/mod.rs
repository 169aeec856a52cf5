//! Units of work: events wait until it is known whether their changes are committed.
//!
//! Events made inside a unit, at any depth, wait in it, each with the timestamp and the context of its call. When the unit
//! commits, they leave together in the order of their calls. When it is rolled back, they are discarded and counted. Units
//! nest like savepoints: an inner unit that commits passes its events to the outer one.
//!
//! A pending event takes room of its recorder's queue. An event without room is lost as with a full queue, but only if the
//! unit commits; a rollback discards it with the rest. For durable events the unit waits once, for all of them, after its
//! commit.
//!
//! The [`Context`](crate::Context) contains the unit, so that a context propagated to another task takes the unit there. An
//! event that arrives after its unit committed leaves at once; after a rollback it is discarded. Other layers see an event
//! at the time of the call.
//!
//! A window remains: a process that dies between the application's commit and the release loses the events of that unit, as
//! it loses everything in memory. Only an event that the application's own transaction stores has no such window.

mod current;
mod future;
#[cfg(test)]
#[path = "../../tests/unit_of_work/mod.rs"]
mod tests;

use crate::propagation::WithContext;
use crate::unit::{PendingActivity, UnitEnd, UnitOfWorkHandle};
pub use future::{
    UnitOfWorkFuture, unit_of_work, unit_of_work_blocking, unit_of_work_blocking_with,
    unit_of_work_with,
};

/// A unit of work, held by the code that ends it. [`commit`](UnitOfWork::commit) it, or drop it to roll it back.
///
/// Use it with database layers that have no integration. Tie it to the transaction: commit it after the database commits,
/// and drop it with the transaction otherwise.
///
/// ```
/// use behavior_trace::UnitOfWork;
/// # struct Connection;
/// # struct Transaction;
/// # #[derive(Debug)]
/// # struct Error;
/// # impl Connection { fn transaction(&mut self) -> Result<Transaction, Error> { Ok(Transaction) } }
/// # impl Transaction {
/// #     fn execute(&self, _: &str, _: [u64; 1]) -> Result<usize, Error> { Ok(1) }
/// #     fn commit(self) -> Result<(), Error> { Ok(()) }
/// # }
///
/// // With rusqlite; other layers work alike.
/// fn archive(connection: &mut Connection, user: u64) -> Result<(), Error> {
///     let transaction = connection.transaction()?;
///     let unit = UnitOfWork::root();
///     unit.in_scope(|| {
///         // Annotated functions called here wait in the unit.
///         transaction.execute("UPDATE users SET archived = 1 WHERE id = ?1", [user])
///     })?; // An error drops the unit with its pending events.
///     transaction.commit()?;
///     unit.commit();
///     Ok(())
/// }
/// # archive(&mut Connection, 7).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "a unit of work that is dropped is rolled back"]
pub struct UnitOfWork {
    unit: UnitOfWorkHandle,
}

impl UnitOfWork {
    /// Begins a unit, inside the current one if there is one.
    pub fn new() -> Self {
        Self::inside(UnitOfWorkHandle::current())
    }

    /// Begins a unit outside the current one, for a transaction on another connection that commits independently of the
    /// surrounding work.
    pub fn root() -> Self {
        Self {
            unit: UnitOfWorkHandle::root_within(UnitOfWorkHandle::current().as_ref()),
        }
    }

    /// Sets the limit of the events in the unit, in bytes. The default is [`UnitOfWorkHandle::LIMIT`].
    pub fn limit(self, bytes: usize) -> Self {
        self.unit.set_limit(bytes);
        self
    }

    fn inside(outer: Option<UnitOfWorkHandle>) -> Self {
        Self {
            unit: UnitOfWorkHandle::new(outer),
        }
    }

    /// Returns the handle, for code that names the unit explicitly.
    pub fn handle(&self) -> UnitOfWorkHandle {
        self.unit.clone()
    }

    /// Makes this the current unit whenever `future` is polled, on any thread. The unit stays open after the future.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        self.unit.scope(future)
    }

    /// Makes this the current unit while `f` runs. The unit stays open afterwards.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        self.unit.in_scope(f)
    }

    /// Takes out the pending events, so that the application's own transaction can store them.
    pub fn pending(&self) -> PendingActivity<'_> {
        PendingActivity::new(&self.unit)
    }

    /// Commits the unit: the events leave, or pass to the outer unit.
    pub fn commit(self) {
        self.unit.end(UnitEnd::Committed);
    }

    /// Ends the unit with an unknown commit, as when a connection breaks at COMMIT. The events leave with the mark
    /// `"commit": "unknown"`, and are counted separately too.
    pub fn commit_unknown(self) {
        self.unit.end(UnitEnd::Unknown);
    }

    /// Rolls the unit back: the events are discarded and counted. Dropping the unit has the same effect.
    pub fn rollback(self) {
        drop(self);
    }
}

impl Default for UnitOfWork {
    fn default() -> Self {
        Self::new()
    }
}

impl AsRef<UnitOfWorkHandle> for UnitOfWork {
    fn as_ref(&self) -> &UnitOfWorkHandle {
        &self.unit
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        self.unit.end(UnitEnd::RolledBack);
    }
}
