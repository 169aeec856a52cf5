//! What other layers see of an event: an ordinary `tracing` event, never collected again.

use std::ptr;

use tracing_core::callsite::DefaultCallsite;
use tracing_core::field::Value;
use tracing_core::metadata::Kind;
use tracing_core::{Dispatch, Event, Level, Metadata, dispatcher};

use crate::field::Field;
use crate::fields::Fields;
use crate::interest::enabled;
use crate::keys;
use crate::tap::LayerHandle;

/// How much of an event other layers get to see, as an ordinary `tracing` event at the level INFO under the target
/// `behavior_trace`.
///
/// Where no other layer wants such an event, none is made.
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
    /// Whether an event of this callsite is a mirror.
    pub fn made(metadata: &Metadata<'_>) -> bool {
        metadata.callsite() == METADATA.callsite()
    }

    /// Shows the event to the layers of `dispatch`, the subscriber that `tap` stands in, if one of them wants it.
    #[inline]
    pub(crate) fn show(self, tap: &LayerHandle, dispatch: &Dispatch, fields: &Fields) {
        if self == Self::Off || !enabled(&CALLSITE, &METADATA, dispatch) {
            return;
        }
        let is_current =
            |current: &Dispatch| LayerHandle::of(current).is_some_and(|at| ptr::eq(at, tap));
        if dispatcher::get_default(is_current) {
            self.emit(fields);
        } else {
            self.emit_to(dispatch, fields);
        }
    }

    /// The call began in another subscriber than the one that is current at its end.
    #[cold]
    fn emit_to(self, dispatch: &Dispatch, fields: &Fields) {
        dispatcher::with_default(dispatch, || self.emit(fields));
    }

    #[inline(never)]
    fn emit(self, fields: &Fields) {
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
