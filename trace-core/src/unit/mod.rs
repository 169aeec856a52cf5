//! The units in which events wait; `unit_of_work/` opens and ends them.
//!
//! An open unit holds its events in one buffer. When it ends, they go to the outer unit, to their recorders, or nowhere. An
//! item that arrives later takes the same route.

mod buffer;
mod pending;
mod sink_counts;
mod target;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::sink::Sink;
use buffer::{LostEvent, PendingItem, UnitBuffer};
pub use pending::PendingActivity;
pub(crate) use target::UnitTarget;

/// A handle to a unit of work, in which events wait. Clones refer to the same unit.
///
/// Only the [`UnitOfWork`](crate::UnitOfWork) that began the unit ends it. Pass the handle to `unit = …` in the attribute or
/// in `record!`, if no scope surrounds the call because the code holds its transaction as a value.
#[derive(Clone)]
pub struct UnitOfWorkHandle {
    inner: Arc<UnitInner>,
}

struct UnitInner {
    /// The unit to which the events go.
    outer: Option<UnitOfWorkHandle>,
    /// The unit in whose flow this one began, if the events do not go there: a root commits by itself.
    ///
    /// The reference is weak. Otherwise jobs that begin their successor from within would keep all earlier ones.
    begun_in: Weak<UnitInner>,
    /// The number of calls recorded in this unit and all its inner and outer units.
    calls: Arc<AtomicU64>,
    state: Mutex<UnitState>,
}

/// Drops a chain of units one by one, without recursion. Jobs that begin their successor inside their own unit make it long.
impl Drop for UnitInner {
    fn drop(&mut self) {
        let mut left = Vec::new();
        self.take_units(&mut left);
        while let Some(unit) = left.pop() {
            if let Some(mut inner) = Arc::into_inner(unit.inner) {
                inner.take_units(&mut left);
            }
        }
    }
}

impl UnitInner {
    /// Moves the owned units into `left`.
    fn take_units(&mut self, left: &mut Vec<UnitOfWorkHandle>) {
        left.extend(self.outer.take());
        let state = self.state.get_mut();
        if let UnitState::Ended(_, outer) = state.unwrap_or_else(PoisonError::into_inner) {
            left.extend(outer.take());
        }
    }
}

