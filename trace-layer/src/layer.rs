//! The layer: it answers the macro's call, and passes its own events and spans to the collector.

use std::any::TypeId;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{Context as Around, LayerHandle, Mirror, Sink};
use tracing_core::subscriber::Interest;
use tracing_core::{Dispatch, Event, Metadata, Subscriber, metadata::LevelFilter, span};
use tracing_subscriber::filter::Filtered;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::claim;
use crate::collector::Collector;
use crate::filter::{CallsiteFilter, is_own_event};
use crate::names::SpanFieldNames;
use crate::span_field_cache::SpanFieldCache;

/// A layer that collects activity at any place in a subscriber: bare, in an `Option`, a `Box` or a `Vec`, with a filter of its
/// own or beside a global one. Not inside [`reload`](tracing_subscriber::reload), which hides it. Two of them in one
/// subscriber store nothing twice.
///
/// It works at any position in a subscriber: bare, in an `Option`, a `Box` or a `Vec`, with its own filter or beside a
/// global one. It does not work inside [`reload`](tracing_subscriber::reload), which hides it. Two of these layers in one
/// subscriber store no event twice.
///
/// Annotated functions reach the layer past every filter. It also collects events written by hand:
///
/// ```
/// # let id = 7;
/// tracing::info!(target: "behavior_trace", action = "user.update", resource = "User", resource_id = id);
/// ```
///
/// Those are ordinary events: the layer does not see an event that a global filter drops.
///
/// It asks for nothing but its own events, and spans that declare a field of the context, and for these no more verbosely
/// than its [level](Self::max_level). So the libraries of the process do not prepare DEBUG and TRACE events that no layer
/// wants, and other layers see the events and spans that they see without it. Install it last, outside of filters for the
/// whole subscriber: a layer on top of it that has no filter of its own would make `tracing` ask again for each event what
/// the filters below have said for good.
pub struct BehaviorTraceLayer<S = Registry> {
    /// Takes part in what the filters of a subscriber agree on. What is collected does not hang on it.
    filtered: Filtered<Silent, CallsiteFilter, S>,
    collector: Collector,
}

/// A layer behind the filter, which collects nothing.
struct Silent;

impl<S: Subscriber> Layer<S> for Silent {}

impl<S> BehaviorTraceLayer<S> {
    /// Makes a layer that hands its events to `sink`.
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        let span_fields = Arc::new(SpanFieldCache::new(SpanFieldNames::default()));
        let own = CallsiteFilter {
            span_fields: span_fields.clone(),
            max_level: LevelFilter::DEBUG,
        };
        Self {
            filtered: Filtered::new(Silent, own),
            collector: Collector::new(sink, span_fields),
        }
    }

    /// Sets the span fields from which context is read, in place of the [default](SpanFieldNames::default) ones.
    #[must_use]
    pub fn span_field_names(mut self, names: SpanFieldNames) -> Self {
        let span_fields = Arc::new(SpanFieldCache::new(names));
        self.collector.span_fields = span_fields.clone();
        self.filtered.filter_mut().span_fields = span_fields;
        self
    }

    /// Sets the most verbose level at which hand-written events and spans are enabled. The default is `DEBUG`.
    ///
    /// The most verbose level that any layer asks for is what [`LevelFilter::current`] and `log::max_level` become, and
    /// what is below it costs its callsite a comparison. With `LevelFilter::INFO` this layer leaves both as in an application that
    /// logs at INFO. What is more verbose is collected only where another layer asks for it.
    ///
    /// Annotated functions are recorded at every level, even at `OFF`.
    ///
    /// ```
    /// # use behavior_trace_layer::{BehaviorTraceLayer, LevelFilter};
    /// # fn of(layer: BehaviorTraceLayer) -> BehaviorTraceLayer {
    /// layer.max_level(LevelFilter::INFO)
    /// # }
    /// ```
    #[must_use]
    pub fn max_level(mut self, level: LevelFilter) -> Self {
        self.filtered.filter_mut().max_level = level;
        self
    }

    /// Sets the part of each event that other layers see. The default is [`Mirror::Facts`].
    #[must_use]
    pub fn mirror(mut self, mirror: Mirror) -> Self {
        self.collector.handle.set_mirror(mirror);
        self
    }

    /// Sets the actor for events without one in a context or a span: a command-line tool's or a worker's whole process.
    ///
    /// ```
    /// # use behavior_trace_core::{Actor, Context};
    /// # fn of(layer: behavior_trace_layer::BehaviorTraceLayer) -> behavior_trace_layer::BehaviorTraceLayer {
    /// layer.default_context(Context::new().actor(Actor::system()))
    /// # }
    /// ```
    #[must_use]
    pub fn default_context(mut self, context: Around) -> Self {
        self.collector.handle.set_fallback(context);
        self
    }

    /// Switches the layer off: it collects nothing, asks `tracing` for nothing, and is not found by annotated calls, which
    /// cost one load where no other layer is alive.
    ///
    /// A recorder that is switched off gives out such a layer, so that an application installs its subscriber in one way.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.collector.disable();
        self.span_field_names(SpanFieldNames::none())
            .max_level(LevelFilter::OFF)
    }
}

impl From<BehaviorTraceLayer> for Dispatch {
    /// Makes a subscriber with this layer alone, for a test or a tool that has no other.
    fn from(layer: BehaviorTraceLayer) -> Self {
        Self::new(tracing_subscriber::registry().with(layer))
    }
}

impl<S> fmt::Debug for BehaviorTraceLayer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BehaviorTraceLayer")
            .field("names", &self.collector.span_fields)
            .finish_non_exhaustive()
    }
}

/// Passes to the filter all that its note of an event or a span depends on, but not the entering, leaving and closing of
/// spans: it would look each of them up in the registry, only to find nothing to do.
impl<S> Layer<S> for BehaviorTraceLayer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.collector.on_register_dispatch(dispatch);
    }

    fn on_layer(&mut self, subscriber: &mut S) {
        self.filtered.on_layer(subscriber);
        self.collector.on_layer(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.filtered.register_callsite(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, cx: Context<'_, S>) -> bool {
        self.filtered.enabled(metadata, cx)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Layer::max_level_hint(&self.filtered)
    }

    fn event_enabled(&self, event: &Event<'_>, cx: Context<'_, S>) -> bool {
        if is_own_event(event.metadata()) {
            claim::reset();
        }
        self.filtered.event_enabled(event, cx)
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, cx: Context<'_, S>) {
        self.filtered.on_new_span(attributes, id, cx.clone());
        self.collector.on_new_span(attributes, id, &cx);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, cx: Context<'_, S>) {
        self.collector.on_record(id, values, &cx);
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        self.filtered.on_event(event, cx.clone());
        self.collector.on_event(event, &cx);
    }

    #[expect(
        unsafe_code,
        reason = "the one way in which a dispatcher finds what a layer holds; the trait's method is unsafe"
    )]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<Self>() {
            Some(ptr::from_ref(self).cast())
        } else if id == TypeId::of::<LayerHandle>() && self.collector.is_enabled() {
            Some(ptr::from_ref(&self.collector.handle).cast())
        } else {
            // SAFETY: as above, a pointer that is answered here is to a value of the type that `id` names, owned by
            // `self` and borrowed no longer than `self` is.
            unsafe { self.filtered.downcast_raw(id) }
        }
    }
}
