//! The layer. It answers the macro's call, and passes its own events and spans to the collector.

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

/// A layer that collects activity.
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
/// The layer enables only its own events and the spans that declare a field of the context, both up to its
/// [level](Self::max_level). So libraries do not prepare DEBUG and TRACE events that no layer wants, and other layers see
/// the same events and spans as without it.
///
/// Install it last, outside of filters for the whole subscriber. A layer on top of it without its own filter would make
/// `tracing` ask again for each event that the filters below have already decided for good.
pub struct BehaviorTraceLayer<S = Registry> {
    /// The part that takes part in the common decision of a subscriber's filters. Collection does not depend on it.
    filtered: Filtered<Silent, CallsiteFilter, S>,
    collector: Collector,
}

/// A layer behind the filter that collects nothing.
struct Silent;

impl<S: Subscriber> Layer<S> for Silent {}

impl<S> BehaviorTraceLayer<S> {
    /// Creates a layer that passes its events to `sink`.
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

    /// Sets the span fields from which context is read. They replace the [default](SpanFieldNames::default) ones.
    #[must_use]
    pub fn span_field_names(mut self, names: SpanFieldNames) -> Self {
        let span_fields = Arc::new(SpanFieldCache::new(names));
        self.collector.span_fields = span_fields.clone();
        self.filtered.filter_mut().span_fields = span_fields;
        self
    }

    /// Sets the most verbose level at which hand-written events and spans are enabled. The default is `DEBUG`.
    ///
    /// [`LevelFilter::current`] and `log::max_level` become the most verbose level that any layer enables. Events beyond it
    /// cost their callsite a comparison. With `LevelFilter::INFO` this layer leaves both as in an application that logs at
    /// INFO. More verbose events and spans are then collected only if another layer enables them.
    ///
    /// Annotated functions are recorded at every level, even at `OFF`.
    ///
    /// ```
    /// # use behavior_trace::{BehaviorTraceLayer, config::LevelFilter};
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

    /// Sets the context for events without one in a context or a span, such as the actor of a command-line tool or a worker.
    ///
    /// ```
    /// # use behavior_trace::{Actor, Context};
    /// # fn of(layer: behavior_trace::BehaviorTraceLayer) -> behavior_trace::BehaviorTraceLayer {
    /// layer.default_context(Context::new().actor(Actor::system()))
    /// # }
    /// ```
    #[must_use]
    pub fn default_context(mut self, context: Around) -> Self {
        self.collector.handle.set_fallback(context);
        self
    }

    /// Switches the layer off. It collects nothing and enables nothing in `tracing`, and annotated calls do not find it.
    /// They cost one load if no other layer is live.
    ///
    /// A recorder that is switched off returns such a layer, so that an application always installs its subscriber alike.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.collector.disable();
        self.span_field_names(SpanFieldNames::none())
            .max_level(LevelFilter::OFF)
    }
}

impl From<BehaviorTraceLayer> for Dispatch {
    /// Creates a subscriber with only this layer, for a test or a tool without another.
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

/// Passes everything to the filter that its note of an event or a span depends on. Entering, leaving and closing of spans
/// are not passed: the filter would look each span up in the registry without need.
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
            // SAFETY: as above, a pointer returned here points to a value of the type that `id` names, owned by
            // `self` and borrowed no longer than `self` is.
            unsafe { self.filtered.downcast_raw(id) }
        }
    }
}
