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
//! The unit travels in the [`Context`]: whatever carries the context to another task carries the unit. An event that
//! arrives after its unit committed leaves at once; after its rollback it is discarded. What other layers are shown of an
//! event, they are shown at the call.
//!
//! A window remains: a process that dies between the host's commit and the release loses the events of that one unit, as
//! it loses whatever is in memory. Only an event that is stored by the host's own transaction has no such window.

mod account;
mod held;
mod lent;
mod place;
mod scope;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::context::{Context, WithContext};
use crate::sink::Sink;
use held::{Held, Lost, Waiting};
pub use lent::PendingActivity;
pub(crate) use place::Place;
pub use scope::{
    UnitOfWorkFuture, unit_of_work, unit_of_work_blocking, unit_of_work_blocking_with,
    unit_of_work_with,
};

/// A unit of work as seen from within: the place its events wait in. Clones are the same unit.
///
/// Its end is in the hands of the one [`UnitOfWork`] that began it. Give it to `unit = …` in the attribute or in
/// `record!` where code holds its transaction as a value and no scope surrounds the call.
#[derive(Clone)]
pub struct UnitOfWorkHandle {
    shared: Arc<Shared>,
}

struct Shared {
    /// Where its events go.
    outer: Option<UnitOfWorkHandle>,
    /// The unit in whose flow it was begun, if its events go elsewhere: a root is settled by itself. Weak, or jobs that
    /// begin the next one from within would keep all before them.
    begun_in: Weak<Shared>,
    /// How many calls were recorded in this unit and in all that are around and inside it.
    calls: Arc<AtomicU64>,
    state: Mutex<State>,
}

/// One after the other: jobs that begin the next one in a unit inside their own make a chain of any length.
impl Drop for Shared {
    fn drop(&mut self) {
        let mut left = Vec::new();
        self.let_go(&mut left);
        while let Some(unit) = left.pop() {
            if let Some(mut shared) = Arc::into_inner(unit.shared) {
                shared.let_go(&mut left);
            }
        }
    }
}

impl Shared {
    fn let_go(&mut self, left: &mut Vec<UnitOfWorkHandle>) {
        left.extend(self.outer.take());
        let state = self.state.get_mut();
        if let State::Ended(_, outer) = state.unwrap_or_else(PoisonError::into_inner) {
            left.extend(outer.take());
        }
    }
}

enum State {
    Open {
        held: Held,
        /// The savepoint that what arrives here belongs to.
        savepoint: Option<UnitOfWorkHandle>,
    },
    /// With the unit that what comes still is sent to: those between that have committed are left out.
    Ended(End, Option<UnitOfWorkHandle>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Committed,
    /// Perhaps committed: the answer was lost.
    Unknown,
    RolledBack,
}

/// What becomes of an event at a unit that does not hold it.
enum Onward {
    To(UnitOfWorkHandle),
    Release,
    Discard,
}

impl UnitOfWorkHandle {
    /// How many bytes of events a unit holds unless it is told otherwise: 8 MiB, some ten thousand events. What comes
    /// beyond is left out, and counted as lost if the unit commits. So is what finds no room at its recorder, whose
    /// `queue_bytes` hold for the events in its units too.
    pub const LIMIT: usize = 8 * 1024 * 1024;

    fn new(outer: Option<Self>) -> Self {
        Self::begun_in(Weak::new(), outer)
    }

    fn begun_in(begun_in: Weak<Shared>, outer: Option<Self>) -> Self {
        let state = Mutex::new(State::Open {
            held: Held::new(Self::LIMIT),
            savepoint: None,
        });
        let calls = outer.as_ref().map(|outer| Arc::clone(&outer.shared.calls));
        Self {
            shared: Arc::new(Shared {
                outer,
                begun_in,
                calls: calls.unwrap_or_default(),
                state,
            }),
        }
    }

    /// The place of a call that is recorded now among the others that leave together.
    fn next_number(&self) -> u64 {
        self.shared.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// A unit that has ended well, around nothing: what arrives leaves at once.
    pub(crate) fn settled() -> Self {
        let unit = Self::new(None);
        unit.end(End::Committed);
        unit
    }

    /// The innermost unit of the running task or thread.
    pub fn current() -> Option<Self> {
        Context::current_place().map(|place| place.unit().clone().innermost())
    }

    /// The innermost open savepoint in this unit, or itself.
    pub(crate) fn innermost(self) -> Self {
        let inner = match &*self.state() {
            State::Open { savepoint, .. } => savepoint.clone(),
            State::Ended(..) => None,
        };
        inner.map_or(self, Self::innermost)
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
        let around = self.clone().innermost();
        let inner = Self::new(Some(around.clone()));
        if let State::Open { savepoint, .. } = &mut *around.state() {
            *savepoint = Some(inner.clone());
        }
        UnitOfWork { unit: inner }
    }

    /// Makes this the current unit whenever `future` is polled, on whatever thread. Nothing ends with the future.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        Context::waiting_in(self.clone()).scope(future)
    }

    /// Makes this the current unit while `work` runs. Nothing ends with it.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        Context::waiting_in(self.clone()).in_scope(work)
    }

    /// Holds what waits, or sends it where the end of this unit says.
    fn settle(&self, waiting: &mut dyn Waiting) {
        let mut unit = self.clone();
        loop {
            let onward = match &mut *unit.state() {
                State::Open { held, .. } => return waiting.hold(held),
                State::Ended(end, outer) => Self::after(*end, outer, waiting),
            };
            // The lock is open again: a sink may take its time, and may be a host's own.
            match onward {
                Onward::To(outer) => unit = outer,
                Onward::Release => return waiting.release(),
                Onward::Discard => return waiting.discard(),
            }
        }
    }

