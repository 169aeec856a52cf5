//! The table, published to a stream for other readers.

use std::collections::BTreeSet;
use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use behavior_trace::{BehaviorTrace, record};
use behavior_trace_nats::{JetStream, StreamPublication};
use behavior_trace_servers::NatsServer;
use behavior_trace_store::{HiddenFields, Reader, wire};
use sqlx::query;
use tokio::sync::mpsc;
use tracing_subscriber::layer::SubscriberExt as _;
use uuid::Uuid;

use crate::world::{Table, context, messages};

async fn fill(table: &Table, ids: std::ops::Range<u32>) {
    let recorder = BehaviorTrace::builder().database_url(table.url());
    let recorder = recorder.build().expect("starts");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        for id in ids {
            record!(
                action = "order.approve",
                resource = "Order",
                resource_id = id,
                payload = serde_json::json!({"email": "canary@example.org"}),
            );
        }
    });
    let report = recorder.shutdown(Duration::from_secs(20)).await;
    assert_eq!(report.pending, 0, "{report}");
}

/// Returns the settings of a stream for copies.
fn settings() -> Config {
    Config {
        name: "copies".to_owned(),
        subjects: vec!["copies.>".to_owned()],
        ..Config::default()
    }
}

/// Creates a stream.
async fn created(server: &NatsServer, config: Config) -> JetStream {
    let created = context(server).await.create_stream(config).await;
    created.expect("a stream");
    let stream = JetStream::new(server.url()).expect("a URL");
    stream.stream("copies").expect("a name")
}

/// Creates a stream for copies.
async fn copies(server: &NatsServer) -> JetStream {
    created(server, settings()).await
}

fn publication(table: &Table, stream: &JetStream) -> StreamPublication {
    let reader = Reader::new(&table.url().parse().expect("a URL"));
    StreamPublication::new(reader, stream.clone())
        .settle_delay(Duration::ZERO)
        .poll_interval(Duration::from_millis(5))
}

/// Returns the ids of the rows in the messages, in their order.
async fn published(server: &NatsServer) -> Vec<Uuid> {
    let messages = messages(server, "copies").await;
    let rows = messages
        .iter()
        .filter(|message| !message.version.is_empty());
    rows.map(|row| {
        let row = wire::decode(Some(&row.version), &row.payload);
        row.expect("a row").event_id
    })
    .collect()
}

async fn assert_each_once(server: &NatsServer, table: &Table) {
    let found = published(server).await;
    let distinct: BTreeSet<Uuid> = found.iter().copied().collect();
    assert_eq!(found.len(), distinct.len(), "a row is there twice");
    assert_eq!(distinct.into_iter().collect::<Vec<_>>(), table.ids().await);
}

#[tokio::test]
async fn each_row_is_one_message_without_what_is_hidden_and_the_next_run_goes_on() {
    let server = NatsServer::start("").expect("a server");
    let stream = copies(&server).await;
    let table = Table::new().await;
    fill(&table, 0..1500).await;
    let hidden = || HiddenFields::new(["email"]).expect("names");
    let run = || publication(&table, &stream).hide(hidden()).once();
    let report = run().run(pending(), |_| ()).await.expect("published");
    assert_eq!(report.rows, 1500);
    assert_each_once(&server, &table).await;
    let messages = messages(&server, "copies").await;
    let has_canary = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("canary");
    assert!(!messages.iter().any(|message| has_canary(&message.payload)));

    fill(&table, 1500..1600).await;
    let report = run().run(pending(), |_| ()).await.expect("published");
    assert_eq!(report.rows, 100);
    assert_each_once(&server, &table).await;

    let shown = publication(&table, &stream).once();
    let error = shown.run(pending(), |_| ()).await.expect_err("shows more");
    assert!(error.to_string().contains("hide email"), "{error}");
}

#[tokio::test]
async fn a_killed_run_and_a_killed_server_cost_no_row_and_give_none_twice() {
    let server = NatsServer::start("").expect("a server");
    let stream = copies(&server).await;
    let table = Table::new().await;
    fill(&table, 0..3000).await;
    // The future is dropped after a page: what it had in hand is sent again.
    let (sender, mut first_page) = mpsc::unbounded_channel();
    let run = publication(&table, &stream).run(pending(), |rows| {
        let _ = sender.send(rows);
    });
    tokio::select! {
        ended = run => panic!("it goes on: {ended:?}"),
        _ = first_page.recv() => {}
    }
    let mut killed = false;
    let run = publication(&table, &stream).once().run(pending(), |_| {
        if !killed {
            server.kill();
            server.restart().expect("starts again");
            killed = true;
        }
    });
    run.await.expect("published");
    assert_each_once(&server, &table).await;
}

