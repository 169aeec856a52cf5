//! A sink that keeps its events, under its own layer.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use behavior_trace_core::activity;
use behavior_trace_core::{
    Activity, Admission, Call, Counter, Event, Field, Fields, Level, Masks, Policy, Refusal, Sink,
    Timestamp, domain,
};
use behavior_trace_layer::BehaviorTraceLayer;
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

/// Sink that keeps each event as text, and each count.
pub(crate) struct Collected {
    events: Mutex<Vec<String>>,
    tallies: Mutex<Vec<Counter>>,
    masks: Masks,
    level: Level,
}

/// Events and counts of a test.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Events as `action resource field=value …`.
    pub(crate) events: Vec<String>,
    pub(crate) tallies: Vec<Counter>,
}

impl Collected {
    pub(crate) fn new(level: Level) -> Arc<Self> {
        Arc::new(Self {
            events: Mutex::default(),
            tallies: Mutex::default(),
            masks: Masks::default(),
            level,
        })
    }

    /// Creates a subscriber with only the layer.
    pub(crate) fn dispatch(self: &Arc<Self>) -> Dispatch {
        let sink = Arc::clone(self);
        Dispatch::new(tracing_subscriber::registry().with(BehaviorTraceLayer::new(sink)))
    }

    pub(crate) fn seen(&self) -> Seen {
        let take = |tallies: &Mutex<Vec<Counter>>| {
            let mut tallies = tallies.lock().unwrap_or_else(PoisonError::into_inner);
            let mut taken = std::mem::take(&mut *tallies);
            taken.retain(|tally| *tally != Counter::WithoutActor);
            taken
        };
        Seen {
            events: std::mem::take(&mut self.events.lock().unwrap_or_else(PoisonError::into_inner)),
            tallies: take(&self.tallies),
        }
    }
}

/// Runs `work` and returns its result and its events.
pub(crate) fn watch<R>(work: impl FnOnce() -> R) -> (R, Seen) {
    watch_at(Level::Payload, work)
}

/// Runs `work` at a level and returns its result and its events.
pub(crate) fn watch_at<R>(level: Level, work: impl FnOnce() -> R) -> (R, Seen) {
    let sink = Collected::new(level);
    let returned = tracing::dispatcher::with_default(&sink.dispatch(), work);
    (returned, sink.seen())
}

/// Runs `work` and returns its events; asserts that nothing else is counted.
pub(crate) fn events<R>(work: impl FnOnce() -> R) -> Vec<String> {
    let (_, seen) = watch(work);
    assert_eq!(seen.tallies, []);
    seen.events
}

/// Runs `work` and returns its counts; asserts that it records no event.
pub(crate) fn tallies<R>(work: impl FnOnce() -> R) -> Vec<Counter> {
    let (_, seen) = watch(work);
    assert_eq!(seen.events, [""; 0]);
    seen.tallies
}

/// Runs a future to its end on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime
        .expect("a runtime without drivers needs nothing")
        .block_on(future)
}

impl Policy for Collected {
    fn admit(&self, call: &Call<'_>) -> Admission {
        if !call.checked
            && domain::classify_action(call.action) != domain::Classification::Operational
        {
            return Admission::Refused(Refusal::Domain);
        }
        Admission::Admitted(self.level)
    }

    fn masks(&self) -> &Masks {
        &self.masks
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        activity! {
            event_id,
            action: event.action.into(),
            ..Activity::default()
        }
    }
}

impl Sink for Collected {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        ask(self);
    }

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, _: Timestamp, fields: &Fields) {
        let mut event = String::new();
        for (field, name) in SHOWN {
            if let Some(value) = fields.get(field) {
                let space = if event.is_empty() { "" } else { " " };
                event = format!("{event}{space}{name}{value}");
            }
        }
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(event);
    }

    fn count(&self, tally: Counter) {
        self.tallies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(tally);
    }
}

const SHOWN: [(Field, &str); 11] = [
    (Field::Action, ""),
    (Field::Resource, ""),
    (Field::ResourceId, "id="),
    (Field::ActorType, "actor="),
    (Field::ActorId, "actor_id="),
    (Field::RequestId, "request="),
    (Field::Payload, "payload="),
    (Field::Diff, "diff="),
    (Field::Reason, "reason="),
    (Field::Count, "count="),
    (Field::Ids, "ids="),
];
