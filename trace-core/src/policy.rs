//! What may be recorded, and in what form.

use uuid::Uuid;

use crate::activity::Activity;
use crate::event::Event;
use crate::payload::Masks;

/// The rules, replaceable as a whole: truncation, actor normalisation, masking, levels and limits.
///
/// It works in two steps: [`admit`](Policy::admit) and [`masks`](Policy::masks) on the caller's thread, before anything
/// is built, and [`finish`](Policy::finish) on the writer's. It does no I/O. The default is the runtime's
/// `DefaultPolicy`, which a policy of one's own usually wraps.
pub trait Policy: Send + Sync + 'static {
    /// Whether a call becomes an event, and how much of it is recorded.
    fn admit(&self, call: &Call<'_>) -> Admission;

    /// What is masked as it is written: the values under secret names, and values that are secrets.
    fn masks(&self) -> &Masks;

    /// Makes the row. It never fails: what does not fit is clipped, what cannot be kept is marked. What stays as it was said
    /// is borrowed from the event.
    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a>;
}

/// What is known of a call before its event is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What is being done.
    pub action: &'a str,
    /// To what kind of thing.
    pub resource: &'a str,
    /// Whether the one-domain rule was settled at compile time, by the rule itself or by a reasoned override.
    pub checked: bool,
}

impl<'a> Call<'a> {
    /// A call whose action is known only now; the policy judges its domain.
    pub const fn new(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            checked: false,
        }
    }

    /// A call whose action was judged at compile time.
    pub const fn checked(action: &'a str, resource: &'a str) -> Self {
        Self {
            action,
            resource,
            checked: true,
        }
    }
}

/// The answer to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// It is recorded, at this level.
    Admitted(Level),
    /// It is not.
    Refused(Refusal),
}

/// How much of an event is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Nothing.
    Off,
    /// Who, what, when, from where; no payload and no diff. They are not even computed.
    Facts,
    /// Everything.
    #[default]
    Payload,
}

/// Why a call is not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// Its level is [`Level::Off`].
    Level,
    /// Its action belongs to another domain, or is none at all.
    Domain,
}
