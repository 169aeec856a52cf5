//! The partitions are listed, and each change of them is known before it is made.

use std::time::Duration;

use behavior_trace_core::{Activity, Timestamp, activity};
use behavior_trace_servers::Kind;

use super::{Shelf, row};
use crate::retention::{PartitionStatus, Partitions, Retention, RetentionError};

const DAY: i64 = 86_400_000_000;
const KEEP: Duration = Duration::from_hours(38 * 24);

fn days_ago(days: i64) -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() - days * DAY)
}

/// Stores rows of one day.
async fn store(shelf: &Shelf, days: i64, count: i64) {
    let rows: Vec<Activity<'static>> = (0..count)
        .map(|number| {
            activity! {
                occurred_at: Timestamp::from_micros(days_ago(days).as_micros() + number),
                ..row(number)
            }
        })
        .collect();
    shelf.connect().await.insert(&rows).await.expect("stored");
}

fn names(partitions: &[PartitionStatus]) -> Vec<&str> {
    partitions.iter().map(|one| &*one.name).collect()
}

fn rows(partitions: &[PartitionStatus]) -> Vec<(u64, bool)> {
    let rows = partitions.iter().map(|one| (one.rows, one.is_exact));
    rows.collect()
}

async fn a_conversion_is_known_before_it_is_made(kind: Kind) {
    let shelf = Shelf::server(kind, "a_conversion_is_known").await;
    store(&shelf, 1, 30).await;
    let partitions = Partitions::daily(&shelf.url);
    assert_eq!(partitions.list().await.expect("none"), []);
    let preview = partitions.preview_convert().await.expect("a preview");
    assert_eq!((preview.rows, preview.is_exact), (30, true));
    assert!(preview.bytes >= 16_384, "{preview:?}");
    assert_eq!(preview.statement, Some(partitions.to_sql()));
    let error = partitions.preview_create_ahead(3).await;
    let error = error.expect_err("not partitioned yet").to_string();
    assert!(error.contains("convert"), "{error}");

    assert!(partitions.convert().await.expect("converted"));
    let list = partitions.list().await.expect("a list");
    assert_eq!(names(&list), preview.partitions);
    let again = partitions.preview_convert().await.expect("a preview");
    assert_eq!((again.statement, again.partitions.len()), (None, 0));

    store(&shelf, 0, 4).await;
    let ahead = partitions.preview_create_ahead(2).await.expect("a preview");
    assert_eq!((ahead.partitions.len(), ahead.rows), (3, 4));
    let statement = ahead.statement.expect("a statement");
    assert!(
        statement.contains("REORGANIZE PARTITION future"),
        "{statement}"
    );
    let made = partitions.create_ahead(2).await.expect("made");
    assert_eq!(made, ahead.partitions.len());
    let list = partitions.list().await.expect("a list");
    assert_eq!(names(&list)[1..4], ahead.partitions);
    let none = partitions.preview_create_ahead(2).await.expect("a preview");
    assert_eq!((none.statement, none.rows), (None, 0));
    assert_eq!(shelf.stored().await.len(), 34);
}

async fn many_rows_are_estimated(kind: Kind) {
    let shelf = Shelf::server(kind, "many_rows_are_estimated").await;
    let partitions = Partitions::daily(&shelf.url);
    let empty = partitions.preview_convert().await.expect("a preview");
    assert_eq!((empty.rows, empty.is_exact), (0, true));
    store(&shelf, 1, 12_000).await;
    // An estimate of the server that is a day old would be 0.
    let preview = partitions.preview_convert().await.expect("a preview");
    assert!(!preview.is_exact, "{preview:?}");
    assert!((10_001..18_000).contains(&preview.rows), "{preview:?}");
    assert!(preview.bytes >= 16_384, "{preview:?}");
    assert!(partitions.convert().await.expect("converted"));
    let list = partitions.list().await.expect("a list");
    let estimated = list[0].rows;
    assert!((8_000..18_000).contains(&estimated), "{list:?}");
}