    /// Waits for room for one more event, unless somebody in this unit has done so in vain; without room the event is lost if the
    /// unit commits.
    fn find_room(&self, sink: &Arc<dyn Sink>) -> bool {
        let gave_up = matches!(&*self.state(), State::Open { held, .. } if held.gave_up(sink));
        let found = !gave_up && sink.wait_for_room();
        if !found {
            self.settle(&mut Lost::new(sink));
        }
        found
    }

    fn after(end: End, outer: &mut Option<Self>, waiting: &mut dyn Waiting) -> Onward {
        match end {
            End::RolledBack => return Onward::Discard,
            End::Unknown => waiting.doubt(),
            End::Committed => {}
        }
        while let Some(committed) = outer.clone().filter(Self::has_committed) {
            *outer = committed.onward();
        }
        outer.clone().map_or(Onward::Release, Onward::To)
    }

    fn has_committed(&self) -> bool {
        matches!(&*self.state(), State::Ended(End::Committed, _))
    }

    /// Where what comes is sent to, once this unit has ended.
    fn onward(&self) -> Option<Self> {
        match &*self.state() {
            State::Ended(_, outer) => outer.clone(),
            State::Open { .. } => None,
        }
    }

    fn end(&self, end: End) {
        if let Some(outer) = &self.shared.outer {
            outer.leave(self);
        }
        // A unit ends once: the guard's drop after a commit changes nothing.
        let before = match &mut *self.state() {
            State::Ended(..) => return,
            state @ State::Open { .. } => {
                std::mem::replace(state, State::Ended(end, self.shared.outer.clone()))
            }
        };
        if let State::Open { mut held, .. } = before {
            self.settle(&mut held);
        }
    }

    /// Forgets the savepoint `inner`, before it ends.
    fn leave(&self, inner: &Self) {
        if let State::Open { savepoint, .. } = &mut *self.state()
            && savepoint.as_ref().is_some_and(|unit| unit.is(inner))
        {
            *savepoint = None;
        }
    }

    /// Whether this is `other` or was begun somewhere in its flow.
    pub(crate) fn is_inside(&self, other: &Self) -> bool {
        let mut unit = Some(self.clone());
        while let Some(inner) = unit {
            if inner.is(other) {
                return true;
            }
            unit = inner.around();
        }
        false
    }

    /// The unit in whose flow it was begun.
    fn around(&self) -> Option<Self> {
        let begun_in = || self.shared.begun_in.upgrade();
        let outer = self.shared.outer.clone();
        outer.or_else(|| begun_in().map(|shared| Self { shared }))
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(&*self.state(), State::Open { .. })
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsRef<Self> for UnitOfWorkHandle {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl fmt::Debug for UnitOfWorkHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.shared.state.try_lock().as_deref() {
            Ok(State::Open { .. }) => Some("open"),
            Ok(State::Ended(End::Committed, _)) => Some("committed"),
            Ok(State::Ended(End::Unknown, _)) => Some("commit unknown"),
            Ok(State::Ended(End::RolledBack, _)) => Some("rolled back"),
            Err(_) => None,
        };
        f.debug_struct("UnitOfWorkHandle")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

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
    unit: UnitOfWorkHandle,
}

impl UnitOfWork {
    /// Begins a unit, inside the current one if there is one.
    pub fn new() -> Self {
        Self::inside(UnitOfWorkHandle::current())
    }

    /// Begins a unit inside none, whatever is current: for a database transaction on a connection of its own, which
    /// commits for good whatever becomes of the work around it.
    pub fn root() -> Self {
        let around = UnitOfWorkHandle::current().map(|unit| Arc::downgrade(&unit.shared));
        Self {
            unit: UnitOfWorkHandle::begun_in(around.unwrap_or_default(), None),
        }
    }

    /// Holds at most `bytes` of events, in place of [`UnitOfWorkHandle::LIMIT`].
    pub fn limit(self, bytes: usize) -> Self {
        if let State::Open { held, .. } = &mut *self.unit.state() {
            held.set_limit(bytes);
        }
        self
    }

    fn inside(outer: Option<UnitOfWorkHandle>) -> Self {
        Self {
            unit: UnitOfWorkHandle::new(outer),
        }
    }

    /// The unit, for code that records into it by name.
    pub fn handle(&self) -> UnitOfWorkHandle {
        self.unit.clone()
    }

    /// Makes this the current unit whenever `future` is polled, on whatever thread. The unit stays open after it.
    pub fn scope<F>(&self, future: F) -> WithContext<F> {
        self.unit.scope(future)
    }

    /// Makes this the current unit while `work` runs. The unit stays open after it.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.unit.in_scope(work)
    }

    /// Lends out the events that wait now, to be stored by other means than their recorder.
    pub fn pending(&self) -> PendingActivity<'_> {
        PendingActivity::new(&self.unit)
    }

    /// What was done holds: the events leave, or pass to the unit around this one.
    pub fn commit(self) {
        self.unit.end(End::Committed);
    }

    /// It was not learned whether what was done holds, as when a connection dies at COMMIT. The events leave, marked
    /// `"commit": "unknown"`, and are counted apart as well.
    pub fn commit_unknown(self) {
        self.unit.end(End::Unknown);
    }

    /// What was done was undone: the events are discarded and counted. The same as dropping the unit.
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
        self.unit.end(End::RolledBack);
    }
}
