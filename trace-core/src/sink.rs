//! Where events go: all that passes between the layer and the runtime.

use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::policy::{Admission, Call, Level, Policy};

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
    fn begin(&self, call: &Call<'_>) -> Result<Level, Tally> {
        match self.admit(call) {
            None => Err(Tally::Refused),
            Some(_) if self.is_full() => Err(Tally::QueueFull),
            Some(level) => Ok(level),
        }
    }

    /// Whether there is room for one more event, asked when a call has succeeded. A `false` has been counted as dropped.
    fn has_room(&self) -> bool;

    /// Takes an event. The fields are copied; the sink keeps nothing of the caller's.
    fn accept(&self, occurred_at: Timestamp, fields: &Fields);

    /// Counts a call that did not become an event.
    fn count(&self, tally: Tally);
}

/// Why a call did not become an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tally {
    /// The policy said no: the level is off, or the action belongs to another domain.
    Refused,
    /// There was no room when the call began: an event that is accepted and lost.
    QueueFull,
    /// A diff found nothing changed, or the body asked to skip.
    Unchanged,
    /// The surrounding unit of work was rolled back.
    Discarded,
    /// The surrounding unit of work committed, but had held as many bytes as it may: an event that was accepted and lost.
    UnitFull,
    /// It was not learned whether the surrounding unit of work committed. The event is kept, marked; this is counted
    /// beside it.
    CommitUnknown,
    /// The host's own transaction stored the row and committed; the event never came to the sink.
    InTransaction,
    /// The future was dropped before it ended: it may have changed something or not.
    InDoubt,
    /// The call came from within our own work, from a `Serialize` that records for instance.
    Reentrant,
    /// Code of the host that ran on our behalf panicked. The event is kept, marked; this is counted beside it.
    Panicked,
    /// Nobody is said to have done it. The event is kept, as an `ANONYMOUS` actor's; this is counted beside it.
    WithoutActor,
    /// A return type that cannot be judged where it is generic. Said once per call site.
    Unjudged,
}
