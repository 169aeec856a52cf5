use std::time::Duration;

use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_core::store_driver::{ErrorClass, StoreDriver as _};
use behavior_trace_nats::{JetStream, Setup};
use behavior_trace_servers::NatsServer;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::world::{Table, relay, relay_until_table_has, rows, stream_of};

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u32) -> Result<(), std::convert::Infallible> {
    Ok(())
}

#[tokio::test]
async fn what_a_full_stream_refuses_is_spooled_and_comes_once_there_is_room() {
    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let setup = Setup::new(stream.clone()).max_bytes(16 << 10);
    setup.run().await.expect("set up");
    let table = Table::new().await;
    let spool = tempfile::tempdir().expect("a directory");
    let recorder = BehaviorTrace::builder()
        .destination(stream.clone())
        .spool_dir(spool.path());
    let recorder = recorder.build().expect("starts");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        (0..500).for_each(|id| approve(id).expect("it does"));
    });
    let report = recorder.flush(Duration::from_secs(20)).await;
    assert!(report.spooled > 0 && report.stored > 0, "{report}");
    assert_eq!(report.dropped.total(), 0, "{report}");

    let relay = relay(&stream, &table);
    let handle = recorder.handle();
    relay_until_table_has(500, &relay, &table, |_| handle.stats().stored >= 500).await;
    assert_eq!(table.ids().await.len(), 500);
}

#[tokio::test]
async fn a_row_that_is_larger_than_a_message_is_refused_alone_for_its_size() {
    let server = NatsServer::start("max_payload: 4096").expect("a server");
    let stream = stream_of(&server).await;
    let mut rows = rows(5);
    rows[2].payload = format!(r#"{{"reason":"{}"}}"#, "x".repeat(5000)).into();
    let mut connection = stream.connect().await.expect("connects");
    let error = JetStream::insert(&mut connection, &rows).await;
    let error = error.expect_err("too large");
    assert_eq!((error.class(), error.stored()), (ErrorClass::TooBig, 2));
    let refused = JetStream::sift(&mut connection, &rows)
        .await
        .expect("answers");
    assert_eq!(refused.len(), 1);
    assert!(refused[0].index == 2 && refused[0].passed_after);
    assert_eq!(refused[0].error.class(), ErrorClass::TooBig);
}
