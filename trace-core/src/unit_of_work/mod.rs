//! Units of work: events wait until it is settled whether what they tell of holds.
//!
//! Events made inside a unit, at any depth, wait in it, each with the time of its call and its context as they were then.
//! They leave together, in the order of their calls, when the unit commits; they are discarded, and counted, when it is
//! rolled back. Units nest as savepoints do: an inner unit that commits passes its events to the outer one.
//!
//! What waits takes room of its recorder's queue. What finds none is lost as with a full queue, but only if the unit commits; a unit
//! that is rolled back discards it with the rest. What a recorder's host waits for, durable events, is waited for once
//! when the unit has committed, for all of them.
//!
//! The unit travels in the [`Context`](crate::Context): whatever carries the context to another task carries the unit. An event that
//! arrives after its unit committed leaves at once; after its rollback it is discarded. What other layers are shown of an
//! event, they are shown at the call.
//!
//! A window remains: a process that dies between the host's commit and the release loses the events of that one unit, as
//! it loses whatever is in memory. Only an event that is stored by the host's own transaction has no such window.

mod current;
mod future;
#[cfg(test)]
mod tests;

use crate::propagation::Scoped;
use crate::unit::{Lent, Unit, UnitEnd};
pub use future::{InUnit, in_unit_of_work, in_unit_of_work_if, unit_of_work, unit_of_work_if};

/// A unit of work in the hands of the code that ends it: [`commit`](UnitOfWork::commit), or drop it to roll it back.
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
    unit: Unit,
}

impl UnitOfWork {
    /// Begins a unit, inside the current one if there is one.
    pub fn new() -> Self {
        Self::inside(Unit::current())
    }

    /// Begins a unit inside none, whatever is current: for a database transaction on a connection of its own, which
    /// commits for good whatever becomes of the work around it.
    pub fn root() -> Self {
        Self {
            unit: Unit::root_within(Unit::current().as_ref()),
        }
    }

    /// Holds at most `bytes` of events, in target of [`Unit::LIMIT`].
    pub fn limit(self, bytes: usize) -> Self {
        self.unit.set_limit(bytes);
        self
    }

    fn inside(outer: Option<Unit>) -> Self {
        Self {
            unit: Unit::new(outer),
        }
    }

    /// The unit, for code that records into it by name.
    pub fn unit(&self) -> Unit {
        self.unit.clone()
    }

    /// Makes this the current unit whenever `future` is polled, on whatever thread. The unit stays open after it.
    pub fn scope<F>(&self, future: F) -> Scoped<F> {
        self.unit.scope(future)
    }

    /// Makes this the current unit while `work` runs. The unit stays open after it.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.unit.in_scope(work)
    }

    /// Lends out the events that wait now, to be stored by other means than their recorder.
    pub fn lend(&self) -> Lent<'_> {
        Lent::new(&self.unit)
    }

    /// What was done holds: the events leave, or pass to the unit around this one.
    pub fn commit(self) {
        self.unit.end(UnitEnd::Committed);
    }

    /// It was not learned whether what was done holds, as when a connection dies at COMMIT. The events leave, marked
    /// `"commit": "unknown"`, and are counted apart as well.
    pub fn commit_unknown(self) {
        self.unit.end(UnitEnd::Unknown);
    }

    /// What was done was undone: the events are discarded and counted. The same as dropping the unit.
    pub fn roll_back(self) {
        drop(self);
    }
}

impl Default for UnitOfWork {
    fn default() -> Self {
        Self::new()
    }
}

impl AsRef<Unit> for UnitOfWork {
    fn as_ref(&self) -> &Unit {
        &self.unit
    }
}

impl Drop for UnitOfWork {
    fn drop(&mut self) {
        self.unit.end(UnitEnd::RolledBack);
    }
}
