//! A server that prepares no more statements still stores the rows.

use behavior_trace_core::activity;
use behavior_trace_servers::{Kind, Server};

use super::{Shelf, row, rows};

async fn rows_are_stored_without_prepared_statements(kind: Kind) {
    let server = Server::start(kind).expect("a server");
    let shelf = Shelf::on(&server, "rows_are_stored_without").await;
    let mut connection = shelf.connect_as_writer().await;
    let first = rows(3);
    connection.insert(&first).await.expect("stored");
    server
        .sql("SET GLOBAL max_prepared_stmt_count = 0")
        .expect("a limit");
    let mut all = 3;
    for count in 1..=100 {
        let sent = rows(count);
        connection.insert(&sent).await.expect("stored");
        connection.insert(&sent).await.expect("stored already");
        all += sent.len();
    }
    assert_eq!(shelf.stored().await.len(), all);

    let mut hostile = vec![
        activity! {
            action: "'; DROP TABLE operational_activity; -- \\' \0 é 😀".into(),
            actor_id: Some(i64::MIN),
            resource_id: Some("".into()),
            user_agent: None,
            ..row(1)
        },
        activity! {
            payload: format!(r#"{{"filler":"{}"}}"#, "x".repeat(60_000)).into(),
            ..row(2)
        },
    ];
    shelf.sql("DELETE FROM operational_activity").await;
    // The rows need several statements, each smaller than the packet.
    let payload = hostile[1].payload.clone();
    hostile.extend((3..200).map(|number| {
        activity! {
            payload: payload.clone(),
            ..row(number)
        }
    }));
    connection.insert(&hostile).await.expect("stored");
    connection.probe(row(0).occurred_at).await.expect("it fits");
    let stored = shelf.stored().await;
    assert_eq!(stored.len(), hostile.len());
    assert_eq!(stored[0].action, hostile[0].action);
    assert_eq!(stored[0].actor_id, hostile[0].actor_id);
    assert_eq!(stored[0].resource_id, hostile[0].resource_id);
    assert_eq!(stored[0].user_agent, None);
    let mut bad = rows(20);
    bad[11].action = "x".repeat(256).into();
    let refused = connection.sift(&bad).await.expect("sifted");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].index, 11);
}

#[tokio::test]
async fn rows_are_stored_without_prepared_statements_on_mariadb() {
    rows_are_stored_without_prepared_statements(Kind::MariaDb).await;
}

#[tokio::test]
async fn rows_are_stored_without_prepared_statements_on_mysql() {
    rows_are_stored_without_prepared_statements(Kind::MySql).await;
}
