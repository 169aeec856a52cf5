//! Span fields, stored in the registry: encoded once when the span begins, copied into each event.

mod actor;
mod again;
mod said;

use std::marker::PhantomData;
use std::sync::Arc;

use behavior_trace_core::{Fields, SpanFieldSource};
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

pub(crate) use said::store;

use crate::meanings::{Meanings, ReadBy};
use crate::spare;

/// Collects span fields with `values` and passes them to `keep`, unless there are none.
///
/// No lock of a span is held meanwhile, because formatting the application's values may use spans.
pub(crate) fn visit(values: impl FnOnce(&mut Fields), keep: impl FnOnce(Fields)) {
    let mut said = spare::take();
    values(&mut said);
    if said.is_empty() {
        spare::give(said);
    } else {
        keep(said);
    }
}

/// Adds the fields of a span to an event.
pub(crate) fn describe<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    by: ReadBy,
    fields: &mut Fields,
) {
    said::read(span, by, |said| fields.merge(said.fields()));
}

/// Access to the spans of a dispatcher whose registry is reached through `S`.
pub(crate) struct Lookup<S> {
    meanings: Arc<Meanings>,
    reached_through: PhantomData<fn(S)>,
}

impl<S> Lookup<S> {
    /// Creates a lookup of the spans that `meanings` reads.
    pub(crate) const fn new(meanings: Arc<Meanings>) -> Self {
        Self {
            meanings,
            reached_through: PhantomData,
        }
    }
}

impl<S> SpanFieldSource for Lookup<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields) {
        let current = dispatch.current_span();
        let Some(id) = current.id() else {
            return;
        };
        let by = ReadBy::of(&self.meanings);
        let recalled = again::recall(id, by, fields);
        if recalled && fields.say_it_all() {
            return;
        }
        let registry = dispatch.downcast_ref::<S>();
        let Some(innermost) = registry.and_then(|registry| registry.span(id)) else {
            return;
        };
        if !recalled {
            said::read(&innermost, by, |said| {
                fields.merge(said.fields());
                again::remember(id, &self.meanings, said);
            });
        }
        let mut span = innermost;
        while !fields.say_it_all()
            && let Some(outer) = span.parent()
        {
            describe(&outer, by, fields);
            span = outer;
        }
    }
}
