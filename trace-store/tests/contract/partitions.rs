//! A partitioned table stores, reads and deletes rows as a plain one does.

use std::time::Duration;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};

use super::{Shelf, row};
use crate::reader::Reader;
use crate::retention::{Partitions, Retention};
use crate::store::Target;

const DAY: i64 = 86_400_000_000;
const A_DAY: Duration = Duration::from_hours(24);

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() - days * DAY)
}

fn one_a_day(days: i64) -> Vec<Activity<'static>> {
    (0..days)
        .map(|day| {
            activity! {
                occurred_at: days_ago(day),
                ..row(day)
            }
        })
        .collect()
}

/// Checks a table that was partitioned 40 days ago and maintained since.
async fn kept_in_partitions(shelf: Shelf) {
    let partitions = Partitions::daily(&shelf.url);
    let error = partitions
        .create_ahead(3)
        .await
        .expect_err("not partitioned yet");
    assert!(error.to_string().contains("convert"), "{error}");
    assert!(partitions.adopt_at(days_ago(40)).await.expect("adopted"));
    assert!(!partitions.convert().await.expect("adopted already"));
    assert_eq!(partitions.ahead_of(days_ago(40), 2).await.expect("made"), 3);
    assert_eq!(
        partitions.create_ahead(3).await.expect("made"),
        3 + 1,
        "the running day and three more"
    );
    assert_eq!(partitions.create_ahead(3).await.expect("there already"), 0);
    // The daily jobs of two replicas run at once.
    let (one, other) = tokio::join!(partitions.create_ahead(5), partitions.create_ahead(5));
    let made = one.expect("made by one") + other.expect("or by the other");
    assert_eq!(made, 2);

    let sent = one_a_day(45);
    let mut connection = shelf.connect().await;
    connection.check_schema().await.expect("it will do");
    connection.insert(&sent).await.expect("stored");
    connection.insert(&sent).await.expect("stored already");
    assert_eq!(shelf.stored().await.len(), 45);
    let reader = Reader::new(&shelf.url);
    assert_eq!(
        reader
            .query()
            .resource("User", 44)
            .fetch()
            .await
            .expect("a page")
            .items
            .len(),
        1
    );

    let keep = std::time::Duration::from_hours(38 * 24);
    assert_eq!(
        partitions
            .drop_expired_empty(keep)
            .await
            .expect("nothing is empty"),
        Vec::<String>::new()
    );
    Retention::archive(&shelf.url, keep)
        .run(|_| ())
        .await
        .expect("it runs");
    let (one, other) = tokio::join!(
        partitions.drop_expired_empty(keep),
        partitions.drop_expired_empty(keep)
    );
    let mut dropped = one.expect("dropped by one");
    dropped.extend(other.expect("or by the other"));
    assert_eq!(
        dropped.len(),
        2,
        "they ended 40 and 39 days ago, and the one that ended 38 days ago stays for what comes late: {dropped:?}"
    );
    assert_eq!(
        reader
            .query()
            .with_archive()
            .count_up_to(99)
            .await
            .expect("a count"),
        45
    );

    connection
        .insert(&[activity! {
            occurred_at: days_ago(43),
            ..row(43)
        }])
        .await
        .expect("a late one still fits");
    let error = partitions
        .drop_expired(std::time::Duration::from_hours(24))
        .await
        .expect_err("too young");
    assert!(error.to_string().contains("seven days"), "{error}");
    let dropped = partitions
        .drop_expired(std::time::Duration::from_hours(30 * 24))
        .await
        .expect("dropped");
    assert_eq!(
        dropped.len(),
        2,
        "they ended 38 and 37 days ago: {dropped:?}"
    );
    assert_eq!(
        reader
            .query()
            .since(days_ago(30))
            .count_up_to(99)
            .await
            .expect("a count"),
        30
    );
}

#[tokio::test]
async fn partitions_are_kept_on_mariadb() {
    kept_in_partitions(Shelf::server(Kind::MariaDb, "kept_in_partitions").await).await;
}

#[tokio::test]
async fn partitions_are_kept_on_mysql() {
    kept_in_partitions(Shelf::server(Kind::MySql, "kept_in_partitions").await).await;
}

