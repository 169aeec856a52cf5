//! Ids that are given again, and rows that are read again.

use behavior_trace_servers::Kind;

use super::{Dialect, Follow, Shelf, events, follow, ids_of, next, on_every_database, row, rows};
use super::{truncate, until_settled};
use crate::reader::Reader;

on_every_database! {
    a_truncated_table_is_followed_from_its_first_row
    a_table_that_was_filled_anew_is_followed_from_its_first_row
    rows_go_on_after_retention_took_the_newest
    a_position_goes_on_after_retention_took_the_newest
    ids_that_a_crash_took_back_are_given_again
}

fn both(shelf: &Shelf) -> [Follow; 2] {
    let all = follow(shelf).after_id(0);
    [all, follow(shelf).action("user.update").after_id(0)]
}

async fn a_truncated_table_is_followed_from_its_first_row(shelf: Shelf) {
    let sent = rows(20);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..9]).await.expect("stored");
    let mut followers = both(&shelf);
    for follow in &mut followers {
        assert_eq!(events(follow, 9).await, ids_of(&sent[..9]));
        until_settled(follow).await;
    }
    truncate(&shelf).await;
    connection.insert(&sent[9..12]).await.expect("stored");
    for follow in &mut followers {
        assert_eq!(events(follow, 3).await, ids_of(&sent[9..12]));
        until_settled(follow).await;
        assert_eq!((follow.started_over(), follow.passed_over()), (1, 0));
    }
    let position = followers[0].position();
    assert_eq!(
        (position.settled_id(), position.newest_id()),
        (Some(3), 3),
        "of the rows that are there"
    );
    connection.insert(&sent[12..]).await.expect("stored");
    let mut resumed = follow(&shelf).after(position);
    assert_eq!(events(&mut resumed, 8).await, ids_of(&sent[12..]));
    for follow in &mut followers {
        assert_eq!(events(follow, 8).await, ids_of(&sent[12..]));
        assert_eq!(follow.started_over(), 1);
    }
}

/// Between two polls, so that the highest id is reached again.
async fn a_table_that_was_filled_anew_is_followed_from_its_first_row(shelf: Shelf) {
    let sent = rows(40);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..9]).await.expect("stored");
    let mut followers = both(&shelf);
    for follow in &mut followers {
        assert_eq!(events(follow, 9).await, ids_of(&sent[..9]));
    }
    truncate(&shelf).await;
    connection.insert(&sent[9..]).await.expect("stored");
    for follow in &mut followers {
        assert_eq!(events(follow, 31).await, ids_of(&sent[9..]));
        until_settled(follow).await;
        assert_eq!(follow.started_over(), 1);
    }
}

async fn rows_go_on_after_retention_took_the_newest(shelf: Shelf) {
    let sent = rows(20);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..9]).await.expect("stored");
    let mut followers = both(&shelf);
    for follow in &mut followers {
        assert_eq!(events(follow, 9).await, ids_of(&sent[..9]));
    }
    for taken in [
        "DELETE FROM operational_activity WHERE id > 6",
        "DELETE FROM operational_activity",
    ] {
        shelf.sql(taken).await;
        for follow in &mut followers {
            until_settled(follow).await;
        }
    }
    connection.insert(&sent[9..]).await.expect("stored");
    for follow in &mut followers {
        assert_eq!(events(follow, 11).await, ids_of(&sent[9..]));
        until_settled(follow).await;
        assert_eq!((follow.started_over(), follow.passed_over()), (0, 0));
    }
}

async fn a_position_goes_on_after_retention_took_the_newest(shelf: Shelf) {
    let sent = rows(12);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..9]).await.expect("stored");
    let mut first = follow(&shelf).after_id(0);
    assert_eq!(events(&mut first, 9).await, ids_of(&sent[..9]));
    until_settled(&mut first).await;
    let position = first.position();
    shelf
        .sql("DELETE FROM operational_activity WHERE id > 6")
        .await;
    let mut resumed = follow(&shelf).after(position.clone());
    until_settled(&mut resumed).await;
    connection.insert(&sent[9..]).await.expect("stored");
    assert_eq!(events(&mut resumed, 3).await, ids_of(&sent[9..]));
    let mut later = follow(&shelf).after(position);
    assert_eq!(events(&mut later, 3).await, ids_of(&sent[9..]));
}

/// The server shows a row, crashes before its commit is written, and gives its id to another row long after.
async fn ids_that_a_crash_took_back_are_given_again(shelf: Shelf) {
    let sent = rows(7);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..4]).await.expect("stored");
    let mut followers = both(&shelf);
    for follow in &mut followers {
        assert_eq!(events(follow, 4).await, ids_of(&sent[..4]));
    }
    shelf
        .sql("DELETE FROM operational_activity WHERE id > 2")
        .await;
    match shelf.dialect() {
        Dialect::Sqlite => shelf.sql("UPDATE sqlite_sequence SET seq = 2").await,
        _ => {
            shelf
                .sql("ALTER TABLE operational_activity AUTO_INCREMENT = 3")
                .await;
        }
    }
    for follow in &mut followers {
        super::until(follow, |follow| follow.position().settled_id() == Some(2)).await;
    }
    connection.insert(&sent[4..]).await.expect("stored");
    for follow in &mut followers {
        assert_eq!(events(follow, 3).await, ids_of(&sent[4..]));
        until_settled(follow).await;
        assert_eq!((follow.started_over(), follow.passed_over()), (0, 0));
    }
    let mut resumed = follow(&shelf).after(followers[0].position());
    connection.insert(&[row(70)]).await.expect("stored");
    let after = next(&mut resumed).await.expect("a row");
    assert_eq!(after.activity.actor_id, Some(70));
}

/// The server may have been gone before it opened a connection, so the last rows are compared. Many rows are read before.
async fn a_new_connection_gives_no_row_twice(kind: Kind) {
    let shelf = Shelf::server(kind, "a_new_connection_gives_no_row_twice").await;
    let sent = rows(3_500);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..1_500]).await.expect("stored");
    let reader = Reader::new(&shelf.url);
    let mut follow = reader.follow().after_id(0);
    assert_eq!(events(&mut follow, 1_500).await, ids_of(&sent[..1_500]));
    connection.insert(&sent[1_500..]).await.expect("stored");
    let query = || reader.query().limit(1);
    let (one, other) = (query(), query());
    let both = tokio::join!(one.fetch(), other.fetch());
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!(events(&mut follow, 2_000).await, ids_of(&sent[1_500..]));
}

#[tokio::test]
async fn a_new_connection_gives_no_row_twice_on_mariadb() {
    Box::pin(a_new_connection_gives_no_row_twice(Kind::MariaDb)).await;
}

#[tokio::test]
async fn a_new_connection_gives_no_row_twice_on_mysql() {
    Box::pin(a_new_connection_gives_no_row_twice(Kind::MySql)).await;
}
