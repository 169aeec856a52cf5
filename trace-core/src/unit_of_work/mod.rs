//! Units of work: events wait until it is known whether their changes are committed.
//!
//! Events made inside a unit, at any depth, wait in it, each with the time and the context of its call.
//! They leave together, in the order of their calls, when the unit commits; they are discarded, and counted, when it is
//! rolled back. Units nest as savepoints do: an inner unit that commits passes its events to the outer one.
//!
//! A pending event takes room of its recorder's queue. An event without room is lost as with a full queue, but only if the
//! unit commits; a unit that is rolled back discards it with the rest. Durable events are waited for once, for all of them,
//! when the unit has committed.
//!
//! The unit travels in the [`Context`](crate::Context): a context propagated to another task takes the unit along. An event
//! that arrives after its unit committed leaves at once; after its rollback it is discarded. Other layers see an event at
//! the call.
//!
//! A window remains: a process that dies between the application's commit and the release loses the events of that one
//! unit, as it loses all that is in memory. Only an event that the application's own transaction stores has no such window.

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

/// A unit of work, held by the code that ends it: [`commit`](UnitOfWork::commit), or drop it to roll it back.
///
/// It is the form for database layers that have no integration of their own. Tie it to the transaction: commit it after
/// the database has, and drop it with the transaction otherwise.
///
/// ```
/// use behavior_trace_core::UnitOfWork;
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
/// // With rusqlite; any other layer is the same.
/// fn archive(connection: &mut Connection, user: u64) -> Result<(), Error> {
///     let transaction = connection.transaction()?;
///     let unit = UnitOfWork::root();
///     unit.in_scope(|| {
///         // Annotated functions called here wait in the unit.
///         transaction.execute("UPDATE users SET archived = 1 WHERE id = ?1", [user])
///     })?; // An error drops the unit, and with it what waits there.
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

    /// Begins a unit inside none, even where one is current: for a database transaction on another connection, which
    /// commits independently of the work around it.
    pub fn root() -> Self {
        Self {
            unit: UnitOfWorkHandle::root_within(UnitOfWorkHandle::current().as_ref()),
        }
    }

    /// Holds at most `bytes` of events, in target of [`UnitOfWorkHandle::LIMIT`].
    pub fn limit(self, bytes: usize) -> Self {
        self.unit.set_limit(bytes);
        self
    }

    fn inside(outer: Option<UnitOfWorkHandle>) -> Self {
        Self {
            unit: UnitOfWorkHandle::new(outer),
        }
    }

    /// Returns the handle, for code that records into it by name.
    pub fn handle(&self) -> UnitOfWorkHandle {
        self.unit.clone()
    }

    /// Makes this the current unit whenever `future` is polled, on whatever thread. The unit stays open after it.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        self.unit.scope(future)
    }

    /// Makes this the current unit while `f` runs. The unit stays open after it.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        self.unit.in_scope(f)
    }

    /// Lends out the pending events, to be stored by other means than their recorder.
    pub fn pending(&self) -> PendingActivity<'_> {
        PendingActivity::new(&self.unit)
    }

    /// Commits: the events leave, or pass to the unit around this one.
    pub fn commit(self) {
        self.unit.end(UnitEnd::Committed);
    }

    /// Ends the unit with an unknown commit, as when a connection dies at COMMIT. The events leave, marked
    /// `"commit": "unknown"`, and are counted apart too.
    pub fn commit_unknown(self) {
        self.unit.end(UnitEnd::Unknown);
    }

    /// Rolls back: the events are discarded and counted. Dropping the unit does so too.
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
