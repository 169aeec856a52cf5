//! Where events go: all that passes between the layer and the runtime.

use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::policy::{Admission, Call, Level, Policy};

/// Takes one event of several, as [`Sink::accept`] does.
pub type Accept<'a> = dyn FnMut(Timestamp, &Fields) + 'a;

/// Takes events. The one door between what collects them and what stores them.
///
/// All methods run on the caller's thread, inside the host's own functions: they never wait (unless the host asked for
/// it by name) and never fail.
pub trait Sink: Send + Sync + 'static {
    /// Runs `ask` with the policy in force; the same one for the whole of `ask`, even while it is being replaced.
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy));

    /// At which level a call is recorded; `None` if the policy says that it is not.
    ///
    /// A method of the sink, so that the policy is found and asked in one call from where only a `dyn Sink` is known.
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

    /// Whether an event that is begun now is lost: there is no room, and nobody waits for any.
    fn is_full(&self) -> bool {
        false
    }

    /// At which level a call that begins now is recorded, or else what it is counted as if it succeeds. Asked before
    /// anything is captured: both questions above in one, and that a queue is full does not hide what the policy refuses.
    fn begin(&self, call: &Call<'_>) -> Result<Level, Counter> {
        match self.admit(call) {
            None => Err(Counter::Refused),
            Some(_) if self.is_full() => Err(Counter::QueueFull),
            Some(level) => Ok(level),
        }
    }

    /// Whether there is room for one more event, asked when a call has succeeded. A `false` has been counted as dropped.
    fn has_room(&self) -> bool;

    /// Whether there is room for one more event now: nothing is counted, and nobody waits. Asked in place of
    /// [`has_room`](Sink::has_room), since what is lost in a unit of work is lost only if the unit commits. `None`, the default,
    /// where only `has_room` knows.
    fn room(&self) -> Option<bool> {
        None
    }

    /// Waits for room, if the host has asked for that by name; whether there is any. Nothing is counted. By default
    /// nobody waits.
    fn wait_for_room(&self) -> bool {
        false
    }

    /// Takes an event. The fields are copied; the sink keeps nothing of the caller's.
    fn accept(&self, occurred_at: Timestamp, fields: &Fields);

    /// Takes the events of a unit of work that has committed, in the order of their calls: `each` is run once, and gives
    /// them to its argument. What the host asked to wait for is waited for once, after the last.
    fn accept_all(&self, each: &mut dyn FnMut(&mut Accept<'_>)) {
        each(&mut |occurred_at, fields| self.accept(occurred_at, fields));
    }

    /// Sets room aside for what waits in a unit of work: as many bytes as are returned, at least `least`, at most `most`. An
    /// error is what the event is counted as if its unit commits. It must not wait. By default everything is granted.
    fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        let _ = least;
        Ok(most)
    }

    /// Takes back room that was set aside: the events were handed over or discarded. By default nothing is done.
    fn give_back(&self, bytes: usize) {
        let _ = bytes;
    }

    /// Counts a call that did not become an event.
    fn count(&self, tally: Counter);

    /// Whether contexts and what is carried take the subscriber along to other threads and tasks, as a test's sink wants:
    /// a subscriber of one scope is not around there. By default they do not.
    fn goes_along(&self) -> bool {
        false
    }
}

/// Why a call did not become an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Counter {
    /// The policy said no: the level is off, or the action belongs to another domain.
    Refused,
    /// There was no room: an event that is accepted and lost.
    QueueFull,
    /// The event alone was larger than the whole queue: it is accepted and lost.
    Oversize,
    /// A diff found nothing changed, or the body asked to skip.
    Unchanged,
    /// The surrounding unit of work was rolled back.
    RolledBack,
    /// The surrounding unit of work committed, but had held as many bytes as it may: an event that was accepted and lost.
    UnitFull,
    /// It was not learned whether the surrounding unit of work committed. The event is kept, marked; this is counted
    /// beside it.
    CommitUnknown,
    /// The host's own transaction stored the row and committed; the event never came to the sink.
    InTransaction,
    /// The future was dropped before it ended: it may have changed something or not.
    Cancelled,
    /// The call came from within our own work, from a `Serialize` that records for instance.
    Reentrant,
    /// Code of the host that ran on our behalf panicked. The event is kept, marked; this is counted beside it.
    Panicked,
    /// Nobody is said to have done it. The event is kept, as an `ANONYMOUS` actor's; this is counted beside it.
    WithoutActor,
    /// A return type that cannot be judged where it is generic. Said once per call site.
    Undetermined,
}
