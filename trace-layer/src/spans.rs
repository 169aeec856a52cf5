//! What spans say, kept beside them: encoded once when the span begins, copied into each event.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Fields, Quiet, Sink, Surroundings, Tally};
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// What one span says; lives in its extensions.
struct Said(Fields);

/// What a request's span usually says fits in.
const USUAL: usize = 256;

/// Lets `values` write what a span says, and gives it to `keep` unless it is nothing.
///
/// No panic of the host's values gets out, and what they emit is no activity. No lock of a span is held meanwhile, since
/// they may use spans themselves.
pub(crate) fn visit(sink: &dyn Sink, values: impl FnOnce(&mut Fields), keep: impl FnOnce(Fields)) {
    let mut said = Fields::with_capacity(USUAL);
    let quiet = Quiet::new();
    if catch_unwind(AssertUnwindSafe(|| values(&mut said))).is_err() {
        sink.count(Tally::Panicked);
    }
    drop(quiet);
    if !said.is_empty() {
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