enum UnitState {
    Open {
        buffer: UnitBuffer,
        /// The savepoint that takes the events that arrive here.
        savepoint: Option<UnitOfWorkHandle>,
    },
    /// The unit has ended. Later items go to this unit, if there is one. Committed units in between are skipped.
    Ended(UnitEnd, Option<UnitOfWorkHandle>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitEnd {
    Committed,
    /// The commit is unknown because its answer was lost.
    Unknown,
    RolledBack,
}

/// The route of an item after its unit has ended.
enum Disposition {
    To(UnitOfWorkHandle),
    Release,
    Discard,
}

impl UnitOfWorkHandle {
    /// The default limit of the events in a unit, in bytes: 8 MiB, about ten thousand events.
    ///
    /// An event beyond the limit is left out, and counted as lost if the unit commits. So is an event without room at its
    /// recorder, whose `queue_bytes` include the events in units.
    pub const LIMIT: usize = 8 * 1024 * 1024;

    /// Creates a unit inside `outer`.
    pub(crate) fn new(outer: Option<Self>) -> Self {
        Self::begun_in(Weak::new(), outer)
    }

    fn begun_in(begun_in: Weak<UnitInner>, outer: Option<Self>) -> Self {
        let state = Mutex::new(UnitState::Open {
            buffer: UnitBuffer::new(Self::LIMIT),
            savepoint: None,
        });
        let calls = outer.as_ref().map(|outer| Arc::clone(&outer.inner.calls));
        Self {
            inner: Arc::new(UnitInner {
                outer,
                begun_in,
                calls: calls.unwrap_or_default(),
                state,
            }),
        }
    }

    /// Returns the number of a call recorded now, in the order of all events that leave together.
    fn next_number(&self) -> u64 {
        self.inner.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// Creates a committed unit outside all others, so that arriving events leave at once.
    pub(crate) fn committed() -> Self {
        let unit = Self::new(None);
        unit.end(UnitEnd::Committed);
        unit
    }

    /// Returns the innermost open savepoint in this unit, or the unit itself.
    pub(crate) fn innermost(self) -> Self {
        let inner = match &*self.state() {
            UnitState::Open { savepoint, .. } => savepoint.clone(),
            UnitState::Ended(..) => None,
        };
        inner.map_or(self, Self::innermost)
    }

    /// Opens a savepoint: a unit inside the innermost one that takes all arriving events until it ends.
    pub(crate) fn open_savepoint(&self) -> Self {
        let around = self.clone().innermost();
        let inner = Self::new(Some(around.clone()));
        if let UnitState::Open { savepoint, .. } = &mut *around.state() {
            *savepoint = Some(inner.clone());
        }
        inner
    }

    /// Creates a root unit in the flow of `around`. Its events go to no other unit.
    pub(crate) fn root_within(around: Option<&Self>) -> Self {
        let begun_in = around.map(|unit| Arc::downgrade(&unit.inner));
        Self::begun_in(begun_in.unwrap_or_default(), None)
    }

    /// Sets the limit of the events in the unit, in bytes.
    pub(crate) fn set_limit(&self, bytes: usize) {
        if let UnitState::Open { buffer, .. } = &mut *self.state() {
            buffer.set_limit(bytes);
        }
    }

    /// Returns the number of pending events.
    #[cfg(test)]
    pub(crate) fn pending_events(&self) -> usize {
        match &*self.state() {
            UnitState::Open { buffer, .. } => buffer.len(),
            UnitState::Ended(..) => 0,
        }
    }

    /// Holds an item, or routes it after the end of this unit.
    fn route(&self, item: &mut dyn PendingItem) {
        let mut unit = self.clone();
        loop {
            let disposition = match &mut *unit.state() {
                UnitState::Open { buffer, .. } => return item.hold(buffer),
                UnitState::Ended(end, outer) => Self::after(*end, outer, item),
            };
            // The lock is released: a sink may be slow, and may belong to the application.
            match disposition {
                Disposition::To(outer) => unit = outer,
                Disposition::Release => return item.release(),
                Disposition::Discard => return item.discard(),
            }
        }
    }

    /// Waits for room for one more event, unless a call in this unit has waited without success. Without room, the event is
    /// lost if the unit commits.
    fn find_room(&self, sink: &Arc<dyn Sink>) -> bool {
        let gave_up =
            matches!(&*self.state(), UnitState::Open { buffer, .. } if buffer.gave_up(sink));
        let found = !gave_up && sink.wait_for_room();
        if !found {
            self.route(&mut LostEvent::new(sink));
        }
        found
    }

    /// Returns the route of an item after this end.
    fn after(end: UnitEnd, outer: &mut Option<Self>, item: &mut dyn PendingItem) -> Disposition {
        match end {
            UnitEnd::RolledBack => return Disposition::Discard,
            UnitEnd::Unknown => item.mark_unknown(),
            UnitEnd::Committed => {}
        }
        while let Some(committed) = outer.clone().filter(Self::has_committed) {
            *outer = committed.next_unit();
        }
        outer.clone().map_or(Disposition::Release, Disposition::To)
    }

    fn has_committed(&self) -> bool {
        matches!(&*self.state(), UnitState::Ended(UnitEnd::Committed, _))
    }

    /// Returns the unit to which later items go, after this unit has ended.
    fn next_unit(&self) -> Option<Self> {
        match &*self.state() {
            UnitState::Ended(_, outer) => outer.clone(),
            UnitState::Open { .. } => None,
        }
    }

    /// Ends the unit once and routes its events.
    pub(crate) fn end(&self, end: UnitEnd) {
        if let Some(outer) = &self.inner.outer {
            outer.leave(self);
        }
        // A unit ends only once: the guard's drop after a commit has no effect.
        let before = match &mut *self.state() {
            UnitState::Ended(..) => return,
            state @ UnitState::Open { .. } => {
                std::mem::replace(state, UnitState::Ended(end, self.inner.outer.clone()))
            }
        };
        if let UnitState::Open { mut buffer, .. } = before {
            self.route(&mut buffer);
        }
    }

    /// Removes the savepoint `inner` before it ends.
    fn leave(&self, inner: &Self) {
        if let UnitState::Open { savepoint, .. } = &mut *self.state()
            && savepoint.as_ref().is_some_and(|unit| unit.is(inner))
        {
            *savepoint = None;
        }
    }

    /// Returns whether this unit is `other` or began in its flow, at any depth.
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

    /// Returns the unit in whose flow this one began.
    fn around(&self) -> Option<Self> {
        let begun_in = || self.inner.begun_in.upgrade();
        let outer = self.inner.outer.clone();
        outer.or_else(|| begun_in().map(|inner| Self { inner }))
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(&*self.state(), UnitState::Open { .. })
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    fn state(&self) -> MutexGuard<'_, UnitState> {
        self.inner
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
        let state = match self.inner.state.try_lock().as_deref() {
            Ok(UnitState::Open { .. }) => Some("open"),
            Ok(UnitState::Ended(UnitEnd::Committed, _)) => Some("committed"),
            Ok(UnitState::Ended(UnitEnd::Unknown, _)) => Some("commit unknown"),
            Ok(UnitState::Ended(UnitEnd::RolledBack, _)) => Some("rolled back"),
            Err(_) => None,
        };
        f.debug_struct("UnitOfWorkHandle")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
