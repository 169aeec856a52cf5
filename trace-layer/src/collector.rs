//! The collection of hand-written events, and of the fields of spans.

use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{ActiveLayer, EventBuilder, Fields, LayerHandle, Sink, is_probe};
use tracing_core::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::filter::is_own_event;
use crate::names::FieldMapping;
use crate::span_field_cache::{LayerId, SpanFieldCache};
use crate::spans::{self, RegistrySpans};
use crate::visit::{EventVisitor, PayloadVisitor, SpanVisitor};
use crate::{claim, trace_id};

/// A collector of hand-written events, which also keeps the fields of spans.
pub(crate) struct Collector {
    pub(crate) handle: LayerHandle,
    pub(crate) span_fields: Arc<SpanFieldCache>,
    /// The token that counts the layer as live; `None` while the recorder is switched off.
    live: Option<ActiveLayer>,
}

impl Collector {
    pub(crate) fn new(sink: Arc<dyn Sink>, span_fields: Arc<SpanFieldCache>) -> Self {
        #[cfg(feature = "tokio")]
        crate::tasks::tell_apart();
        Self {
            handle: LayerHandle::new(sink, ()),
            span_fields,
            live: Some(ActiveLayer::new()),
        }
    }

    /// Stops all collection.
    pub(crate) fn disable(&mut self) {
        self.live = None;
    }

    pub(crate) const fn is_enabled(&self) -> bool {
        self.live.is_some()
    }

    fn span_visitor<'a>(
        &'a self,
        mappings: &'a [Option<FieldMapping>],
        fields: &'a mut Fields,
    ) -> SpanVisitor<'a> {
        SpanVisitor {
            mappings,
            sink: self.handle.sink(),
            fields,
        }
    }
}

/// The collector's side of the `Layer` callbacks. The callsite alone decides whether an event or a span concerns the layer.
///
/// The notes of the subscriber's filters are not used, because they may answer a later question that a field of the event
/// asked. overwritten them.
impl Collector {
    pub(crate) fn on_layer<S>(&mut self, subscriber: &S)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if !self.is_enabled() {
            return;
        }
        self.handle
            .set_span_fields(RegistrySpans::<S>::new(self.span_fields.clone()));
        // The dispatcher asks from the outside, so this layer hides an inner `BehaviorTraceLayer`.
        let inner: &dyn Subscriber = subscriber;
        if let Some(inner) = inner.downcast_ref::<LayerHandle>() {
            inner.supersede(true);
        }
    }

    pub(crate) fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let other = LayerHandle::of(dispatch)
            .is_some_and(|handle| !ptr::eq(handle, &raw const self.handle));
        self.handle.supersede(other);
    }

    pub(crate) fn on_new_span<S>(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        cx: &Context<'_, S>,
    ) where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mappings = self.span_fields.of(attributes.metadata());
        if mappings.is_empty() {
            return;
        }
        spans::visit(
            |fields| attributes.record(&mut self.span_visitor(mappings, fields)),
            |fields| {
                if let Some(span) = cx.span(id) {
                    spans::store(&span, LayerId::of(&self.span_fields), fields);
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
        let mappings = self.span_fields.of(span.metadata());
        if mappings.is_empty() {
            return;
        }
        spans::visit(
            |fields| values.record(&mut self.span_visitor(mappings, fields)),
            |fields| spans::store(&span, LayerId::of(&self.span_fields), fields),
        );
    }

    pub(crate) fn on_event<S>(&self, event: &Event<'_>, cx: &Context<'_, S>)
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let metadata = event.metadata();
        if !self.is_enabled()
            || !is_own_event(metadata)
            || self.handle.is_superseded()
            || is_probe(metadata)
            || !claim::try_claim(&self.handle)
        {
            return;
        }
        let sink = self.handle.sink();
        self.handle.collect(
            &mut |fields: &mut Fields| event.record(&mut EventVisitor { sink, fields }),
            &mut |builder: &mut EventBuilder<'_>| {
                event.record(&mut PayloadVisitor { sink, builder });
            },
            &mut |fields: &mut Fields| {
                for span in cx.event_scope(event).into_iter().flatten() {
                    spans::describe(&span, LayerId::of(&self.span_fields), fields);
                }
                trace_id::describe(fields);
            },
        );
    }
}
