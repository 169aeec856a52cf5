//! A server whose binary log holds statements also stores each row once.

use behavior_trace_servers::{Kind, Server};

use super::{ErrorClass, Shelf, row, rows};

async fn a_binary_log_of_statements_stores_each_row_once(kind: Kind) {
    let server = Server::builder(kind)
        .arg("--log-bin=log")
        .arg("--server-id=1")
        .arg("--binlog-format=STATEMENT")
        .start()
        .expect("a server");
    let shelf = Shelf::on(&server, "a_binary_log_of_statements").await;
    let mut connection = shelf.connect_as_writer().await;
    connection.check_schema().await.expect("it will do");
    connection.probe_small().await.expect("it would work");
    connection.probe(row(0).occurred_at).await.expect("it fits");

    // Batches of rows that are all new, all stored, partly stored, sent twice in one batch, and sent alone.
    let sent = rows(1_300);
    connection.insert(&sent[..500]).await.expect("stored");
    connection
        .insert(&sent[..500])
        .await
        .expect("stored already");
    connection.insert(&sent).await.expect("stored in part");
    connection
        .insert(&sent[7..8])
        .await
        .expect("stored already");
    let mut twice = vec![row(5_000), row(5_001)];
    twice.push(twice[0].clone());
    connection.insert(&twice).await.expect("stored once");
    assert_eq!(shelf.stored().await.len(), 1_302);

    let mut mixed = rows(60);
    mixed.splice(..20, sent[..20].iter().cloned());
    mixed[40].action = "x".repeat(256).into();
    let refused = connection.sift(&mixed).await.expect("sifted");
    let indices: Vec<_> = refused.iter().map(|refusal| refusal.index).collect();
    assert_eq!(indices, [40]);
    assert_eq!(shelf.stored().await.len(), 1_302 + 39);

    shelf
        .sql("CREATE UNIQUE INDEX one_an_agent ON operational_activity (event_id, request_id)")
        .await;
    let error = connection.check_schema().await.expect_err("not ours");
    assert_eq!(error.class(), ErrorClass::Configuration);
    shelf
        .sql("DROP INDEX one_an_agent ON operational_activity")
        .await;
    shelf.sql("DELETE FROM operational_activity").await;
    shelf
        .sql("CREATE UNIQUE INDEX one_a_request ON operational_activity (request_id)")
        .await;
    connection.insert(&sent).await.expect("stored");
    let mut other = rows(3);
    other[0].request_id = Some("other".into());
    let error = connection.insert(&other).await.expect_err("another event");
    assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
    assert!(error.to_string().contains("`one_a_request`"), "{error}");
    assert_eq!(shelf.stored().await.len(), 1_300);
}

#[tokio::test]
async fn a_binary_log_of_statements_stores_each_row_once_on_mariadb() {
    a_binary_log_of_statements_stores_each_row_once(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_binary_log_of_statements_stores_each_row_once_on_mysql() {
    a_binary_log_of_statements_stores_each_row_once(Kind::MySql).await;
}
