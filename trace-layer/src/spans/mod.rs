//! The fields of spans, stored beside them: encoded once when the span begins, and copied into each event.

mod actor;
mod cache;
mod extension;

use std::marker::PhantomData;
use std::sync::Arc;

use behavior_trace_core::{Fields, SpanFieldSource};
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

pub(crate) use extension::store;

use crate::span_field_cache::{LayerId, SpanFieldCache};
use crate::{buffer_pool, trace_id};

/// Lets `values` write the fields of a span and passes them to `keep` if there are any.
///
/// No span is locked meanwhile, since the application's values may use spans themselves.
pub(crate) fn visit(values: impl FnOnce(&mut Fields), keep: impl FnOnce(Fields)) {
    let mut fields = buffer_pool::take();
    values(&mut fields);
    if fields.is_empty() {
        buffer_pool::give(fields);
    } else {
        keep(fields);
    }
}

/// Adds the fields of a span to an event.
pub(crate) fn describe<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    layer: LayerId,
    fields: &mut Fields,
) {
    extension::read(span, layer, |extension| fields.merge(extension.fields()));
}

/// A source of the spans of a dispatcher whose registry is reached through `S`.
pub(crate) struct RegistrySpans<S> {
    span_fields: Arc<SpanFieldCache>,
    reached_through: PhantomData<fn(S)>,
}

impl<S> RegistrySpans<S> {
    /// Creates a source for the spans that `span_fields` maps.
    pub(crate) const fn new(span_fields: Arc<SpanFieldCache>) -> Self {
        Self {
            span_fields,
            reached_through: PhantomData,
        }
    }
}

impl<S> SpanFieldSource for RegistrySpans<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields) {
        self.describe_spans(dispatch, fields);
        trace_id::describe(fields);
    }
}

impl<S> RegistrySpans<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn describe_spans(&self, dispatch: &Dispatch, fields: &mut Fields) {
        let current = dispatch.current_span();
        let Some(id) = current.id() else {
            return;
        };
        let layer = LayerId::of(&self.span_fields);
        let cached = cache::get(id, layer, fields);
        if cached && fields.has_full_context() {
            return;
        }
        let registry = dispatch.downcast_ref::<S>();
        let Some(innermost) = registry.and_then(|registry| registry.span(id)) else {
            return;
        };
        if !cached {
            extension::read(&innermost, layer, |extension| {
                fields.merge(extension.fields());
                cache::insert(id, &self.span_fields, extension);
            });
        }
        let mut span = innermost;
        while !fields.has_full_context()
            && let Some(outer) = span.parent()
        {
            describe(&outer, layer, fields);
            span = outer;
        }
    }
}
