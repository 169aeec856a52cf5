//! A check whether activity is collected, by probes through the current subscriber.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use tracing_core::callsite::DefaultCallsite;
use tracing_core::field::Value;
use tracing_core::metadata::{Kind, LevelFilter};
use tracing_core::span::Attributes;
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, Event, Level, Metadata, dispatcher};

use crate::field::Field;
use crate::fields::Fields;
use crate::interest::enabled;
use crate::keys;
use crate::layer_handle::LayerHandle;
use crate::sink::Sink;

/// The result of probes that were sent through the current subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionCheck {
    /// The result for annotated calls: `Ok` if they are recorded.
    pub annotated: Result<(), CollectionError>,
    /// The result for hand-written `tracing` events at the level INFO. A filter for the whole subscriber drops them.
    pub hand_written: bool,
    /// The result for the fields of spans at the level INFO, which events inside them should have. A filter for the whole
    /// subscriber, or one around the layer, hides them. A [`Context`](crate::Context) is not affected.
    pub spans: bool,
    /// The most verbose of INFO, DEBUG and TRACE at which both hand-written events and span fields arrive; `None` if not
    /// even at INFO. By default neither arrives at TRACE, because the layer does not ask for it.
    pub max_level: Option<LevelFilter>,
}

/// The reason why annotated calls are not recorded.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CollectionError {
    /// No subscriber is installed.
    NoSubscriber,
    /// The installed subscriber has no layer of a recorder.
    NoLayer,
    /// The layer is in the installed subscriber, but inside another layer that hides it from the dispatcher.
    Hidden,
    /// The layer in the installed subscriber belongs to another recorder.
    AnotherRecorder,
    /// The recorder is switched off.
    Disabled,
}

impl fmt::Display for CollectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSubscriber => {
                "no tracing subscriber is installed; install one with `registry().with(recorder.layer()).init()`"
            }
            Self::NoLayer => {
                "the installed subscriber has no layer of this recorder; add `recorder.layer()` to it where it is installed, not \
                 inside `reload`"
            }
            Self::Hidden => {
                "the layer is hidden from the dispatcher; take it out of `tracing_subscriber::reload`, other layers may stay"
            }
            Self::AnotherRecorder => {
                "the installed subscriber's layer belongs to another recorder; keep one recorder, or call this on that one"
            }
            Self::Disabled => {
                "the recorder is switched off; unset BEHAVIOR_TRACE_ENABLED, or call `.enabled(true)`"
            }
        })
    }
}

crate::debug_is_display!(CollectionError);

impl std::error::Error for CollectionError {}

/// The event and the span of one level.
struct Probe {
    event: &'static DefaultCallsite,
    event_metadata: &'static Metadata<'static>,
    span: &'static DefaultCallsite,
    span_metadata: &'static Metadata<'static>,
}

macro_rules! probe {
    ($level:ident) => {{
        static EVENT: DefaultCallsite = DefaultCallsite::new(&EVENT_METADATA);
        static EVENT_METADATA: Metadata<'static> = tracing_core::metadata! {
            name: NAME,
            target: keys::TARGET,
            level: Level::$level,
            fields: &["message"],
            callsite: &EVENT,
            kind: Kind::EVENT,
        };
        static SPAN: DefaultCallsite = DefaultCallsite::new(&SPAN_METADATA);
        static SPAN_METADATA: Metadata<'static> = tracing_core::metadata! {
            name: NAME,
            target: keys::TARGET,
            level: Level::$level,
            fields: &[keys::REQUEST_ID],
            callsite: &SPAN,
            kind: Kind::SPAN,
        };
        Probe {
            event: &EVENT,
            event_metadata: &EVENT_METADATA,
            span: &SPAN,
            span_metadata: &SPAN_METADATA,
        }
    }};
}

const NAME: &str = "canary";

/// The probes, starting with the least verbose level.
static PROBES: [Probe; 3] = [probe!(INFO), probe!(DEBUG), probe!(TRACE)];

thread_local! {
    static HEARD: Cell<bool> = const { Cell::new(false) };
}

impl CollectionCheck {
    /// Sends probes through the current subscriber and returns whether they reach `sink`.
    ///
    /// Nothing is stored. Other layers see one event and one span at each of the levels INFO, DEBUG and TRACE that they ask
    /// for, all named `canary`.
    pub fn check(sink: &Arc<dyn Sink>) -> Self {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let handle = LayerHandle::of(&dispatch);
        let [at_info, more_verbose @ ..] = &PROBES;
        let heard = at_info.event_is_heard(&dispatch);
        let annotated = match handle {
            Some(handle) if handle.feeds(sink) => Ok(()),
            Some(_) => Err(CollectionError::AnotherRecorder),
            None if dispatch.is::<NoSubscriber>() => Err(CollectionError::NoSubscriber),
            None if heard => Err(CollectionError::Hidden),
            None => Err(CollectionError::NoLayer),
        };
        let hand_written = heard && annotated != Err(CollectionError::AnotherRecorder);
        let spans = handle.is_some_and(|handle| at_info.span_is_seen(handle, &dispatch));
        let both = |probe: &&Probe| {
            probe.event_is_heard(&dispatch)
                && handle.is_some_and(|handle| probe.span_is_seen(handle, &dispatch))
        };
        let max_level = (hand_written && spans).then(|| {
            let most_verbose = more_verbose.iter().take_while(both).last();
            let level = most_verbose.unwrap_or(at_info).event_metadata.level();
            LevelFilter::from_level(*level)
        });
        Self {
            annotated,
            hand_written,
            spans,
            max_level,
        }
    }

    /// Returns the result for a recorder that is switched off and collects nothing.
    pub const fn disabled() -> Self {
        Self {
            annotated: Err(CollectionError::Disabled),
            hand_written: false,
            spans: false,
            max_level: None,
        }
    }
}

/// Returns whether an event is a probe. A probe is noted as received and must not be stored.
pub fn is_probe(metadata: &Metadata<'_>) -> bool {
    let callsite = metadata.callsite();
    let mut sent = PROBES.iter().map(|probe| probe.event_metadata);
    let probe = metadata.name() == NAME && sent.any(|sent| sent.callsite() == callsite);
    if probe {
        let _ = HEARD.try_with(|heard| heard.set(true));
    }
    probe
}

impl Probe {
    fn event_is_heard(&self, dispatch: &Dispatch) -> bool {
        let metadata = self.event_metadata;
        if enabled(self.event, metadata, dispatch) {
            let message: &dyn Value = &"asks whether activity is collected here";
            Event::dispatch(metadata, &metadata.fields().value_set_all(&[Some(message)]));
        }
        HEARD.try_with(Cell::take).unwrap_or(false)
    }

    fn span_is_seen(&self, handle: &LayerHandle, dispatch: &Dispatch) -> bool {
        let metadata = self.span_metadata;
        if !enabled(self.span, metadata, dispatch) {
            return false;
        }
        let id: &dyn Value = &NAME;
        let values = [Some(id)];
        let values = metadata.fields().value_set_all(&values);
        let span = dispatch.new_span(&Attributes::new_root(metadata, &values));
        let mut fields = Fields::new();
        dispatch.enter(&span);
        handle.span_fields().describe(dispatch, &mut fields);
        dispatch.exit(&span);
        dispatch.try_close(span);
        fields.get(Field::RequestId) == Some(NAME)
    }
}
