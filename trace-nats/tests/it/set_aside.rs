use behavior_trace_servers::NatsServer;
use sqlx::query;

use crate::world::{Table, context, messages, publish, relay, relay_until, rows, stream_of};

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
    let done = relay_until(&relay, |stats| stats.stored + stats.set_aside == 22).await;
    assert_eq!((done.stored, done.set_aside, done.given_back), (20, 2, 0));
    table.assert_has(&rows).await;
    let dead = messages(&server, "activity-dead").await;
    let found: Vec<_> = dead
        .iter()
        .map(|message| (message.version.as_str(), message.payload.as_slice()))
        .collect();
    assert_eq!(
        found,
        [
            ("2.0", &br#"{"of":"a later release"}"#[..]),
            ("1.0", &b"no row"[..])
        ]
    );
    assert!(dead[0].reason.contains("version 2.0"), "{}", dead[0].reason);
    assert!(messages(&server, "activity").await.is_empty());
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
    let done = relay_until(&relay, |stats| stats.stored + stats.set_aside == 20).await;
    assert_eq!((done.stored, done.set_aside), (19, 1), "{done:?}");
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
