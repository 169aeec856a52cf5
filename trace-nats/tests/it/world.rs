//! What the tests share: a server with its streams, a table, rows, and the comparison of both.

use std::collections::BTreeSet;
use std::time::Duration;

use behavior_trace::schema::Migrations;
use behavior_trace::{Activity, Timestamp};
use behavior_trace_nats::{JetStream, Relay, RelayStats, Setup};
use behavior_trace_servers::NatsServer;
use behavior_trace_store::DatabaseUrl;
use behavior_trace_store::delivery::pages::PageDelivery;
use sqlx::sqlite::SqlitePool;
use tempfile::TempDir;
use uuid::Uuid;

/// Time limit of a wait. Each ends as soon as it can.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(20);

/// A table in a file.
pub(crate) struct Table {
    directory: TempDir,
    pub(crate) pool: SqlitePool,
}

impl Table {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("activity.db");
        let url: DatabaseUrl = url_of(&file).parse().expect("a URL");
        Migrations::new(&url).run().await.expect("a table");
        let pool = SqlitePool::connect(&url_of(&file)).await.expect("opens");
        Self { directory, pool }
    }

    pub(crate) fn url(&self) -> String {
        url_of(&self.directory.path().join("activity.db"))
    }

    /// Returns the ids of all rows, in order and with repeats.
    pub(crate) async fn ids(&self) -> Vec<Uuid> {
        let ids = sqlx::query_scalar::<_, String>("SELECT event_id FROM operational_activity");
        let ids = ids.fetch_all(&self.pool).await.expect("rows");
        let parsed = ids.iter().map(|id| id.parse().expect("an id"));
        let mut parsed: Vec<Uuid> = parsed.collect();
        parsed.sort_unstable();
        parsed
    }

    /// Fails unless the table has exactly these rows, each once.
    pub(crate) async fn assert_has(&self, rows: &[Activity<'_>]) {
        let wanted: BTreeSet<Uuid> = rows.iter().map(|row| row.event_id).collect();
        let found = self.ids().await;
        let distinct: BTreeSet<Uuid> = found.iter().copied().collect();
        assert_eq!(found.len(), distinct.len(), "a row is there twice");
        assert_eq!(distinct.difference(&wanted).count(), 0, "strange rows");
        assert_eq!(wanted.difference(&distinct).count(), 0, "missing rows");
    }
}

fn url_of(file: &std::path::Path) -> String {
    format!("sqlite:{}", file.display())
}

/// Returns rows with random ids.
pub(crate) fn rows(count: usize) -> Vec<Activity<'static>> {
    let row = |number: i64| {
        let mut row = Activity::default();
        row.event_id = Uuid::new_v4();
        row.occurred_at = Timestamp::from_micros(1_800_000_000_000_000 + number);
        row.actor_type = "USER".into();
        row.actor_id = Some(number);
        row.action = "order.approve".into();
        row.resource = "Order".into();
        row.resource_id = Some(number.to_string().into());
        row.payload = r#"{"reason":"it was right"}"#.into();
        row
    };
    (0..).take(count).map(row).collect()
}

/// Returns the stream of a server, whose streams and consumer exist.
pub(crate) async fn stream_of(server: &NatsServer) -> JetStream {
    let stream = JetStream::new(server.url()).expect("a URL");
    let setup = Setup::new(stream.clone());
    setup.run().await.expect("set up");
    stream
}

/// Returns the stream of a server that delivers soon again what is not acknowledged.
pub(crate) async fn hasty_stream_of(server: &NatsServer) -> JetStream {
    let stream = JetStream::new(server.url()).expect("a URL");
    let setup = Setup::new(stream.clone()).ack_wait(Duration::from_secs(1));
    setup.run().await.expect("set up");
    stream
}

/// Sends rows as a recorder's writer does, until each is acknowledged. Returns the number of failures on the way.
pub(crate) async fn publish(stream: &JetStream, rows: &[Activity<'static>]) -> usize {
    let mut delivery = PageDelivery::new(stream.clone());
    let mut failures = 0;
    for page in rows.chunks(1000) {
        loop {
            match delivery.deliver(page).await {
                Ok(page) => {
                    assert!(page.bad.is_empty() && page.unproven.is_empty(), "{page:?}");
                    break;
                }
                Err(_) => failures += 1,
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    delivery.close().await;
    failures
}

/// Runs a relay until its counters satisfy the condition.
pub(crate) async fn relay_until(
    relay: &Relay,
    is_done: impl Fn(&RelayStats) -> bool,
) -> RelayStats {
    let report = relay.report();
    let stop = until(|| is_done(&report.stats()));
    relay.run(stop).await.expect("runs")
}

/// Runs a relay until the table has so many rows, and its counters satisfy the condition. A row that is delivered twice counts twice
/// in the counters, and once here.
pub(crate) async fn relay_until_table_has(
    count: usize,
    relay: &Relay,
    table: &Table,
    is_done: impl Fn(&RelayStats) -> bool,
) -> RelayStats {
    let report = relay.report();
    let stop = within_patience(async {
        while table.ids().await.len() < count || !is_done(&report.stats()) {
            tokio::time::sleep(LOOK).await;
        }
    });
    relay.run(stop).await.expect("runs")
}

/// Waits until the condition holds.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(LOOK).await;
        }
    };
    within_patience(waiting).await;
}

/// Waits until a stream has no message. A server removes what was acknowledged some time after it got the acknowledgement.
pub(crate) async fn until_empty(server: &NatsServer, stream: &str) {
    let context = context(server).await;
    let mut stream = context.get_stream(stream).await.expect("a stream");
    within_patience(async {
        while stream.info().await.expect("a state").state.messages > 0 {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
}

async fn within_patience(waiting: impl Future<Output = ()>) {
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    waited.expect("it holds within a minute");
}

pub(crate) fn relay(stream: &JetStream, table: &Table) -> Relay {
    Relay::new(stream.clone(), &table.url().parse().expect("a URL"))
}

/// Returns the messages of a stream, with their headers, as a client of NATS sees them.
pub(crate) async fn messages(server: &NatsServer, stream: &str) -> Vec<Message> {
    let context = context(server).await;
    let mut stream = context.get_stream(stream).await.expect("a stream");
    let state = stream.info().await.expect("a state").state.clone();
    let mut messages = Vec::new();
    if state.messages == 0 {
        return messages;
    }
    for sequence in state.first_sequence..=state.last_sequence {
        if let Ok(message) = stream.get_raw_message(sequence).await {
            messages.push(Message {
                reason: header(&message, "bt-reason"),
                version: header(&message, "bt-schema"),
                damaged: header(&message, "bt-damaged"),
                payload: message.payload.to_vec(),
            });
        }
    }
    messages
}

/// A message of a stream. A header that it does not have is empty.
pub(crate) struct Message {
    pub(crate) reason: String,
    pub(crate) version: String,
    pub(crate) damaged: String,
    pub(crate) payload: Vec<u8>,
}

fn header(message: &async_nats::jetstream::message::StreamMessage, name: &str) -> String {
    let value = message.headers.get(name);
    value.map(ToString::to_string).unwrap_or_default()
}

pub(crate) async fn context(server: &NatsServer) -> async_nats::jetstream::Context {
    let client = async_nats::connect(server.url()).await.expect("connects");
    async_nats::jetstream::new(client)
}
