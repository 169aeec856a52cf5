//! The layer: answers the macro's call, collects hand-written events, keeps what spans say.

use std::any::TypeId;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{
    Context as Around, Draft, Fields, Live, Mirror, Sink, Tap, is_canary, keys,
};
use tracing_core::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::callsites::OwnCallsites;
use crate::names::SpanNames;
use crate::spans::{self, Lookup};
use crate::visit::{Facts, Payload, SpanValues};

/// Collects activity wherever it stands in a subscriber: bare, in an `Option`, a `Box` or a `Vec`, with a filter of its
/// own or beside a global one. Not inside [`reload`](tracing_subscriber::reload), which hides it.
///
/// Annotated functions reach it past every filter. Beside them it collects events written by hand:
///
/// ```
/// # let id = 7;
/// tracing::info!(target: "behavior_trace", action = "user.update", resource = "User", resource_id = id);
/// ```
///
/// Those are ordinary events: what a global filter drops is not seen here either.
pub struct BehaviorTraceLayer {
    tap: Tap,
    names: Arc<SpanNames>,
    _live: Live,
}

/// The layer behind a filter for its own callsites; see [`BehaviorTraceLayer::filtered`].
pub type FilteredLayer<S> = Filtered<BehaviorTraceLayer, OwnCallsites, S>;

impl BehaviorTraceLayer {
    /// A layer that hands what it collects to `sink`.
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        Self {
            tap: Tap::new(sink, ()),
            names: Arc::new(SpanNames::default()),
            _live: Live::new(),
        }
    }

    /// Reads context from the span fields that `names` lists, in place of the [default](SpanNames::default) ones.
    #[must_use]
    pub fn span_names(mut self, names: SpanNames) -> Self {
        self.names = Arc::new(names);
        self
    }

    /// Shows other layers this much of each event, in place of [`Mirror::Facts`].
    #[must_use]
    pub fn mirror(mut self, mirror: Mirror) -> Self {
        self.tap.set_mirror(mirror);
        self
    }

    /// Says who acts where neither a context nor a span says it: a command-line tool's or a worker's whole process.
    ///
    /// ```
    /// # use behavior_trace_core::{Actor, Context};
    /// # fn of(layer: behavior_trace_layer::BehaviorTraceLayer) -> behavior_trace_layer::BehaviorTraceLayer {
    /// layer.fallback(Context::new().actor(Actor::system()))
    /// # }
    /// ```
    #[must_use]
    pub fn fallback(mut self, context: Around) -> Self {
        self.tap.set_fallback(context);
        self
    }

    /// This layer behind a filter that lets through what it looks at: its own events, and spans that say something of
    /// the context. This is the form to install.
    ///
    /// Without the filter a layer asks for every event and span of the process, so that the libraries in it prepare
    /// their DEBUG and TRACE events for nobody. Install it last, outside of filters for the whole subscriber.
    pub fn filtered<S>(self) -> FilteredLayer<S> {
        let own = OwnCallsites::new(self.names.clone());
        Filtered::new(self, own)
    }
}

impl BehaviorTraceLayer {
    fn span_values<'a>(&'a self, said: &'a mut Fields) -> SpanValues<'a> {
        SpanValues {
            names: &self.names,
            sink: self.tap.sink(),
            said,
        }
    }
}

impl From<BehaviorTraceLayer> for Dispatch {
    /// A subscriber with this layer alone, for a test or a tool that has no other.
    fn from(layer: BehaviorTraceLayer) -> Self {
        Self::new(tracing_subscriber::registry().with(layer))
    }
}

impl fmt::Debug for BehaviorTraceLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BehaviorTraceLayer")
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl<S> Layer<S> for BehaviorTraceLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_layer(&mut self, subscriber: &mut S) {
        self.tap.set_surroundings(Lookup::<S>::new());
        // A layer of ours further in is hidden by this one: the dispatcher asks from the outside.
        let inner: &dyn Subscriber = subscriber;
        if let Some(inner) = inner.downcast_ref::<Tap>() {
            inner.supersede(true);
        }
    }

    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let other = Tap::of(dispatch).is_some_and(|tap| !ptr::eq(tap, &raw const self.tap));
        self.tap.supersede(other);
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, cx: Context<'_, S>) {
        spans::visit(
            self.tap.sink(),
            |said| attributes.record(&mut self.span_values(said)),
            |said| {
                if let Some(span) = cx.span(id) {
                    spans::store(&span, said);
                }
            },
        );
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, cx: Context<'_, S>) {
        spans::visit(
            self.tap.sink(),
            |said| values.record(&mut self.span_values(said)),
            |said| {
                if let Some(span) = cx.span(id) {
                    spans::update(&span, said);
                }
            },
        );
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() != keys::TARGET
            || self.tap.is_superseded()
            || Mirror::made(metadata)
            || is_canary(metadata)
        {
            return;
        }
        let sink = self.tap.sink();
        self.tap.collect(
            &mut |fields: &mut Fields| event.record(&mut Facts { sink, fields }),
            &mut |draft: &mut Draft<'_>| event.record(&mut Payload(draft)),
            &mut |fields: &mut Fields| {
                for span in cx.event_scope(event).into_iter().flatten() {
                    spans::describe(&span, fields);
                }
            },
        );
    }

    #[expect(
        unsafe_code,
        reason = "the one way in which a dispatcher finds what a layer holds; the trait's method is unsafe"
    )]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        // SAFETY: each pointer is to a value of the type that `id` names, owned by `self` and borrowed no longer than
        // `self` is.
        if id == TypeId::of::<Self>() {
            Some(ptr::from_ref(self).cast())
        } else if id == TypeId::of::<Tap>() {
            Some(ptr::from_ref(&self.tap).cast())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
