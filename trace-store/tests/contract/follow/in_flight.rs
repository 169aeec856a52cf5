//! Transactions that stored a row first and end last.

use std::time::Instant;

use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::Kind;
use sqlx::mysql::MySqlConnection;
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};

use super::{SETTLE, Shelf, events, follow, ids_of, next, row, rows, until, until_settled};
use crate::retention::Partitions;
use crate::store::Target;
use crate::store::mysql::insert_all;

/// Connects as an application, and stores rows in a transaction that stays open.
pub(in super::super) async fn begun(shelf: &Shelf, rows: &[Activity<'_>]) -> MySqlConnection {
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut connection = options.connect().connect().await.expect("a connection");
    connection.execute(raw_sql("BEGIN")).await.expect("begun");
    insert_all(&mut connection, rows).await.expect("stored");
    connection
}

pub(in super::super) async fn ended(connection: &mut MySqlConnection, how: &'static str) {
    connection.execute(raw_sql(how)).await.expect(how);
}

/// The transaction stays open for five settle delays.
async fn a_row_that_is_committed_late_comes_late_and_once(kind: Kind) {
    let shelf = Shelf::server(kind, "a_row_that_is_committed_late_comes_late_and_once").await;
    late_and_once(shelf).await;
}

/// An id is in no partition until its row is there.
async fn a_late_row_of_a_partitioned_table_comes_once(kind: Kind) {
    let shelf = Shelf::server(kind, "a_late_row_of_a_partitioned_table_comes_once").await;
    let first = Timestamp::from_micros(row(0).occurred_at.as_micros() - 40 * 86_400_000_000);
    let partitions = Partitions::daily(&shelf.url);
    assert!(partitions.adopt_at(first).await.expect("adopted"));
    let made = partitions.ahead_of(first, 80).await;
    assert!(made.expect("made") > 40);
    late_and_once(shelf).await;
}

async fn late_and_once(shelf: Shelf) {
    let sent = rows(5);
    let mut other = shelf.connect().await;
    other.insert(&sent[..1]).await.expect("stored");
    let mut transaction = begun(&shelf, &sent[1..3]).await;
    other.insert(&sent[3..]).await.expect("stored");

    let mut all = follow(&shelf).after_id(0);
    let mut filtered = follow(&shelf).action("user.update").after_id(0);
    for follow in [&mut all, &mut filtered] {
        let early = events(follow, 3).await;
        assert_eq!(early, [0, 3, 4].map(|place| sent[place].event_id));
        let begin = Instant::now();
        until(follow, |_| begin.elapsed() > SETTLE * 5).await;
        assert_eq!(follow.position().settled_id(), Some(1));
    }
    let text = all.position().to_string();
    let mut resumed = super::follow(&shelf).after(text.parse().expect("our own"));
    let begin = Instant::now();
    until(&mut resumed, |_| begin.elapsed() > SETTLE * 5).await;
    assert_eq!(resumed.position().settled_id(), Some(1));
    ended(&mut transaction, "COMMIT").await;
    for follow in [&mut all, &mut filtered, &mut resumed] {
        assert_eq!(events(follow, 2).await, ids_of(&sent[1..3]));
        until_settled(follow).await;
        assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
    }
    // Without the last row, nothing proves that no id was given anew, so all rows behind the open ids come.
    shelf
        .sql("DELETE FROM operational_activity WHERE actor_id = 4")
        .await;
    let mut again = super::follow(&shelf).after(text.parse().expect("our own"));
    assert_eq!(events(&mut again, 3).await, ids_of(&sent[1..4]));
}

/// The follower had begun at the end of the table, and stops before each row of the page that follows.
async fn a_position_behind_open_ids_gives_each_row_once(kind: Kind) {
    let shelf = Shelf::server(kind, "a_position_behind_open_ids").await;
    let sent = rows(30);
    let mut other = shelf.connect().await;
    other.insert(&sent[..1]).await.expect("stored");
    let mut transaction = begun(&shelf, &sent[1..2]).await;
    other.insert(&sent[2..10]).await.expect("stored");
    let mut first = follow(&shelf);
    until(&mut first, |follow| {
        follow.position().settled_id() == Some(1)
    })
    .await;
    let mut text = first.position().to_string();
    other.insert(&sent[10..]).await.expect("stored");
    let mut seen = Vec::new();
    while seen.len() < 20 {
        let mut follow = follow(&shelf).after(text.parse().expect("our own"));
        seen.extend(events(&mut follow, 4).await);
        text = follow.position().to_string();
    }
    assert_eq!(seen, ids_of(&sent[10..]));
    ended(&mut transaction, "COMMIT").await;
    let mut last = follow(&shelf).after(text.parse().expect("our own"));
    assert_eq!(events(&mut last, 1).await, ids_of(&sent[1..2]));
    until_settled(&mut last).await;
}

async fn ids_of_a_transaction_that_rolled_back_are_given_up(kind: Kind) {
    let shelf = Shelf::server(kind, "ids_of_a_transaction_that_rolled_back").await;
    let sent = rows(9);
    let mut other = shelf.connect().await;
    let mut follow = follow(&shelf).after_id(0);
    for pair in sent.chunks(3) {
        other.insert(&pair[..1]).await.expect("stored");
        let mut transaction = begun(&shelf, &pair[1..2]).await;
        other.insert(&pair[2..]).await.expect("stored");
        assert_eq!(
            events(&mut follow, 2).await,
            [pair[0].event_id, pair[2].event_id]
        );
        let first = follow.position().newest_id() - 2;
        assert_eq!(follow.position().settled_id(), Some(first));
        ended(&mut transaction, "ROLLBACK").await;
        until_settled(&mut follow).await;
    }
    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
}

/// The row was stored before the follower began, and committed after.
async fn a_row_in_flight_at_the_beginning_comes(kind: Kind) {
    let shelf = Shelf::server(kind, "a_row_in_flight_at_the_beginning_comes").await;
    let mut transaction = begun(&shelf, &[row(1)]).await;
    let mut other = shelf.connect().await;
    other.insert(&[row(2)]).await.expect("stored");
    let mut follow = follow(&shelf);
    until(&mut follow, |follow| {
        follow.position().settled_id().is_some()
    })
    .await;
    ended(&mut transaction, "COMMIT").await;
    let late = next(&mut follow).await.expect("a row");
    assert_eq!(late.activity.actor_id, Some(1));
    until_settled(&mut follow).await;
    assert_eq!(follow.position().settled_id(), Some(2));
}

#[tokio::test]
async fn a_position_behind_open_ids_gives_each_row_once_on_mariadb() {
    a_position_behind_open_ids_gives_each_row_once(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_position_behind_open_ids_gives_each_row_once_on_mysql() {
    a_position_behind_open_ids_gives_each_row_once(Kind::MySql).await;
}

#[tokio::test]
async fn a_row_that_is_committed_late_comes_late_and_once_on_mariadb() {
    a_row_that_is_committed_late_comes_late_and_once(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_row_that_is_committed_late_comes_late_and_once_on_mysql() {
    a_row_that_is_committed_late_comes_late_and_once(Kind::MySql).await;
}

#[tokio::test]
async fn a_late_row_of_a_partitioned_table_comes_once_on_mariadb() {
    a_late_row_of_a_partitioned_table_comes_once(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_late_row_of_a_partitioned_table_comes_once_on_mysql() {
    a_late_row_of_a_partitioned_table_comes_once(Kind::MySql).await;
}

#[tokio::test]
async fn ids_of_a_transaction_that_rolled_back_are_given_up_on_mariadb() {
    ids_of_a_transaction_that_rolled_back_are_given_up(Kind::MariaDb).await;
}

#[tokio::test]
async fn ids_of_a_transaction_that_rolled_back_are_given_up_on_mysql() {
    ids_of_a_transaction_that_rolled_back_are_given_up(Kind::MySql).await;
}

#[tokio::test]
async fn a_row_in_flight_at_the_beginning_comes_on_mariadb() {
    a_row_in_flight_at_the_beginning_comes(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_row_in_flight_at_the_beginning_comes_on_mysql() {
    a_row_in_flight_at_the_beginning_comes(Kind::MySql).await;
}
