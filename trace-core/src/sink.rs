//! The sink of events: the whole interface between the layer and the runtime.

use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::policy::{Admission, Call, Level, Policy};

/// A function that takes one event of several, like [`Sink::accept`].
pub type Accept<'a> = dyn FnMut(Timestamp, &Fields) + 'a;

/// A receiver of events, the only interface between collecting and storing them.
///
/// All methods run on the caller's thread, inside the application's functions. They never fail, and never wait unless the
/// application asked for it explicitly.
pub trait Sink: Send + Sync + 'static {
    /// Runs `ask` with the current policy. It stays the same for the whole of `ask`, even while it is replaced.
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy));

    /// Returns the level at which a call is recorded, or `None` if the policy refuses it.
    ///
    /// It is a method of the sink, so that one call on a `dyn Sink` finds and asks the policy.
    fn admit(&self, call: &Call<'_>) -> Option<Level> {
        let mut answer = None;
        self.with_policy(&mut |policy| {
            answer = match policy.admit(call) {
                Admission::Admitted(level) if level > Level::Off => Some(level),
                _ => None,
            };
        });
        answer
    }

    /// Returns whether an event that starts now is lost: the queue is full, and no call waits for room.
    fn is_full(&self) -> bool {
        false
    }

    /// Returns the level at which a starting call is recorded, or the counter of its success if it is not recorded.
    ///
    /// It runs before any capture and combines [`admit`](Sink::admit) and [`is_full`](Sink::is_full). A full queue does not
    /// hide a refusal of the policy.
    fn begin(&self, call: &Call<'_>) -> Result<Level, Counter> {
        match self.admit(call) {
            None => Err(Counter::Refused),
            Some(_) if self.is_full() => Err(Counter::QueueFull),
            Some(level) => Ok(level),
        }
    }

    /// Returns whether one more event fits, asked after a call succeeds. With `false` the event is already counted as
    /// dropped.
    fn has_room(&self) -> bool;

    /// Returns whether one more event fits now, without counting or waiting. `None`, the default, means that only
    /// [`has_room`](Sink::has_room) knows.
    ///
    /// It is asked before `has_room`, since an event lost in a unit of work counts only if the unit commits.
    fn room(&self) -> Option<bool> {
        None
    }

    /// Waits for room, if the application asked for that explicitly, and returns whether there is any. Nothing is counted.
    /// By default no call waits.
    fn wait_for_room(&self) -> bool {
        false
    }

    /// Takes an event. The fields are copied; the sink keeps no reference to the caller's data.
    fn accept(&self, occurred_at: Timestamp, fields: &Fields);

    /// Takes the events of a committed unit of work, in the order of their calls. `each` runs once and passes them to its
    /// argument. If the application asked for durability, the sink waits for it once, after the last event.
    fn accept_all(&self, each: &mut dyn FnMut(&mut Accept<'_>)) {
        each(&mut |occurred_at, fields| self.accept(occurred_at, fields));
    }

    /// Reserves room for the pending events of a unit of work. Returns the number of reserved bytes, between `least` and
    /// `most`.
    ///
    /// An error is the counter of the event if its unit commits. The method must not wait. By default it grants everything.
    fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        let _ = least;
        Ok(most)
    }

    /// Releases reserved room, after the events were submitted or discarded. By default it does nothing.
    fn give_back(&self, bytes: usize) {
        let _ = bytes;
    }

    /// Counts a call that did not become an event.
    fn count(&self, tally: Counter);

    /// Returns whether contexts and propagated work take the subscriber to other threads and tasks. A test's sink needs it,
    /// because a subscriber of one scope is not current there. Returns `false` by default.
    fn goes_along(&self) -> bool {
        false
    }
}

/// A counter, mostly of calls that did not become an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Counter {
    /// The policy refused the call: the level is off, or the action belongs to another domain.
    Refused,
    /// An accepted event was lost because the queue had no room.
    QueueFull,
    /// An accepted event was lost because it was larger than the whole queue.
    Oversize,
    /// A diff found no change, or the body called `skip`.
    Unchanged,
    /// The surrounding unit of work was rolled back.
    RolledBack,
    /// The surrounding unit of work committed, but had reached its limit of bytes. An accepted event was lost.
    UnitFull,
    /// It is unknown whether the surrounding unit of work committed. The event is kept and marked; this counts it
    /// additionally.
    CommitUnknown,
    /// The application's own transaction stored the row and committed. The event never reached the sink.
    InTransaction,
    /// The future was dropped before it ended, so a change may or may not have happened.
    Cancelled,
    /// The call came from within the recorder's own work, for example from a `Serialize` that records.
    Reentrant,
    /// Code of the application panicked inside the recorder. The event is kept and marked; this counts it additionally.
    Panicked,
    /// The event has no actor. It is kept with the actor `ANONYMOUS`; this counts it additionally.
    WithoutActor,
    /// The return type is generic and cannot be checked. A warning is emitted once per call site.
    Undetermined,
}