/// No partition was created for longer than the retention time, so every partition with an end is old.
async fn a_table_without_a_dated_partition_goes_on(kind: Kind) {
    let shelf = Shelf::server(kind, "a_table_without_a_dated_partition").await;
    let partitions = Partitions::daily(&shelf.url);
    assert!(partitions.adopt_at(days_ago(40)).await.expect("adopted"));
    let mut connection = shelf.connect().await;
    connection.insert(&one_a_day(20)).await.expect("stored");
    let dropped = partitions.drop_expired(30 * A_DAY).await.expect("dropped");
    assert_eq!(dropped.len(), 1, "{dropped:?}");

    assert!(!partitions.convert().await.expect("it is partitioned"));
    let none = partitions
        .drop_expired(30 * A_DAY)
        .await
        .expect("nothing is old");
    assert_eq!(none, Vec::<String>::new());
    assert_eq!(partitions.create_ahead(3).await.expect("made"), 3 + 1);
    assert_eq!(partitions.create_ahead(3).await.expect("there already"), 0);
    assert_eq!(shelf.stored().await.len(), 20, "no row is lost on the way");
}

#[tokio::test]
async fn a_table_without_a_dated_partition_goes_on_on_mariadb() {
    a_table_without_a_dated_partition_goes_on(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_table_without_a_dated_partition_goes_on_on_mysql() {
    a_table_without_a_dated_partition_goes_on(Kind::MySql).await;
}

/// The rows are in partitions that others have defined, and remain there.
async fn a_layout_of_others_is_named_and_left_alone(kind: Kind) {
    let shelf = Shelf::server(kind, "a_layout_of_others").await;
    shelf
        .sql(
            "ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at), DROP KEY \
             operational_activity_event PARTITION BY KEY (id) PARTITIONS 3",
        )
        .await;
    let partitions = Partitions::daily(&shelf.url);
    for error in [
        partitions.convert().await.expect_err("not ours"),
        partitions.create_ahead(3).await.expect_err("not ours"),
    ] {
        assert!(error.to_string().contains("`future`"), "{error}");
    }
    let none = partitions
        .drop_expired(30 * A_DAY)
        .await
        .expect("none has an end");
    assert_eq!(none, Vec::<String>::new());
}

#[tokio::test]
async fn a_layout_of_others_is_named_and_left_alone_on_mariadb() {
    a_layout_of_others_is_named_and_left_alone(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_layout_of_others_is_named_and_left_alone_on_mysql() {
    a_layout_of_others_is_named_and_left_alone(Kind::MySql).await;
}

/// A row is written when a partition is found empty, and committed before the partition is dropped.
async fn a_late_row_is_not_dropped_with_an_empty_partition(kind: Kind) {
    let name = "a_late_row_is_not_dropped";
    let shelf = Shelf::server(kind, name).await;
    let partitions = Partitions::daily(&shelf.url);
    assert!(partitions.adopt_at(days_ago(40)).await.expect("adopted"));
    partitions.ahead_of(days_ago(40), 2).await.expect("made");
    partitions.create_ahead(1).await.expect("made");
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut late = options.connect().connect().await.expect("a connection");
    let insert = format!(
        "BEGIN; INSERT INTO operational_activity (event_id, occurred_at, actor_type, action, resource, payload) \
         VALUES (UUID(), '{}', 'USER', 'user.update', 'User', '{{}}')",
        &days_ago(41).to_string()[..26]
    );
    let insert = sqlx::AssertSqlSafe(insert);
    late.execute(raw_sql(insert)).await.expect("written");
    let dropping = tokio::spawn(async move { partitions.drop_expired_empty(30 * A_DAY).await });
    let server = Server::shared(kind).expect("a server");
    let waits = || {
        let under_way = server.sql("SHOW FULL PROCESSLIST").expect("an answer");
        under_way.lines().any(|line| {
            line.contains(name) && line.contains("ALTER TABLE") && line.contains("metadata lock")
        })
    };
    while !waits() {
        assert!(!dropping.is_finished(), "it waits for the row");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    late.execute(raw_sql("COMMIT")).await.expect("committed");
    let gone = dropping.await.expect("no panic").expect("it runs");
    assert!(!gone.is_empty());
    assert_eq!(shelf.stored().await.len(), 1, "gone with {gone:?}");
}

#[tokio::test]
async fn a_late_row_is_not_dropped_with_an_empty_partition_on_mariadb() {
    a_late_row_is_not_dropped_with_an_empty_partition(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_late_row_is_not_dropped_with_an_empty_partition_on_mysql() {
    a_late_row_is_not_dropped_with_an_empty_partition(Kind::MySql).await;
}

#[tokio::test]
async fn sqlite_has_no_partitions_and_says_so() {
    let error = Partitions::daily(&Shelf::sqlite().await.url)
        .convert()
        .await
        .expect_err("none");
    assert!(error.to_string().contains("MySQL"), "{error}");
}
