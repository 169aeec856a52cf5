//! The table in pieces of time stores, reads and forgets as the plain one does.

use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::Kind;

use super::{Shelf, row};
use crate::reader::Reader;
use crate::retention::{Partitions, Retention};

const DAY: i64 = 86_400_000_000;

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() - days * DAY)
}

fn one_a_day(days: i64) -> Vec<Activity<'static>> {
    (0..days)
        .map(|day| Activity {
            occurred_at: days_ago(day),
            ..row(day)
        })
        .collect()
}

/// As a table that was partitioned 40 days ago and looked after since.
async fn kept_in_partitions(shelf: Shelf) {
    let partitions = Partitions::daily(&shelf.url);
    let error = partitions.ahead(3).await.expect_err("not partitioned yet");
    assert!(error.to_string().contains("adopt"), "{error}");
    assert!(partitions.adopt_at(days_ago(40)).await.expect("adopted"));
    assert!(!partitions.adopt().await.expect("adopted already"));
    assert_eq!(partitions.ahead_of(days_ago(40), 2).await.expect("made"), 3);
    assert_eq!(
        partitions.ahead(3).await.expect("made"),
        3 + 1,
        "the running day and three more"
    );
    assert_eq!(partitions.ahead(3).await.expect("there already"), 0);
    // As the daily jobs of two replicas do.
    let (one, other) = tokio::join!(partitions.ahead(5), partitions.ahead(5));
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
        partitions.drop_empty(keep).await.expect("nothing is empty"),
        Vec::<String>::new()
    );
    Retention::archive(&shelf.url, keep)
        .run(|_| ())
        .await
        .expect("it runs");
    let (one, other) = tokio::join!(partitions.drop_empty(keep), partitions.drop_empty(keep));
    let mut dropped = one.expect("dropped by one");
    dropped.extend(other.expect("or by the other"));
    assert_eq!(
        dropped.len(),
        3,
        "they ended 40, 39 and 38 days ago: {dropped:?}"
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
        .insert(&[Activity {
            occurred_at: days_ago(43),
            ..row(43)
        }])
        .await
        .expect("a late one still fits");
    let error = partitions
        .drop_old(std::time::Duration::from_hours(24))
        .await
        .expect_err("too young");
    assert!(error.to_string().contains("seven days"), "{error}");
    let dropped = partitions
        .drop_old(std::time::Duration::from_hours(30 * 24))
        .await
        .expect("dropped");
    assert_eq!(dropped.len(), 1, "it ended 37 days ago: {dropped:?}");
    assert_eq!(
        reader
            .query()
            .from(days_ago(30))
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

#[tokio::test]
async fn sqlite_has_no_partitions_and_says_so() {
    let error = Partitions::daily(&Shelf::sqlite().await.url)
        .adopt()
        .await
        .expect_err("none");
    assert!(error.to_string().contains("MySQL"), "{error}");
}
