//! A few requests of a service, and their observed events and rows.

use std::sync::{Arc, Mutex};

use behavior_trace::behavior_trace;
use tracing::{Event, Subscriber, debug, info, info_span, span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::asks::Asks;
use crate::collected::Collected;

const REQUESTS: i64 = 3;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update_user(id: i64) {}

/// Span or event that the foreign layer saw, by its name or its target.
pub(super) type Seen = String;

/// Action, actor and request of a row.
pub(super) type Row = (String, Option<i64>, Option<String>);

pub(super) fn requests(asks: Asks) {
    for actor_id in 1..=REQUESTS {
        asks.ask();
        let span = info_span!("request", actor_type = "USER", actor_id, request_id = "r");
        let _entered = span.entered();
        asks.ask();
        let _other = info_span!(target: "app", "inner", elapsed = 1).entered();
        asks.ask();
        update_user(actor_id);
        asks.ask();
        info!(target: "app", "between");
        debug!(target: "app", "in detail");
        asks.ask();
        info!(target: "behavior_trace", action = "user.rename", resource = "User");
        asks.ask();
    }
}

/// Runs requests whose field values query `enabled`. That is after `tracing` has checked the interest in the span or event,
/// and before it passes it to the layers.
pub(super) fn asking_requests(asks: Asks) {
    let asked = |value: &'static str| {
        asks.ask();
        value
    };
    for actor_id in 1..=REQUESTS {
        let span = info_span!(
            "request",
            actor_type = asked("USER"),
            actor_id,
            request_id = "r"
        );
        let _entered = span.entered();
        update_user(actor_id);
        info!(target: "behavior_trace", action = asked("user.rename"), resource = "User");
    }
}

/// Returns the expected rows. A filter for the whole subscriber that drops INFO drops spans and hand-written events too.
pub(super) fn expected(hides_info: bool) -> Vec<Row> {
    let row = |action: &str, actor_id| {
        let known = !hides_info;
        (
            action.to_owned(),
            known.then_some(actor_id),
            known.then(|| "r".to_owned()),
        )
    };
    let of_request = |actor_id| {
        let by_hand = (!hides_info).then(|| row("user.rename", actor_id));
        [Some(row("user.update", actor_id)), by_hand]
    };
    (1..=REQUESTS).flat_map(of_request).flatten().collect()
}

pub(super) fn rows(sink: &Collected) -> Vec<Row> {
    let rows = sink.take().into_iter();
    rows.map(|row| {
        (
            row.action.into_owned(),
            row.actor_id,
            row.request_id.map(Into::into),
        )
    })
    .collect()
}

/// Foreign layer. It ignores the recorder's mirrors, which are not compared.
#[derive(Clone, Default)]
pub(super) struct Foreign(Arc<Mutex<Vec<Seen>>>);

impl Foreign {
    pub(super) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().expect("no test panicked"))
    }

    fn saw(&self, what: String) {
        self.0.lock().expect("no test panicked").push(what);
    }
}

impl<S: Subscriber> Layer<S> for Foreign {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        self.saw(format!("span {}", attributes.metadata().name()));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let notice = metadata.target() == "behavior_trace::install";
        if metadata.name() != "activity" && !notice {
            self.saw(format!("{} {}", metadata.level(), metadata.target()));
        }
    }
}
