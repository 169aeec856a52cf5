use std::time::Duration;

use behavior_trace_nats::{JetStream, Relay, Setup};
use behavior_trace_servers::NatsServer;

use crate::world::context;

#[tokio::test]
async fn a_second_setup_changes_nothing_and_names_each_difference() {
    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let first = Setup::new(stream.clone()).run().await.expect("set up");
    assert_eq!(
        first.created,
        ["activity", "activity-dead", "activity/relay"]
    );
    assert!(first.found.is_empty() && first.differences.is_empty());

    let again = Setup::new(stream.clone()).run().await.expect("set up");
    assert_eq!(again.found, first.created);
    assert!(
        again.created.is_empty() && again.differences.is_empty(),
        "{again}"
    );

    let other = Setup::new(stream)
        .max_bytes(1 << 20)
        .ack_wait(Duration::from_mins(1));
    let other = other.run().await.expect("set up");
    let settings: Vec<_> = other
        .differences
        .iter()
        .map(|difference| difference.setting)
        .collect();
    assert_eq!(settings, ["max bytes", "max bytes", "ack wait"], "{other}");
    let context = context(&server).await;
    let found = context.get_stream("activity").await.expect("a stream");
    assert_eq!(found.cached_info().config.max_bytes, 1 << 30);
}

#[tokio::test]
async fn a_relay_without_a_stream_or_a_table_ends_with_the_remedy() {
    let server = NatsServer::start("").expect("a server");
    let stream = JetStream::new(server.url()).expect("a URL");
    let table = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", table.path().join("activity.db").display());
    let url = url.parse().expect("a URL");
    let relay = Relay::new(stream.clone(), &url);
    let error = relay
        .run(std::future::pending())
        .await
        .expect_err("no stream");
    assert!(error.to_string().contains("relay setup"), "{error}");
    assert!(!error.is_transient());
    Setup::new(stream).run().await.expect("set up");
    let error = relay
        .run(std::future::pending())
        .await
        .expect_err("no table");
    assert!(error.to_string().contains("migrate"), "{error}");
}

#[tokio::test]
async fn a_refused_login_names_no_password() {
    let server =
        NatsServer::start("authorization { user: app, password: right }").expect("a server");
    let url = server.url().replace("nats://", "nats://app:canary77@");
    let stream = JetStream::new(url).expect("a URL");
    let error = Setup::new(stream).run().await.expect_err("refused");
    assert!(!error.is_transient());
    assert!(!error.to_string().contains("canary77"), "{error}");
    let url = server.url().replace("nats://", "nats://app:right@");
    let stream = JetStream::new(url).expect("a URL");
    Setup::new(stream).run().await.expect("let in");
}
