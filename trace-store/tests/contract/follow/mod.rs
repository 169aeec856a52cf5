//! A follower gives every row once, in the order of storing, whatever the order of the commits.

mod anew;
pub(super) mod in_flight;
mod replica;
mod restart;
mod writers;

use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::time::timeout;
use tokio_stream::StreamExt as _;
use uuid::Uuid;

use super::{Dialect, Shelf, on_every_database, on_every_store, row, rows};
use crate::follow::{Follow, FollowPosition};
use crate::query::{QueryError, StoredActivity};
use crate::reader::Reader;

on_every_store! {
    rows_come_once_in_the_order_of_storing
    a_follower_begins_at_the_end_of_the_table
    only_rows_that_meet_the_filter_are_followed
    a_position_goes_on_where_it_stopped
    a_position_of_another_follower_is_refused
}

mod gone {
    use super::{
        Shelf, a_position_of_another_table_is_refused, on_every_database,
        rows_that_retention_took_are_counted,
    };

    on_every_database! {
        rows_that_retention_took_are_counted
        a_position_of_another_table_is_refused
    }
}

/// Time within which a row that is there has to come.
const SOON: Duration = Duration::from_secs(30);
/// Time for some polls.
const BRIEF: Duration = Duration::from_millis(20);
const SETTLE: Duration = Duration::from_millis(200);

fn follow(shelf: &Shelf) -> Follow {
    Reader::new(&shelf.url)
        .follow()
        .settle_delay(SETTLE)
        .poll_interval(Duration::from_millis(5))
}

async fn next(follow: &mut Follow) -> Result<StoredActivity, QueryError> {
    timeout(SOON, follow.next()).await.expect("a row in time")
}

async fn events(follow: &mut Follow, count: usize) -> Vec<Uuid> {
    let mut events = Vec::new();
    while events.len() < count {
        let row = next(follow).await.expect("a row");
        events.push(row.activity.event_id);
    }
    events
}

/// Polls until a condition holds, during which no row may come.
async fn until(follow: &mut Follow, holds: impl Fn(&Follow) -> bool) {
    let polling = async {
        while !holds(follow) {
            if let Ok(row) = timeout(BRIEF, follow.next()).await {
                panic!("a row came: {row:?}");
            }
        }
    };
    timeout(SOON, polling).await.expect("it holds in time");
}

/// Polls until nothing before the newest row can appear any more.
async fn until_settled(follow: &mut Follow) {
    until(follow, |follow| {
        let position = follow.position();
        position.settled_id() >= Some(position.newest_id())
    })
    .await;
}

fn ids_of(rows: &[Activity<'_>]) -> Vec<Uuid> {
    rows.iter().map(|row| row.event_id).collect()
}

async fn rows_come_once_in_the_order_of_storing(shelf: Shelf) {
    let sent = rows(2_300);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..2_100]).await.expect("stored");
    let mut follow = follow(&shelf).after_id(0);
    assert_eq!(events(&mut follow, 2_100).await, ids_of(&sent[..2_100]));
    connection.insert(&sent[..2_200]).await.expect("stored");
    assert_eq!(
        events(&mut follow, 100).await,
        ids_of(&sent[2_100..2_200]),
        "the others were stored before"
    );
    connection.insert(&sent[2_200..]).await.expect("stored");
    let rest: Vec<_> = (&mut follow).take(100).collect().await;
    let event = |row: Result<StoredActivity, _>| row.expect("a row").activity.event_id;
    let rest: Vec<_> = rest.into_iter().map(event).collect();
    assert_eq!(rest, ids_of(&sent[2_200..]));
    until_settled(&mut follow).await;
    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
}

async fn a_follower_begins_at_the_end_of_the_table(shelf: Shelf) {
    let sent = rows(5);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..3]).await.expect("stored");
    let mut follow = follow(&shelf);
    assert_eq!(follow.position().settled_id(), None);
    until(&mut follow, |follow| {
        follow.position().settled_id() == Some(3)
    })
    .await;
    connection.insert(&sent[3..]).await.expect("stored");
    assert_eq!(events(&mut follow, 2).await, ids_of(&sent[3..]));
}

async fn only_rows_that_meet_the_filter_are_followed(shelf: Shelf) {
    let mut sent = rows(2_500);
    for (number, row) in sent.iter_mut().enumerate() {
        if number % 100 == 7 {
            row.action = "rare.update".into();
        }
    }
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..1_200]).await.expect("stored");
    let mut follow = follow(&shelf).action_prefix("rare.").after_id(0);
    let rare = sent.iter().filter(|row| row.action == "rare.update");
    let rare: Vec<_> = rare.map(|row| row.event_id).collect();
    assert_eq!(events(&mut follow, 12).await, rare[..12]);
    connection.insert(&sent[1_200..]).await.expect("stored");
    assert_eq!(events(&mut follow, 13).await, rare[12..]);
    // Rows that the filter does not admit move the position too.
    until(&mut follow, |follow| {
        follow.position().settled_id() >= Some(2_500)
    })
    .await;
}

