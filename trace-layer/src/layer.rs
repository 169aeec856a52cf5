//! The layer: answers the macro's call, collects hand-written events, keeps what spans say.

use std::any::TypeId;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use behavior_trace_core::{Draft, Fields, Live, Sink, Tap, keys};
use tracing_core::{Dispatch, Event, Subscriber, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

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
        if !self.names.any_in(attributes.metadata()) {
            return;
        }
        let Some(span) = cx.span(id) else { return };
        let mut said = Fields::new();
        spans::visit(self.tap.sink(), || {
            attributes.record(&mut SpanValues::new(&self.names, &mut said));
        });
        spans::store(&span, said);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.span(id) else { return };
        if !self.names.any_in(span.metadata()) {
            return;
        }
        let mut said = Fields::new();
        spans::visit(self.tap.sink(), || {
            values.record(&mut SpanValues::new(&self.names, &mut said));
        });
        spans::update(&span, said);
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        if event.metadata().target() != keys::TARGET || self.tap.is_superseded() {
            return;
        }
        self.tap.collect(
            &mut |fields: &mut Fields| event.record(&mut Facts(fields)),
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
mod tests {
    use behavior_trace_core::{Actor, Call, Context as Around, Field, Tally, record};
    use tracing::{info, info_span, subscriber::with_default};
    use tracing_subscriber::filter::LevelFilter;
    use tracing_subscriber::prelude::*;
    use tracing_subscriber::registry;

    use super::*;
    use crate::collected::Collected;

    fn update_user() {
        record(&Call::judged("user.update", "User"), &mut |draft| {
            draft.fields.put(Field::ResourceId, "7");
        })
        .unwrap();
    }

    #[test]
    fn an_annotated_call_passes_every_global_filter() {
        let sink = Collected::new();
        let layer = BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(LevelFilter::OFF).with(layer), update_user);
        assert_eq!(sink.one().resource_id.as_deref(), Some("7"));
    }

    #[test]
    fn the_layer_works_in_an_option_a_box_a_vec_and_under_a_filter() {
        let sink = Collected::new();
        let layer = || BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(Some(layer())), update_user);
        with_default(registry().with(layer().boxed()), update_user);
        with_default(registry().with(vec![layer()]), update_user);
        with_default(
            registry().with(layer().with_filter(LevelFilter::ERROR)),
            update_user,
        );
        assert_eq!(sink.take().len(), 4);
    }

    #[test]
    fn a_hand_written_event_is_collected_with_the_spans_around_it() {
        let sink = Collected::new();
        let layer = BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(layer), || {
            let span = info_span!(
                "request",
                request_id = "r-1",
                http.route = tracing::field::Empty
            );
            span.record("http.route", "/users/{id}");
            let _entered = span.entered();
            let _inner = info_span!("inner", request_id = "r-2", unrelated = 1).entered();
            info!(
                target: "behavior_trace",
                action = "user.update", resource = "User", resource_id = 7, payload = r#"{"a":1}"#,
                actor_type = "USER", actor_id = 3,
            );
            info!(action = "user.update", "of another target");
        });
        let activity = sink.one();
        assert_eq!(activity.request_id.as_deref(), Some("r-2"));
        assert_eq!(activity.route_name.as_deref(), Some("/users/{id}"));
        assert_eq!(activity.resource_id.as_deref(), Some("7"));
        assert_eq!(
            (activity.actor_type.as_str(), activity.actor_id),
            ("USER", Some(3))
        );
        assert_eq!(activity.payload, r#"{"a":1}"#);
    }

    #[test]
    fn our_own_context_comes_before_that_of_the_spans() {
        let sink = Collected::new();
        let layer = BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(layer), || {
            let _span = info_span!("r", request_id = "span", actor_id = 5, route = "/a").entered();
            Around::new()
                .actor(Actor::system())
                .request_id("ours")
                .in_scope(update_user);
        });
        let activity = sink.one();
        assert_eq!(activity.request_id.as_deref(), Some("ours"));
        assert_eq!(
            (activity.actor_type.as_str(), activity.actor_id),
            ("SYSTEM", None)
        );
        assert_eq!(activity.route_name.as_deref(), Some("/a"));
    }

    #[test]
    fn an_event_of_another_domain_or_of_none_is_refused_and_counted() {
        let sink = Collected::new();
        let layer = BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(layer), || {
            info!(target: "behavior_trace", action = "user.login", resource = "User");
            info!(target: "behavior_trace", "no activity at all");
        });
        assert_eq!(sink.take(), []);
        assert_eq!(sink.tallies(), [Tally::Refused, Tally::Refused]);
    }

    #[test]
    fn two_layers_in_one_subscriber_store_nothing_twice() {
        let both = || {
            update_user();
            info!(target: "behavior_trace", action = "user.update", resource = "User");
        };
        let (inner, outer) = (Collected::new(), Collected::new());
        let layer = |sink: &Arc<Collected>| BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(layer(&inner)).with(layer(&outer)), both);
        with_default(
            registry()
                .with(Some(layer(&inner)))
                .with(layer(&outer).boxed()),
            both,
        );
        with_default(registry().with(layer(&inner).and_then(layer(&outer))), both);
        assert_eq!((inner.take().len(), outer.take().len()), (0, 6));
    }

    #[test]
    fn a_debug_that_panics_or_emits_disturbs_neither_the_host_nor_the_event() {
        struct Panics;
        impl fmt::Debug for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("not today")
            }
        }
        struct Emits;
        impl fmt::Debug for Emits {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                update_user();
                f.write_str("emitted")
            }
        }
        let sink = Collected::new();
        let layer = BehaviorTraceLayer::new(sink.clone());
        with_default(registry().with(layer), || {
            let _span = info_span!("r", request_id = ?Panics).entered();
            record(&Call::judged("user.update", "User"), &mut |draft| {
                draft.fields.write(Field::ResourceId, |bytes| {
                    bytes.extend_from_slice(format!("{Emits:?}").as_bytes());
                });
                draft.fields.write(Field::Reason, |bytes| {
                    bytes.push(b'x');
                    drop(format!("{Panics:?}"));
                });
            })
            .unwrap();
        });
        let activity = sink.one();
        assert_eq!(activity.resource_id.as_deref(), Some("emitted"));
        assert_eq!(activity.request_id, None);
        assert_eq!(
            sink.tallies(),
            [Tally::Panicked, Tally::Reentrant, Tally::Panicked]
        );
    }
}
