//! A sink for tests that keeps its events.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use behavior_trace_core::activity;
use behavior_trace_core::{
    Activity, Admission, Call, Counter, Event, Fields, Json, Level, Masks, Policy, Sink, Timestamp,
};
use uuid::Uuid;

/// A test sink that keeps all events and counts. An event is finished only as far as the tests need.
#[derive(Default)]
pub(crate) struct Collected {
    activities: Mutex<Vec<Activity<'static>>>,
    tallies: Mutex<Vec<Counter>>,
    masks: Masks,
}

impl Collected {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Takes all events so far.
    pub(crate) fn take(&self) -> Vec<Activity<'static>> {
        std::mem::take(&mut self.activities.lock().expect("no test panicked"))
    }

    /// Takes the only event.
    pub(crate) fn one(&self) -> Activity<'static> {
        let mut all = self.take();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) fn tallies(&self) -> Vec<Counter> {
        std::mem::take(&mut self.tallies.lock().expect("no test panicked"))
    }
}

impl Policy for Collected {
    fn admit(&self, call: &Call<'_>) -> Admission {
        if call.action.is_empty() || call.action == "user.login" {
            return Admission::Refused(behavior_trace_core::Refusal::Domain);
        }
        Admission::Admitted(Level::Payload)
    }

    fn masks(&self) -> &Masks {
        &self.masks
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        let text = |value: Option<&'a str>| value.map(Cow::Borrowed);
        activity! {
            event_id,
            occurred_at: event.occurred_at,
            actor_type: event.actor_type.unwrap_or_default().into(),
            actor_id: event.actor_id.and_then(|id| id.parse().ok()),
            action: event.action.into(),
            resource: event.resource.into(),
            resource_id: text(event.resource_id),
            payload: event.payload.map_or("", Json::as_str).into(),
            correlation_id: text(event.correlation_id),
            request_id: text(event.request_id),
            route_name: text(event.route_name),
            ip_address: text(event.ip_address),
            user_agent: text(event.user_agent),
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

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        let event = Event::decode(occurred_at, fields.as_bytes());
        let activity = self.finish(Uuid::nil(), &event).into_owned();
        self.activities
            .lock()
            .expect("no test panicked")
            .push(activity);
    }

    fn count(&self, tally: Counter) {
        self.tallies.lock().expect("no test panicked").push(tally);
    }
}
