//! The layer in all positions of a subscriber.

mod again;
mod disabled;
mod several;

use std::fmt;
use std::sync::{Arc, Mutex};

use behavior_trace_core::{
    Actor, Call, CollectionCheck, CollectionError, Context as Around, Counter, Field, Mirror, Sink,
    keys, record,
};
use tracing::{info, info_span, subscriber::with_default};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::BehaviorTraceLayer;
use crate::collected::Collected;

fn layer<S>(sink: &Arc<Collected>) -> BehaviorTraceLayer<S> {
    BehaviorTraceLayer::new(sink.clone())
}

fn update_user() {
    record(&Call::checked("user.update", "User"), &mut |event| {
        event.fields.put(Field::ResourceId, "7");
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
    with_default(registry().with(Some(layer(&sink))), update_user);
    with_default(registry().with(layer(&sink).boxed()), update_user);
    with_default(registry().with(vec![layer(&sink)]), update_user);
    with_default(
        registry().with(layer(&sink).with_filter(LevelFilter::ERROR)),
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
        (&*activity.actor_type, activity.actor_id),
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
    assert_eq!((&*activity.actor_type, activity.actor_id), ("SYSTEM", None));
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
    assert_eq!(sink.tallies(), [Counter::Refused, Counter::Refused]);
}

#[test]
fn what_a_span_said_is_not_said_by_the_next_in_its_memory() {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    with_default(registry().with(layer), || {
        for _ in 0..3 {
            let first = info_span!("request", request_id = "r-1", route = "/a", actor_id = 7);
            first.in_scope(update_user);
            drop(first);
            info_span!("job", correlation_id = "c-2").in_scope(update_user);
        }
    });
    for pair in sink.take().chunks(2) {
        assert_eq!(pair[0].request_id.as_deref(), Some("r-1"));
        let second = (&pair[1].request_id, &pair[1].route_name, pair[1].actor_id);
        assert_eq!(second, (&None, &None, None));
        assert_eq!(pair[1].correlation_id.as_deref(), Some("c-2"));
    }
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
        record(&Call::checked("user.update", "User"), &mut |event| {
            event.fields.write(Field::ResourceId, |bytes| {
                bytes.extend_from_slice(format!("{Emits:?}").as_bytes());
            });
            event.fields.write(Field::Reason, |bytes| {
                bytes.push(b'x');
                drop(format!("{Panics:?}"));
            });
        })
        .unwrap();
    });
    let activity = sink.one();
    assert_eq!(activity.resource_id.as_deref(), Some("emitted"));
    assert_eq!(activity.request_id.as_deref(), Some("[panicked]"));
    assert_eq!(
        sink.tallies(),
        [
            Counter::Panicked,
            Counter::Reentrant,
            Counter::Panicked,
            Counter::WithoutActor
        ]
    );
}

/// A layer that keeps the events other layers see under the recorder's target.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Seen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // The first event of a process without an actor is warned about under another target.
        if event.metadata().target() != keys::TARGET {
            return;
        }
        let mut line = event.metadata().name().to_owned();
        event.record(
            &mut |field: &tracing::field::Field, value: &dyn fmt::Debug| {
                line.extend([" ", field.name(), "=", &format!("{value:?}")]);
            },
        );
        self.0.lock().unwrap().push(line);
    }
}

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn delete_user() {
    record(&Call::checked("user.delete", "User"), &mut |event| {
        event.fields.put(Field::ResourceId, "7\r\nforged");
        event.fields.put(Field::Payload, "{}");
    })
    .unwrap();
}

#[test]
fn other_layers_see_a_mirror_that_is_not_collected_again() {
    let (sink, seen) = (Collected::new(), Seen::default());
    let both = || {
        assert_eq!(sink.take().len(), 1);
        assert_eq!(
            seen.take(),
            [r#"activity action="user.delete" resource="User" resource_id="7\r\nforged""#]
        );
    };
    with_default(
        registry().with(seen.clone()).with(layer(&sink)),
        delete_user,
    );
    both();
    with_default(
        registry().with(layer(&sink)).with(seen.clone()),
        delete_user,
    );
    both();
}

#[test]
fn the_mirror_shows_the_payload_only_where_it_is_asked_to_and_nothing_when_off() {
    let (sink, seen) = (Collected::new(), Seen::default());
    let whole = layer(&sink).mirror(Mirror::Payload);
    with_default(registry().with(seen.clone()).with(whole), delete_user);
    assert!(seen.take()[0].ends_with(r#" payload="{}""#));
    let off = layer(&sink).mirror(Mirror::Off);
    with_default(registry().with(seen.clone()).with(off), delete_user);
    with_default(
        registry()
            .with(LevelFilter::WARN)
            .with(seen.clone())
            .with(layer(&sink)),
        delete_user,
    );
    assert_eq!(seen.take(), [""; 0]);
    assert_eq!(sink.take().len(), 3);
}

#[test]
fn what_the_spans_say_reaches_annotated_calls_and_hand_written_events_alike() {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    with_default(registry().with(layer), || {
        let _span = info_span!("request", request_id = "r").entered();
        info!(target: "behavior_trace", action = "user.update", resource = "User");
        update_user();
    });
    let ids: Vec<_> = sink.take().into_iter().map(|one| one.request_id).collect();
    assert_eq!(ids, [Some("r".into()), Some("r".into())]);
}

#[test]
fn what_nobody_says_the_fallback_does_and_what_it_does_not_say_is_counted() {
    let sink = Collected::new();
    with_default(registry().with(layer(&sink)), update_user);
    assert_eq!(sink.one().actor_type, "");
    assert_eq!(sink.tallies(), [Counter::WithoutActor]);
    let fallback = Around::root().actor(Actor::system());
    with_default(
        registry().with(layer(&sink).default_context(fallback)),
        update_user,
    );
    assert_eq!(sink.one().actor_type, "SYSTEM");
    assert_eq!(sink.tallies(), []);
}

#[test]
fn a_check_tells_whether_activity_is_collected_here_and_why_not() {
    let sink = Collected::new();
    let check = || CollectionCheck::check(&(sink.clone() as Arc<dyn Sink>));
    let all = with_default(registry().with(layer(&sink)), check);
    assert_eq!(
        (all.annotated, all.hand_written, all.spans),
        (Ok(()), true, true)
    );
    let muted = with_default(registry().with(layer(&sink)).with(LevelFilter::WARN), check);
    assert_eq!(
        (muted.annotated, muted.hand_written, muted.spans),
        (Ok(()), false, false)
    );
    let none = with_default(tracing::subscriber::NoSubscriber::new(), check);
    assert_eq!(none.annotated, Err(CollectionError::NoSubscriber));
    let no_layer = with_default(registry(), check);
    assert_eq!(no_layer.annotated, Err(CollectionError::NoLayer));
    let (hidden, _handle) = tracing_subscriber::reload::Layer::new(layer(&sink));
    let hidden = with_default(registry().with(hidden), check);
    assert_eq!(hidden.annotated, Err(CollectionError::Hidden));
    let other = BehaviorTraceLayer::new(Collected::new());
    let other = with_default(registry().with(other), check);
    assert_eq!(other.annotated, Err(CollectionError::AnotherRecorder));
    assert_eq!(sink.take(), []);
}
