//! What the layer does with the events and spans that its filter lets through.

use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{Draft, Fields, Live, Mirror, Sink, Tap, is_canary, keys};
use tracing_core::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::meanings::{Meanings, ReadBy};
use crate::names::Meaning;
use crate::spans::{self, Lookup};
use crate::taken;
use crate::visit::{Facts, Payload, SpanValues};

/// Collects hand-written events, and keeps what spans say.
pub(crate) struct Collector {
    pub(crate) tap: Tap,
    pub(crate) meanings: Arc<Meanings>,
    _live: Live,
}

impl Collector {
    pub(crate) fn new(sink: Arc<dyn Sink>, meanings: Arc<Meanings>) -> Self {
        Self {
            tap: Tap::new(sink, ()),
            meanings,
            _live: Live::new(),
        }
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

impl<S> Layer<S> for Collector
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_layer(&mut self, subscriber: &mut S) {
        self.tap
            .set_surroundings(Lookup::<S>::new(self.meanings.clone()));
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
        let meanings = self.meanings.of(attributes.metadata());
        spans::visit(
            |said| attributes.record(&mut self.span_values(meanings, said)),
            |said| {
                if let Some(span) = cx.span(id) {
                    spans::store(&span, ReadBy::of(&self.meanings), said);
                }
            },
        );
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else {
            return;
        };
        let meanings = self.meanings.of(span.metadata());
        spans::visit(
            |said| values.record(&mut self.span_values(meanings, said)),
            |said| spans::store(&span, ReadBy::of(&self.meanings), said),
        );
    }

    fn event_enabled(&self, _: &Event<'_>, _: Context<'_, S>) -> bool {
        taken::offer();
        true
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let metadata = event.metadata();
        if metadata.target() != keys::TARGET
            || self.tap.is_superseded()
            || Mirror::made(metadata)
            || is_canary(metadata)
            || !taken::take(&self.tap)
        {
            return;
        }
        let sink = self.tap.sink();
        self.tap.collect(
            &mut |fields: &mut Fields| event.record(&mut Facts { sink, fields }),
            &mut |draft: &mut Draft<'_>| event.record(&mut Payload(draft)),
            &mut |fields: &mut Fields| {
                for span in cx.event_scope(event).into_iter().flatten() {
                    spans::describe(&span, ReadBy::of(&self.meanings), fields);
                }
            },
        );
    }
}
