//! The widest row passes in a table of the reference width, and in no narrower one.

use behavior_trace_core::Timestamp;
use behavior_trace_servers::Kind;

use super::{ErrorClass, Shelf, on_every_store, row, rows};
use crate::retention::Partitions;

on_every_store! {
    the_widest_row_passes_and_leaves_nothing
}

fn now() -> Timestamp {
    row(0).occurred_at
}

async fn the_widest_row_passes_and_leaves_nothing(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.probe(now()).await.expect("it fits");
    assert_eq!(shelf.stored().await, []);
    connection.insert(&rows(3)).await.expect("stored");
}

async fn a_narrower_table_refuses_the_widest_row(kind: Kind) {
    let shelf = Shelf::server(kind, "a_narrower_table_refuses").await;
    for text in [
        "ALTER TABLE operational_activity MODIFY action VARCHAR(12) NOT NULL",
        "ALTER TABLE operational_activity MODIFY action VARCHAR(255) CHARACTER SET utf8mb3 NOT NULL",
        "ALTER TABLE operational_activity MODIFY action VARCHAR(255) NOT NULL, MODIFY payload VARCHAR(5000) NOT NULL",
    ] {
        shelf.sql("DELETE FROM operational_activity").await;
        shelf.sql(text).await;
        let mut connection = shelf.connect().await;
        let error = connection.probe(now()).await.expect_err(text);
        assert_eq!(error.class(), ErrorClass::Value, "{error}");
        connection.insert(&rows(1)).await.expect("a small row fits");
    }
}

#[tokio::test]
async fn a_narrower_table_refuses_the_widest_row_on_mariadb() {
    a_narrower_table_refuses_the_widest_row(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_narrower_table_refuses_the_widest_row_on_mysql() {
    a_narrower_table_refuses_the_widest_row(Kind::MySql).await;
}

async fn a_time_without_a_partition_refuses_the_widest_row(kind: Kind) {
    let shelf = Shelf::server(kind, "a_time_without_a_partition").await;
    let partitions = Partitions::daily(&shelf.url);
    partitions.adopt_at(now()).await.expect("adopted");
    shelf
        .sql("ALTER TABLE operational_activity DROP PARTITION future")
        .await;
    let mut connection = shelf.connect().await;
    let early = Timestamp::from_micros(now().as_micros() - 3 * 86_400_000_000);
    connection.probe(early).await.expect("there is one");
    let error = connection.probe(now()).await.expect_err("there is none");
    assert_eq!(error.class(), ErrorClass::Value, "{error}");
    assert!(error.to_string().contains("1526"), "{error}");
}

#[tokio::test]
async fn a_time_without_a_partition_refuses_the_widest_row_on_mariadb() {
    a_time_without_a_partition_refuses_the_widest_row(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_time_without_a_partition_refuses_the_widest_row_on_mysql() {
    a_time_without_a_partition_refuses_the_widest_row(Kind::MySql).await;
}