async fn expired_partitions_are_known_before_they_go(kind: Kind) {
    let shelf = Shelf::server(kind, "expired_partitions_are_known").await;
    let partitions = Partitions::daily(&shelf.url);
    assert!(partitions.adopt_at(days_ago(41)).await.expect("adopted"));
    partitions.ahead_of(days_ago(41), 3).await.expect("made");
    partitions.create_ahead(1).await.expect("made");
    for (days, count) in [(45, 5), (41, 7), (40, 0), (39, 9), (10, 3)] {
        store(&shelf, days, count).await;
    }
    let list = partitions.list().await.expect("a list");
    let ends: Vec<_> = list.iter().map(|one| one.before).collect();
    let starts: Vec<_> = list.iter().map(|one| one.since).collect();
    assert_eq!((starts[0], ends[ends.len() - 1]), (None, None));
    assert_eq!(starts[1..], ends[..ends.len() - 1]);
    assert!(ends[..ends.len() - 1].is_sorted());

    let expired = partitions.preview_drop_expired(KEEP).await;
    let expired = expired.expect("a preview");
    let exact = [(5, true), (7, true), (0, true), (9, true)];
    assert_eq!(rows(&expired), exact);
    assert_eq!(names(&expired), names(&list)[..4]);
    let expiry = partitions.expiry(KEEP).await.expect("a time");
    assert!(expired.iter().all(|one| one.before <= Some(expiry)));
    assert!(list[4].before > Some(expiry), "{list:?}");
    let older = expired[1].before.expect("an end");
    let kept = partitions.clone().keep_from(older);
    let fewer = kept.preview_drop_expired(KEEP).await.expect("a preview");
    assert_eq!(names(&fewer), names(&list)[..2]);
    let none = partitions.preview_drop_expired_empty(KEEP).await;
    assert_eq!(none.expect("one alone is kept for late rows"), []);

    let archived = Retention::archive(&shelf.url, KEEP).run(|_| ()).await;
    assert_eq!(archived.expect("it runs").rows, 5 + 7 + 9);
    let empty = partitions.preview_drop_expired_empty(KEEP).await;
    let empty = empty.expect("a preview");
    assert_eq!(rows(&empty), [(0, true); 3]);
    let gone = partitions.drop_expired_empty(KEEP).await.expect("dropped");
    assert_eq!(names(&empty), gone);
    let late = partitions.preview_drop_expired(KEEP).await;
    let late = late.expect("a preview");
    let gone = partitions.drop_expired(KEEP).await.expect("dropped");
    assert_eq!(
        (names(&late), gone.len()),
        (gone.iter().map(String::as_str).collect(), 1)
    );
    assert_eq!(shelf.stored().await.len(), 3);
}

async fn a_preview_fails_where_the_change_would(kind: Kind) {
    let shelf = Shelf::server(kind, "a_preview_fails_where_the_change").await;
    let partitions = Partitions::daily(&shelf.url);
    let young = Duration::from_hours(24);
    for error in [
        partitions.preview_drop_expired(young).await,
        partitions.preview_drop_expired_empty(young).await,
    ] {
        let error = error.expect_err("too young").to_string();
        assert!(error.contains("seven days"), "{error}");
    }
    shelf
        .sql(
            "ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at), DROP KEY \
             operational_activity_event PARTITION BY KEY (id) PARTITIONS 3",
        )
        .await;
    for error in [
        partitions.preview_convert().await,
        partitions.preview_create_ahead(3).await,
    ] {
        let error = error.expect_err("not ours").to_string();
        assert!(error.contains("`future`"), "{error}");
    }
    let list = partitions.list().await.expect("a list");
    assert_eq!(names(&list), ["p0", "p1", "p2"]);
    assert!(list.iter().all(|one| one.before.is_none()), "{list:?}");
}

/// Turns each `async fn(Kind)` into a test on MariaDB and on MySQL.
macro_rules! on_both_servers {
    ($($test:ident)*) => {
        mod mariadb {$(
            #[tokio::test]
            async fn $test() { super::$test(behavior_trace_servers::Kind::MariaDb).await; }
        )*}

        mod mysql {$(
            #[tokio::test]
            async fn $test() { super::$test(behavior_trace_servers::Kind::MySql).await; }
        )*}
    };
}

on_both_servers! {
    a_conversion_is_known_before_it_is_made
    many_rows_are_estimated
    expired_partitions_are_known_before_they_go
    a_preview_fails_where_the_change_would
}

#[tokio::test]
async fn sqlite_has_no_partitions_to_list() {
    let partitions = Partitions::daily(&Shelf::sqlite().await.url);
    let error: RetentionError = partitions.list().await.expect_err("none");
    assert!(
        error.to_string().contains("only MySQL and MariaDB"),
        "{error}"
    );
    assert!(!error.is_transient(), "{error}");
}