async fn a_position_goes_on_where_it_stopped(shelf: Shelf) {
    let sent = rows(40);
    let mut connection = shelf.connect().await;
    connection.insert(&sent).await.expect("stored");
    let mut seen = Vec::new();
    let mut text = follow(&shelf).after_id(0).position().to_string();
    while seen.len() < 40 {
        let position: FollowPosition = text.parse().expect("our own");
        let mut follow = follow(&shelf).after(position);
        // More rows were read than are given.
        seen.extend(events(&mut follow, 8).await);
        text = follow.position().to_string();
    }
    assert_eq!(seen, ids_of(&sent));
}

async fn a_position_of_another_follower_is_refused(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.insert(&rows(5)).await.expect("stored");
    let mut of_users = follow(&shelf).resource_type("User").after_id(0);
    events(&mut of_users, 2).await;
    let position = of_users.position();
    let mut other = follow(&shelf).after(position.clone());
    let error = next(&mut other).await.expect_err("another filter");
    assert!(error.is_position() && !error.is_transient(), "{error}");
    let error = next(&mut other).await.expect_err("it has ended");
    assert!(error.to_string().contains("ended"), "{error}");

    let forged = position.to_string().replacen("1-2-", "1-4-", 1);
    let forged: FollowPosition = forged.parse().expect("well formed");
    let mut follow = follow(&shelf).resource_type("User").after(forged);
    let error = next(&mut follow).await.expect_err("forged");
    assert!(error.is_position(), "{error}");
}

async fn a_position_of_another_table_is_refused(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    connection.insert(&rows(9)).await.expect("stored");
    let mut first = follow(&shelf).after_id(0);
    events(&mut first, 9).await;
    let position = first.position();
    let is_refused = async || {
        let mut follow = follow(&shelf).after(position.clone());
        let error = next(&mut follow).await.expect_err("another table");
        assert!(error.to_string().contains("another table"), "{error}");
    };
    shelf
        .sql("DELETE FROM operational_activity WHERE id < 9")
        .await;
    shelf
        .sql("UPDATE operational_activity SET event_id = 'fa0dcf5a-6f1f-4a4e-8a83-6d6a0a6ad22c'")
        .await;
    is_refused().await;
    truncate(&shelf).await;
    is_refused().await;
    connection.insert(&rows(4)).await.expect("stored");
    is_refused().await;
}

pub(super) async fn truncate(shelf: &Shelf) {
    match shelf.dialect() {
        Dialect::Sqlite => {
            shelf
                .sql("DELETE FROM operational_activity; DELETE FROM sqlite_sequence")
                .await;
        }
        _ => shelf.sql("TRUNCATE TABLE operational_activity").await,
    }
}

async fn rows_that_retention_took_are_counted(shelf: Shelf) {
    let sent = rows(10);
    let mut connection = shelf.connect().await;
    connection.insert(&sent).await.expect("stored");
    shelf
        .sql("DELETE FROM operational_activity WHERE actor_id < 6")
        .await;
    let mut late = follow(&shelf).after_id(3);
    assert_eq!(events(&mut late, 4).await, ids_of(&sent[6..]));
    until(&mut late, |follow| follow.passed_over() == 3).await;
    until_settled(&mut late).await;
    assert_eq!((late.passed_over(), late.gaps_given_up()), (3, 0));

    let mut from_start = follow(&shelf).after_id(0);
    assert_eq!(events(&mut from_start, 4).await, ids_of(&sent[6..]));
    until_settled(&mut from_start).await;
    assert_eq!(from_start.passed_over(), 0);
}

mod once {
    use super::{
        Shelf, a_poll_on_request_gives_what_is_there_and_no_more,
        a_poll_that_ends_before_the_table_has_more, on_every_store,
    };

    on_every_store! {
        a_poll_on_request_gives_what_is_there_and_no_more
        a_poll_that_ends_before_the_table_has_more
    }
}

async fn a_poll_that_ends_before_the_table_has_more(shelf: Shelf) {
    let mut stored = rows(1_500);
    stored[1_499].resource = "Rare".into();
    shelf.connect().await.insert(&stored).await.expect("stored");
    let mut rare = follow(&shelf).after_id(0).resource_type("Rare");
    assert_eq!((rare.highest_id(), rare.has_more()), (0, false));
    assert!(rare.poll_once().await.expect("others").is_empty());
    assert!(rare.has_more() && rare.highest_id() < 1_500);
    assert_eq!(rare.poll_once().await.expect("the row").len(), 1);
    assert_eq!((rare.highest_id(), rare.has_more()), (1_500, false));
}

async fn a_poll_on_request_gives_what_is_there_and_no_more(shelf: Shelf) {
    let mut follow = follow(&shelf);
    assert!(follow.poll_once().await.expect("no row yet").is_empty());
    let stored = rows(3);
    shelf.connect().await.insert(&stored).await.expect("stored");
    let given = follow.poll_once().await.expect("the rows");
    let given: Vec<_> = given.iter().map(|row| row.activity.event_id).collect();
    let expected: Vec<_> = stored.iter().map(|row| row.event_id).collect();
    assert_eq!(given, expected);
    assert!(follow.poll_once().await.expect("no more").is_empty());
    let last = Reader::new(&shelf.url).last_id().await.expect("an id");
    assert_eq!(follow.position().newest_id(), last);
}
