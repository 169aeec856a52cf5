use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::Config;
use behavior_trace_nats::{Difference, JetStream, Relay, Setup};
use behavior_trace_servers::NatsServer;

use crate::proxy::Proxy;
use crate::world::{Table, context, relay, stream_of};

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
async fn a_setup_that_cannot_see_the_consumer_leaves_it_as_it_is() {
    let server = NatsServer::start("").expect("a server");
    stream_of(&server).await;
    let proxy = Proxy::dropping("$JS.API.CONSUMER.INFO", server.address()).await;
    let behind = JetStream::new(proxy.url()).expect("a URL");
    let setup = Setup::new(behind).ack_wait(Duration::from_mins(1));
    let error = setup.run().await.expect_err("no answer");
    assert!(error.is_transient(), "{error}");
    let context = context(&server).await;
    let consumer = context.get_consumer_from_stream("relay", "activity").await;
    let consumer: PullConsumer = consumer.expect("a consumer");
    assert_eq!(
        consumer.cached_info().config.ack_wait,
        Duration::from_secs(45)
    );
}

#[tokio::test]
async fn a_relay_refuses_a_consumer_that_gives_rows_up() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let context = context(&server).await;
    let gives_up = Config {
        durable_name: Some("relay".to_owned()),
        filter_subject: "activity.rows".to_owned(),
        max_deliver: 5,
        ..Config::default()
    };
    let deleted = context.delete_consumer_from_stream("relay", "activity");
    deleted.await.expect("deleted");
    let created = context.create_consumer_on_stream(gives_up, "activity");
    created.await.expect("created");
    let table = Table::new().await;
    let relay = relay(&stream, &table);
    let error = relay.run(std::future::pending()).await;
    let error = error.expect_err("it gives up");
    assert!(
        !error.is_transient() && error.to_string().contains("`max_deliver`"),
        "{error}"
    );
    let found = Setup::new(stream).run().await.expect("looks");
    let is_named = |difference: &Difference| difference.setting == "max deliver";
    assert!(found.differences.iter().any(is_named), "{found}");
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
