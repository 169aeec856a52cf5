use std::time::Duration;

use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_nats::JetStream;
use behavior_trace_servers::NatsServer;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::world::{Table, relay, relay_until_table_has, stream_of};

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u32) -> Result<(), std::convert::Infallible> {
    Ok(())
}

const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn what_a_recorder_sends_through_a_stream_is_in_the_table_as_it_was_recorded() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let table = Table::new().await;
    let recorder = BehaviorTrace::builder()
        .destination(stream.clone())
        .database_url(table.url());
    let recorder = recorder.build().expect("starts");
    let storage = recorder.verify(DEADLINE).await.storage;
    assert_eq!(storage, Ok(()));
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..50).for_each(|id| approve(id).expect("it does"));
    });
    let report = recorder.flush(DEADLINE).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(recorder.stats().stored, 50);

    let relay = relay(&stream, &table);
    let stats = relay_until_table_has(50, &relay, &table, |_| true).await;
    assert_eq!(stats.set_aside, 0, "{stats:?}");
    let rows = recorder
        .reader()
        .query()
        .limit(100)
        .fetch()
        .await
        .expect("rows");
    assert_eq!(rows.items.len(), 50);
    let actions = rows.items.iter().map(|row| &row.activity.action);
    assert!(actions.into_iter().all(|action| action == "order.approve"));
}

#[tokio::test]
async fn rows_of_a_recorder_wait_in_its_spool_while_nats_is_away() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let table = Table::new().await;
    let spool = tempfile::tempdir().expect("a directory");
    let recorder = BehaviorTrace::builder()
        .destination(stream.clone())
        .spool_dir(spool.path());
    let recorder = recorder.build().expect("starts");
    server.kill();
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..50).for_each(|id| approve(id).expect("it does"));
    });
    let report = recorder.flush(DEADLINE).await;
    assert_eq!((report.spooled, report.stored), (50, 0), "{report}");
    server.restart().expect("starts again");
    let relay = relay(&stream, &table);
    let stats = relay_until_table_has(50, &relay, &table, |_| true).await;
    assert_eq!(table.ids().await.len(), 50, "{stats:?}");
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_named_with_the_remedy() {
    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let recorder = BehaviorTrace::builder().destination(stream);
    let recorder = recorder.build().expect("starts");
    let storage = recorder.verify(DEADLINE).await.storage;
    let error = storage.expect_err("no stream").to_string();
    assert!(
        error.contains("`activity`") && error.contains("relay setup"),
        "{error}"
    );
}
