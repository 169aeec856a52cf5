//! The mirror of an event for other layers: an ordinary `tracing` event that is never collected again.

use tracing_core::callsite::DefaultCallsite;
use tracing_core::field::Value;
use tracing_core::metadata::Kind;
use tracing_core::{Dispatch, Event, Level, Metadata, dispatcher};

use crate::field::Field;
use crate::fields::Fields;
use crate::interest::enabled;
use crate::keys;

/// The part of an event that other layers see, as a `tracing` event at the level INFO under the target `behavior_trace`.
///
/// No such event is made if no other layer wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mirror {
    /// Nothing.
    Off,
    /// Action, resource and resource id.
    #[default]
    Facts,
    /// Also the payload and the diff, masked as they are stored.
    Payload,
}

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = tracing_core::metadata! {
    name: "activity",
    target: keys::TARGET,
    level: Level::INFO,
    fields: &[keys::ACTION, keys::RESOURCE, keys::RESOURCE_ID, keys::PAYLOAD, keys::DIFF],
    callsite: &CALLSITE,
    kind: Kind::EVENT,
};

impl Mirror {
    /// Returns whether an event with this metadata is a mirror.
    pub fn made(metadata: &Metadata<'_>) -> bool {
        metadata.callsite() == METADATA.callsite()
    }

    /// Returns whether a layer of `dispatch` wants mirrors.
    #[inline]
    pub(crate) fn is_wanted(self, dispatch: &Dispatch) -> bool {
        self != Self::Off && enabled(&CALLSITE, &METADATA, dispatch)
    }

    /// Emits the mirror in `dispatch`, for a call that began in another subscriber than the current one.
    #[cold]
    pub(crate) fn emit_to(self, dispatch: &Dispatch, fields: &Fields) {
        dispatcher::with_default(dispatch, || self.emit(fields));
    }

    /// Emits the mirror in the current subscriber.
    #[inline(never)]
    pub(crate) fn emit(self, fields: &Fields) {
        let shown = |field| fields.get(field);
        let (payload, diff) = match self {
            Self::Payload => (shown(Field::Payload), shown(Field::Diff)),
            _ => (None, None),
        };
        let [action, resource, id] = [Field::Action, Field::Resource, Field::ResourceId].map(shown);
        let values =
            [&action, &resource, &id, &payload, &diff].map(|value| Some(value as &dyn Value));
        Event::dispatch(&METADATA, &METADATA.fields().value_set_all(&values));
    }
}
