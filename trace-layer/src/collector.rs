//! Collection of events and span fields.

use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{ActiveLayer, EventBuilder, Fields, LayerHandle, Sink, is_probe};
use tracing_core::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::callsites::is_own_event;
use crate::meanings::{Meanings, ReadBy};
use crate::names::Meaning;
use crate::spans::{self, Lookup};
use crate::taken;
use crate::visit::{Facts, Payload, SpanValues};

/// A collector of hand-written events and of the context fields of spans.
pub(crate) struct Collector {
    pub(crate) tap: LayerHandle,
    pub(crate) meanings: Arc<Meanings>,
    /// Counts it among the layers that are alive; none while the recorder is switched off.
    live: Option<ActiveLayer>,
}

impl Collector {
    pub(crate) fn new(sink: Arc<dyn Sink>, meanings: Arc<Meanings>) -> Self {
        #[cfg(feature = "tokio")]
        crate::tasks::tell_apart();
        Self {
            tap: LayerHandle::new(sink, ()),
            meanings,
            live: Some(ActiveLayer::new()),
        }
    }

    /// Collects nothing from here on.
    pub(crate) fn disable(&mut self) {
        self.live = None;
    }

    pub(crate) const fn is_enabled(&self) -> bool {
        self.live.is_some()
    }

    fn span_values<'a>(
        &'a self,
        meanings: &'a [Option<Meaning>],
        said: &'a mut Fields,
    ) -> SpanValues<'a> {
        SpanValues {
            meanings,
            sink: self.tap.sink(),
            said,
        }
    }
}

/// These methods decide by the metadata whether an event or a span is relevant. The decision that the subscriber's filters
/// stored may belong to a later check, made while a field of this event was formatted.
impl Collector {
    pub(crate) fn on_layer<S>(&mut self, subscriber: &S)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !self.is_enabled() {
            return;
        }
        self.tap
            .set_surroundings(Lookup::<S>::new(self.meanings.clone()));
        // The dispatcher asks from the outside, so this layer hides an inner `BehaviorTraceLayer`.
        let inner: &dyn Subscriber = subscriber;
        if let Some(inner) = inner.downcast_ref::<LayerHandle>() {
            inner.supersede(true);
        }
    }

    pub(crate) fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let other = LayerHandle::of(dispatch).is_some_and(|tap| !ptr::eq(tap, &raw const self.tap));
        self.tap.supersede(other);
    }

    pub(crate) fn on_new_span<S>(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        cx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let meanings = self.meanings.of(attributes.metadata());
        if meanings.is_empty() {
            return;
        }
        spans::visit(
            |said| attributes.record(&mut self.span_values(meanings, said)),
            |said| {
                if let Some(span) = cx.span(id) {
                    spans::store(&span, ReadBy::of(&self.meanings), said);
                }
            },
        );
    }

    pub(crate) fn on_record<S>(&self, id: &span::Id, values: &span::Record<'_>, cx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let Some(span) = cx.span(id) else {
            return;
        };
        let meanings = self.meanings.of(span.metadata());
        if meanings.is_empty() {
            return;
        }
        spans::visit(
            |said| values.record(&mut self.span_values(meanings, said)),
            |said| spans::store(&span, ReadBy::of(&self.meanings), said),
        );
    }

    pub(crate) fn on_event<S>(&self, event: &Event<'_>, cx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let metadata = event.metadata();
        if !self.is_enabled()
            || !is_own_event(metadata)
            || self.tap.is_superseded()
            || is_probe(metadata)
            || !taken::take(&self.tap)
        {
            return;
        }
        let sink = self.tap.sink();
        self.tap.collect(
            &mut |fields: &mut Fields| event.record(&mut Facts { sink, fields }),
            &mut |draft: &mut EventBuilder<'_>| event.record(&mut Payload { sink, draft }),
            &mut |fields: &mut Fields| {
                for span in cx.event_scope(event).into_iter().flatten() {
                    spans::describe(&span, ReadBy::of(&self.meanings), fields);
                }
            },
        );
    }
}
