//! The layer in whole processes: global subscribers, filters, and events that the recorder's own work emits.

use std::cell::Cell;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use behavior_trace_core::{
    Actor, Call, Context, Counter, Field, Fields, NoRecorder, Policy, Sink, Timestamp, payload,
    record,
};
use behavior_trace_layer::BehaviorTraceLayer;
use serde::{Serialize, Serializer};
use tracing::level_filters::LevelFilter;
use tracing::{debug, info, info_span, subscriber, trace};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, registry};

use crate::alone::{alone, install};
use crate::collected::Collected;

fn update_user() -> Result<(), NoRecorder> {
    record(&Call::checked("user.update", "User"), &mut |draft| {
        draft.fields.put(Field::ResourceId, "7");
    })
}

/// Sink that emits a database driver's events while it works, and also hand-written activity and recorded calls.
struct Talkative {
    kept: Arc<Collected>,
    deepest: AtomicUsize,
}

thread_local! {
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

impl Sink for Talkative {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        self.kept.with_policy(ask);
    }

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        let depth = DEPTH.get() + 1;
        self.deepest.fetch_max(depth, Ordering::Relaxed);
        DEPTH.set(depth);
        debug!(target: "sqlx::query", rows_affected = 1, "INSERT INTO operational_activity …");
        let _span = info_span!("hyper::proto", request_id = "forged").entered();
        info!(target: "behavior_trace", action = "user.delete", resource = "User");
        let _ = update_user();
        self.kept.accept(occurred_at, fields);
        DEPTH.set(depth - 1);
    }

    fn count(&self, tally: Counter) {
        trace!(target: "behavior_trace", ?tally);
        self.kept.count(tally);
    }
}

/// Value that emits events whenever it is formatted or serialized.
struct Emits;

impl fmt::Debug for Emits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(target: "behavior_trace", action = "user.delete", resource = "User");
        let _ = update_user();
        f.write_str("7")
    }
}

impl Serialize for Emits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let _ = update_user();
        serializer.serialize_str(&format!("{self:?}"))
    }
}

/// Layer that is interested in everything.
struct Everything;

impl<S: tracing::Subscriber> Layer<S> for Everything {
    fn on_event(&self, _: &tracing::Event<'_>, _: LayerContext<'_, S>) {}
}

#[test]
fn under_a_global_subscriber_at_trace_nothing_of_our_own_becomes_activity() {
    let name = "layer::under_a_global_subscriber_at_trace_nothing_of_our_own_becomes_activity";
    alone(name, || {
        let kept = Collected::new();
        let sink = Arc::new(Talkative {
            kept: kept.clone(),
            deepest: AtomicUsize::new(0),
        });
        let layer = BehaviorTraceLayer::new(sink.clone());
        registry()
            .with(LevelFilter::TRACE)
            .with(Everything)
            .with(layer)
            .init();

        let _span = info_span!("request", request_id = ?Emits).entered();
        assert_eq!(update_user(), Ok(()));
        info!(target: "behavior_trace", action = "user.update", resource = "User", resource_id = ?Emits);
        let _ = record(&Call::checked("user.update", "User"), &mut |draft| {
            draft.masked(&mut |fields, masks| {
                let _ = payload::write_payload(fields, masks, &Emits);
            });
        });
        debug!(target: "sqlx::query", "SELECT 1");

        let rows = kept.take();
        let actions: Vec<_> = rows.iter().map(|row| &*row.action).collect();
        assert_eq!(actions, ["user.update"; 3]);
        assert!(
            rows.iter()
                .all(|row| row.request_id.as_deref() == Some("7"))
        );
        assert_eq!(sink.deepest.load(Ordering::Relaxed), 1);
        let reentrant = |tally: &Counter| *tally == Counter::Reentrant;
        assert!(kept.tallies().iter().any(reentrant));
    });
}

#[test]
fn with_our_layer_alone_foreign_callsites_cost_nothing_but_a_look() {
    alone(
        "layer::with_our_layer_alone_foreign_callsites_cost_nothing_but_a_look",
        || {
            let sink = install();
            assert!(!tracing::enabled!(target: "sqlx::query", tracing::Level::DEBUG));
            assert!(info_span!("says nothing of a context", elapsed = 1).is_disabled());
            assert!(!info_span!("request", request_id = "r").is_disabled());
            assert_eq!(update_user(), Ok(()));
            sink.one();
        },
    );
}

#[test]
fn with_logging_off_annotated_calls_are_recorded_all_the_same() {
    alone(
        "layer::with_logging_off_annotated_calls_are_recorded_all_the_same",
        || {
            let sink = Collected::new();
            let layer = BehaviorTraceLayer::new(sink.clone());
            registry()
                .with(EnvFilter::new("off"))
                .with(Everything)
                .with(layer)
                .init();
            Context::new().actor(Actor::user(7)).in_scope(|| {
                assert_eq!(update_user(), Ok(()));
                info!(target: "behavior_trace", action = "user.update", resource = "User");
            });
            assert_eq!(sink.one().actor_id, Some(7));
        },
    );
}

