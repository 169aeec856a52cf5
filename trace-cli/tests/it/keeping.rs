//! Old rows, and SQL beside the tool, for the commands that keep the table.

use std::time::Duration;

use behavior_trace::policy::{Admission, Call, DefaultPolicy, Event, Masks, Policy, Uuid};
use behavior_trace::{Activity, Actor, BehaviorTrace, Context, Timestamp, record};
use behavior_trace_servers::{Kind, Server};
use tracing_subscriber::prelude::*;

use crate::tool::Place;

const DAY: i64 = 86_400_000_000;

/// Records events as if this many days had passed since.
pub(crate) async fn record_days_ago(place: &Place, days: i64, events: impl AsyncFnOnce()) {
    record_earlier(place, days * DAY, events).await;
}

/// Records events as if this many microseconds had passed since.
pub(crate) async fn record_earlier(place: &Place, micros: i64, events: impl AsyncFnOnce()) {
    let recorder = BehaviorTrace::builder()
        .database_url(place.url.as_str())
        .policy(Earlier(DefaultPolicy::default(), micros))
        .build();
    let recorder = recorder.expect("a sound configuration");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    let guard = subscriber.set_default();
    events().await;
    drop(guard);
    let report = recorder.shutdown(Duration::from_secs(20)).await;
    assert!(report.is_complete(), "{report:?}");
}

/// Records notes of Ada, who has an address, this many days ago.
pub(crate) async fn notes_days_ago(place: &Place, days: i64, count: u32) {
    let ada = Context::new()
        .actor(Actor::user(7).with_label("Ada"))
        .ip_address("192.0.2.7")
        .user_agent("canary-agent");
    record_days_ago(place, days, async || {
        ada.scope(async {
            for id in 0..count {
                let payload = serde_json::json!({"email": "canary@example.org", "phone": "1", "city": "Bern"});
                record!(
                    action = "note.update",
                    resource = "Note",
                    resource_id = id,
                    payload = payload
                );
            }
        })
        .await;
    })
    .await;
}

/// The default policy with times that are earlier by so many microseconds.
struct Earlier(DefaultPolicy, i64);

impl Policy for Earlier {
    fn admit(&self, call: &Call<'_>) -> Admission {
        self.0.admit(call)
    }

    fn masks(&self) -> &Masks {
        self.0.masks()
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        let mut row = self.0.finish(event_id, event);
        row.occurred_at = Timestamp::from_micros(row.occurred_at.as_micros() - self.1);
        row
    }
}

/// Returns the name of the place's database on its server.
pub(crate) fn database(place: &Place) -> &str {
    let (_, after) = place.url.rsplit_once('/').expect("a database");
    after.split('?').next().expect("a name")
}

/// Runs SQL in the place's database, on a server that the tests share.
pub(crate) fn sql(place: &Place, text: &str) -> String {
    let kind = match place.store {
        "MariaDB" => Kind::MariaDb,
        "MySQL" => Kind::MySql,
        store => panic!("{store} is no server"),
    };
    let server = Server::shared(kind).expect("a server");
    let text = format!("USE `{}`; {text}", database(place));
    server.sql(&text).expect("it runs")
}

/// Returns the number of rows of the table.
pub(crate) fn rows(place: &Place) -> usize {
    place.run(&["query", "--all"]).lines().len()
}
