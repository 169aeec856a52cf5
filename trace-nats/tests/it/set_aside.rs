use behavior_trace_nats::JetStream;
use behavior_trace_servers::NatsServer;
use sqlx::query;

use crate::proxy::Proxy;
use crate::world::{
    self, Table, context, messages, publish, relay, relay_until, relay_until_table_has, rows,
    stream_of, until_empty,
};

/// Publishes bytes as a row of a version.
async fn publish_raw(server: &NatsServer, version: &str, payload: &'static str) {
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("bt-schema", version);
    let sent = context(server).await;
    let sent = sent
        .publish_with_headers("activity.rows", headers, payload.into())
        .await;
    sent.expect("sent").await.expect("acknowledged");
}

#[tokio::test]
async fn an_unknown_major_and_what_is_no_row_are_set_aside_whole_and_others_pass() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let table = Table::new().await;
    let rows = rows(20);
    publish(&stream, &rows[..10]).await;
    publish_raw(&server, "2.0", r#"{"of":"a later release"}"#).await;
    publish_raw(&server, "1.0", "no row").await;
    publish(&stream, &rows[10..]).await;

    let relay = relay(&stream, &table);
    let done = relay_until_table_has(20, &relay, &table, |stats| stats.set_aside >= 2).await;
    assert_eq!(done.set_aside, 2, "{done:?}");
    table.assert_has(&rows).await;
    let mut dead = messages(&server, "activity-dead").await;
    // Two workers may each have pulled one of them.
    dead.sort_by(|one, other| one.version.cmp(&other.version));
    let found: Vec<_> = dead
        .iter()
        .map(|message| (message.version.as_str(), message.payload.as_slice()))
        .collect();
    assert_eq!(
        found,
        [
            ("1.0", &b"no row"[..]),
            ("2.0", &br#"{"of":"a later release"}"#[..])
        ]
    );
    assert!(dead[1].reason.contains("version 2.0"), "{}", dead[1].reason);
    until_empty(&server, "activity").await;
}

#[tokio::test]
async fn a_row_that_is_proven_bad_is_set_aside_with_the_databases_reason() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let table = Table::new().await;
    let rule = "CREATE TRIGGER rule BEFORE INSERT ON operational_activity WHEN NEW.action = 'order.poison' \
                BEGIN SELECT RAISE(ABORT, 'not in this shop'); END";
    query(rule).execute(&table.pool).await.expect("a rule");
    let mut rows = rows(20);
    rows[7].action = "order.poison".into();
    publish(&stream, &rows).await;
    let relay = relay(&stream, &table);
    let done = relay_until_table_has(19, &relay, &table, |stats| stats.set_aside >= 1).await;
    assert_eq!(done.set_aside, 1, "{done:?}");
    let dead = messages(&server, "activity-dead").await;
    assert!(
        dead[0].reason.contains("not in this shop"),
        "{}",
        dead[0].reason
    );
    assert!(String::from_utf8_lossy(&dead[0].payload).contains("order.poison"));
    rows.remove(7);
    table.assert_has(&rows).await;
}

#[tokio::test]
async fn rows_are_stored_and_health_is_bad_while_nothing_can_be_set_aside() {
    let server = NatsServer::start("").expect("a server");
    let stream = stream_of(&server).await;
    let table = Table::new().await;
    let rows = rows(20);
    for _ in 0..3 {
        publish_raw(&server, "1.0", "no row").await;
    }
    publish(&stream, &rows).await;
    // An answer about each of them is waited for, and none comes.
    let proxy = Proxy::dropping("activity.dead", server.address()).await;
    let behind = JetStream::new(proxy.url()).expect("a URL");
    let relay = relay(&behind, &table);
    let done = relay_until_table_has(20, &relay, &table, |_| proxy.dropped() > 0).await;
    assert_eq!(done.set_aside, 0, "{done:?}");
    assert_eq!(messages(&server, "activity").await.len(), 3);

    let context = context(&server).await;
    let deleted = context.delete_stream("activity-dead").await;
    deleted.expect("deleted");
    let relay = world::relay(&stream, &table);
    let done = relay_until_table_has(20, &relay, &table, |stats| {
        let trouble = stats.trouble.as_deref().unwrap_or_default();
        trouble.contains("`activity-dead`") && stats.given_back >= 3
    })
    .await;
    assert!(!done.is_healthy(), "{done:?}");
    // The database works, and that is no news about the other stream.
    publish(&stream, &world::rows(5)).await;
    let done = relay_until_table_has(25, &relay, &table, |_| true).await;
    assert!(
        done.trouble
            .is_some_and(|trouble| trouble.contains("`activity-dead`")),
        "the stream is not there"
    );
}

#[tokio::test]
async fn a_message_of_a_stream_that_was_created_again_is_another_one_under_the_same_number() {
    let server = NatsServer::start("").expect("a server");
    let table = Table::new().await;
    for round in 1..=2 {
        let stream = stream_of(&server).await;
        publish_raw(&server, "1.0", "no row").await;
        let relay = relay(&stream, &table);
        relay_until(&relay, |stats| stats.set_aside >= 1).await;
        assert_eq!(messages(&server, "activity-dead").await.len(), round);
        let context = context(&server).await;
        context.delete_stream("activity").await.expect("deleted");
    }
}