#[test]
fn a_second_global_subscriber_is_an_error_and_changes_nothing() {
    alone(
        "layer::a_second_global_subscriber_is_an_error_and_changes_nothing",
        || {
            let (first, second) = (install(), Collected::new());
            let layer = BehaviorTraceLayer::new(second.clone());
            assert!(registry().with(layer).try_init().is_err());
            assert_eq!(update_user(), Ok(()));
            first.one();
            assert_eq!(second.take(), []);
        },
    );
}

/// Value that emits an event when it is formatted for the first time.
struct Writes(Cell<bool>);

impl fmt::Debug for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.replace(true) {
            info!(target: "behavior_trace", action = "user.delete", resource = "User");
        }
        f.write_str("7")
    }
}

#[test]
fn an_event_written_while_another_layer_looks_at_one_is_stored_once_like_it() {
    alone(
        "layer::an_event_written_while_another_layer_looks_at_one_is_stored_once_like_it",
        || {
            let (first, second) = (Collected::new(), Collected::new());
            let of = |sink: &Arc<Collected>| BehaviorTraceLayer::new(sink.clone()).boxed();
            let looks = tracing_subscriber::fmt::layer().with_writer(io::sink);
            let list = vec![of(&first), looks.boxed(), of(&second)];
            registry().with(list).init();
            // The recorder has no such field, so only the layer in the middle formats it.
            let mood = Writes(Cell::new(false));
            info!(target: "behavior_trace", action = "user.update", resource = "User", ?mood);
            assert!(mood.0.get());
            let actions = first.take().into_iter().map(|row| row.action);
            assert_eq!(actions.collect::<Vec<_>>(), ["user.update", "user.delete"]);
            assert_eq!(second.take(), []);
        },
    );
}

/// Layer that keeps the recorder's notices about the installation.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Notices {
    fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
        if event.metadata().target() == "behavior_trace::install" {
            let mut said = self.0.lock().expect("no test panicked");
            event.record(&mut |_: &tracing::field::Field, value: &dyn fmt::Debug| {
                said.push(format!("{} {value:?}", event.metadata().level()));
            });
        }
    }
}

#[test]
fn calls_without_any_layer_are_told_of_once() {
    alone("layer::calls_without_any_layer_are_told_of_once", || {
        let notices = Notices::default();
        registry().with(notices.clone()).init();
        let callers: Vec<_> = (0..4)
            .map(|_| {
                thread::spawn(|| {
                    for _ in 0..100 {
                        assert_eq!(update_user(), Err(NoRecorder));
                    }
                })
            })
            .collect();
        for caller in callers {
            caller.join().expect("it ends");
        }
        assert_eq!(
            *notices.0.lock().expect("no test panicked"),
            [
                "WARN annotated calls are not recorded: no behavior_trace layer has been installed; \
              add `recorder.layer()` to the subscriber"
            ]
        );
    });
}

#[test]
fn an_event_belongs_to_the_recorder_of_the_current_subscriber() {
    let (outer, inner) = (Collected::new(), Collected::new());
    let of = |sink: &Arc<Collected>| registry().with(BehaviorTraceLayer::new(sink.clone()));
    subscriber::with_default(of(&outer), || {
        assert_eq!(update_user(), Ok(()));
        subscriber::with_default(of(&inner), || assert_eq!(update_user(), Ok(())));
        subscriber::with_default(registry(), || assert_eq!(update_user(), Err(NoRecorder)));
        // A new thread starts with the global subscriber, and this process has none.
        let elsewhere = thread::spawn(update_user).join().expect("it ends");
        assert_eq!(elsewhere, Err(NoRecorder));
    });
    assert_eq!((outer.take().len(), inner.take().len()), (1, 1));
}

#[test]
fn other_layers_may_be_reloaded() {
    let sink = Collected::new();
    let (filter, handle) = tracing_subscriber::reload::Layer::new(LevelFilter::OFF);
    let layer = BehaviorTraceLayer::new(sink.clone());
    subscriber::with_default(registry().with(filter).with(layer), || {
        assert_eq!(update_user(), Ok(()));
        handle
            .reload(LevelFilter::TRACE)
            .expect("the subscriber lives");
        assert_eq!(update_user(), Ok(()));
    });
    assert_eq!(sink.take().len(), 2);
}

#[test]
fn a_call_from_a_thread_that_is_being_torn_down_harms_nothing() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let _ = update_user();
            let _ = Context::current();
            Context::new()
                .request_id("late")
                .in_scope(|| update_user().ok());
        }
    }
    thread_local! {
        static LAST: Cell<Option<AtTheEnd>> = const { Cell::new(None) };
    }
    alone(
        "layer::a_call_from_a_thread_that_is_being_torn_down_harms_nothing",
        || {
            let sink = install();
            let worker = thread::spawn(|| {
                LAST.set(Some(AtTheEnd));
                update_user()
            });
            assert_eq!(worker.join().expect("it ends without a panic"), Ok(()));
            assert!(!sink.take().is_empty());
        },
    );
}
