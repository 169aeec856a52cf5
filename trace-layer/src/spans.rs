//! What spans say, kept beside them: encoded once when the span begins, copied into each event.

use std::marker::PhantomData;

use behavior_trace_core::{Fields, Surroundings};
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::spare;

/// What one span says; lives in its extensions.
struct Said(Fields);

impl Drop for Said {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.0));
    }
}

/// Lets `values` write what a span says, and gives it to `keep` unless it is nothing.
///
/// No lock of a span is held meanwhile, since the host's values may use spans themselves.
pub(crate) fn visit(values: impl FnOnce(&mut Fields), keep: impl FnOnce(Fields)) {
    let mut said = spare::take();
    values(&mut said);
    if said.is_empty() {
        spare::give(said);
    } else {
        keep(said);
    }
}

/// Keeps what a new span says.
pub(crate) fn store<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, said: Fields) {
    span.extensions_mut().replace(Said(said));
}

/// Adds what was recorded on a span later; it replaces what the span said before.
pub(crate) fn update<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, said: Fields) {
    let mut extensions = span.extensions_mut();
    if let Some(Said(before)) = extensions.get_mut() {
        before.update(said);
    } else {
        extensions.insert(Said(said));
    }
}

/// Adds what a span says to an event.
pub(crate) fn describe<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, fields: &mut Fields) {
    if let Some(Said(said)) = span.extensions().get() {
        fields.merge(said);
    }
}

/// Finds the spans of a dispatcher whose registry is reached through `S`.
pub(crate) struct Lookup<S>(PhantomData<fn(S)>);

impl<S> Lookup<S> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S> Surroundings for Lookup<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn describe(&self, dispatch: &Dispatch, fields: &mut Fields) {
        let current = dispatch.current_span();
        let Some((id, registry)) = current.id().zip(dispatch.downcast_ref::<S>()) else {
            return;
        };
        let mut next = registry.span(id);
        while let Some(span) = next {
            describe(&span, fields);
            if fields.say_it_all() {
                return;
            }
            next = span.parent();
        }
    }
}
