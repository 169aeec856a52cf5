//! The policy: the selection of calls to record, and the form of their rows.

use uuid::Uuid;

use crate::activity::Activity;
use crate::event::Event;
use crate::masking::Masks;

/// The rules of recording, replaceable as a whole: truncation, actor normalisation, masking, levels and limits.
///
/// [`admit`](Policy::admit) and [`masks`](Policy::masks) run on the caller's thread, before an event is built.
/// [`finish`](Policy::finish) runs on the writer's thread. A policy does no I/O. The default is the runtime's
/// `DefaultPolicy`, and a custom policy usually wraps it.
pub trait Policy: Send + Sync + 'static {
    /// Returns whether a call becomes an event, and its level.
    fn admit(&self, call: &Call<'_>) -> Admission;

    /// Returns the masks for written values: for values under secret names, and for values that are secrets.
    fn masks(&self) -> &Masks;

    /// Makes the row. It never fails: a value that does not fit is clipped, and a value that cannot be kept is marked.
    /// Unchanged texts are borrowed from the event.
    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a>;

    /// Returns the name under which events wait for this policy in mapped buffers, of which 120 bytes count. Default: the
    /// name of the type.
    ///
    /// After a crash, the next process finishes the events that were kept for a policy of the same name, and those of the
    /// default policy. Other events wait. A release that renames the type of its policy returns the old name here.
    fn name(&self) -> &str {
        std::any::type_name::<Self>()
    }
}

/// A call before its event is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The action.
    pub action: &'a str,
    /// The kind of thing that the action changes.
    pub resource: &'a str,
    /// The flag of a call whose domain was settled at compile time, by the one-domain rule or by a reasoned override.
    pub checked: bool,
}

impl<'a> Call<'a> {
    /// Creates a call whose action is known only at run time. The policy checks its domain.
    pub const fn new(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            checked: false,
        }
    }

    /// Creates a call whose action was checked at compile time.
    pub const fn checked(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            checked: true,
        }
    }
}

/// The policy's answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// The call is recorded at this level.
    Admitted(Level),
    /// The call is not recorded.
    Refused(Refusal),
}

/// The amount of an event that is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Nothing.
    Off,
    /// Actor, action, time and origin. Payload and diff are not even computed.
    Facts,
    /// Everything.
    #[default]
    Payload,
}

/// The reason why a call is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The call's level is [`Level::Off`].
    Level,
    /// The call's action belongs to another domain, or is malformed.
    Domain,
}