/// Runs a publication until the stream has so many messages, and drops it there, as a kill does.
async fn kill_at(messages: u64, server: &NatsServer, run: StreamPublication) {
    let mut stream = context(server).await.get_stream("copies").await;
    let stream = stream.as_mut().expect("a stream");
    let has_them = async {
        while stream.info().await.expect("a state").state.messages < messages {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        ended = run.run(pending(), |_| ()) => panic!("it goes on: {ended:?}"),
        () = has_them => {}
    }
}

#[tokio::test]
async fn a_run_that_is_killed_within_its_first_page_is_continued_by_the_next() {
    let server = NatsServer::start("").expect("a server");
    // There is room for the place and for some of the rows, so the first page does not end.
    let full = Config {
        max_messages: 20,
        discard: DiscardPolicy::New,
        ..settings()
    };
    let stream = created(&server, full).await;
    let table = Table::new().await;
    fill(&table, 0..100).await;
    kill_at(20, &server, publication(&table, &stream)).await;
    assert!(!published(&server).await.is_empty());

    let room = context(&server).await.update_stream(settings()).await;
    room.expect("changed");
    let run = publication(&table, &stream).once();
    run.run(pending(), |_| ()).await.expect("published");
    assert_each_once(&server, &table).await;
}

#[tokio::test]
async fn a_stream_without_the_subject_of_places_gets_no_row_and_is_named_with_it() {
    let server = NatsServer::start("").expect("a server");
    let narrow = Config {
        subjects: vec!["copies.rows".to_owned()],
        ..settings()
    };
    let stream = created(&server, narrow).await;
    let table = Table::new().await;
    fill(&table, 0..3).await;
    let run = publication(&table, &stream).once();
    let error = run.run(pending(), |_| ()).await.expect_err("no subject");
    assert!(
        error
            .to_string()
            .contains("needs the subject `copies.place`"),
        "{error}"
    );
    assert!(messages(&server, "copies").await.is_empty());
    let mended = context(&server).await.update_stream(settings()).await;
    mended.expect("changed");
    let run = publication(&table, &stream).once();
    run.run(pending(), |_| ()).await.expect("published");
    assert_each_once(&server, &table).await;
}

#[tokio::test]
async fn each_row_with_a_damaged_id_is_a_message_that_names_the_damage() {
    let server = NatsServer::start("").expect("a server");
    let stream = copies(&server).await;
    let table = Table::new().await;
    fill(&table, 0..5).await;
    let damage =
        "UPDATE operational_activity SET event_id = printf('damaged %028d', id) WHERE id <= 3";
    query(damage).execute(&table.pool).await.expect("damaged");
    let run = publication(&table, &stream).once();
    run.run(pending(), |_| ()).await.expect("published");
    assert_eq!(published(&server).await.len(), 5);
    let messages = messages(&server, "copies").await;
    let damaged = messages
        .iter()
        .filter(|message| !message.damaged.is_empty());
    let damaged: Vec<_> = damaged.map(|message| message.damaged.as_str()).collect();
    assert_eq!(damaged, ["event_id"; 3]);
}

#[tokio::test]
async fn a_stream_that_is_no_place_for_copies_is_refused_with_the_remedy() {
    let server = NatsServer::start("").expect("a server");
    let table = Table::new().await;
    fill(&table, 0..3).await;
    let missing = JetStream::new(server.url()).expect("a URL");
    let missing = missing.stream("copies").expect("a name");
    let run = publication(&table, &missing).once();
    let error = run.run(pending(), |_| ()).await.expect_err("no stream");
    assert!(
        error.to_string().contains("nats stream add copies"),
        "{error}"
    );

    let with = |set: fn(&mut Config)| {
        let mut config = settings();
        set(&mut config);
        config
    };
    let context = context(&server).await;
    let refused = [
        (
            with(|config| config.retention = RetentionPolicy::WorkQueue),
            "queue of work",
        ),
        (
            with(|config| config.retention = RetentionPolicy::Interest),
            "set `retention`",
        ),
        (
            with(|config| config.max_age = Duration::from_hours(1)),
            "set `max_age`",
        ),
        (with(|config| config.no_ack = true), "set `no_ack`"),
    ];
    for (config, remedy) in refused {
        let stream = created(&server, config).await;
        let run = publication(&table, &stream).once();
        let error = run.run(pending(), |_| ()).await.expect_err(remedy);
        assert!(
            !error.is_transient() && error.to_string().contains(remedy),
            "{error}"
        );
        context.delete_stream("copies").await.expect("deleted");
    }

    let stream = copies(&server).await;
    let sent = context.publish("copies.rows", "of another program".into());
    sent.await.expect("sent").await.expect("acknowledged");
    let run = publication(&table, &stream).once();
    let error = run.run(pending(), |_| ()).await.expect_err("no place");
    assert!(error.to_string().contains("a stream of its own"), "{error}");
}

#[tokio::test]
async fn of_two_runs_on_one_stream_one_fails_and_no_row_is_there_twice() {
    let server = NatsServer::start("").expect("a server");
    let stream = copies(&server).await;
    let table = Table::new().await;
    fill(&table, 0..2500).await;
    let (sender, mut first_page) = mpsc::unbounded_channel();
    let one = publication(&table, &stream).once().run(pending(), |rows| {
        let _ = sender.send(rows);
    });
    let mut one = pin!(one);
    tokio::select! {
        ended = &mut one => panic!("it has more pages: {ended:?}"),
        _ = first_page.recv() => {}
    }
    // While the first one rests.
    let other = publication(&table, &stream).once();
    other.run(pending(), |_| ()).await.expect("published");
    let error = one
        .await
        .expect_err("the other one has published")
        .to_string();
    assert!(error.contains("another run"), "{error}");
    assert_each_once(&server, &table).await;
}

#[tokio::test]
async fn a_tombstone_is_a_message_beside_the_rows() {
    let server = NatsServer::start("").expect("a server");
    let stream = copies(&server).await;
    for _ in 0..2 {
        let text = r#"{"type":"activity.erased"}"#.to_owned();
        let subject = stream.publish_tombstone("one", text).await;
        assert_eq!(subject.expect("published"), "copies.erased");
    }
    let messages = messages(&server, "copies").await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].payload, br#"{"type":"activity.erased"}"#);
    let table = Table::new().await;
    fill(&table, 0..2).await;
    let run = publication(&table, &stream).once();
    assert_eq!(run.run(pending(), |_| ()).await.expect("published").rows, 2);
}
