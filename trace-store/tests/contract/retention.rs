//! Retention removes old rows, keeps young ones and loses none.

use std::time::Duration;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};

use super::{Shelf, on_every_database, row};
use crate::query::Query;
use crate::reader::Reader;
use crate::retention::Retention;
use crate::store::Target;

on_every_database! {
    the_archive_takes_what_is_old_and_reading_spans_both
    deleting_leaves_what_is_young
    a_run_that_broke_off_is_run_again
    a_run_that_is_given_up_is_run_again
    a_row_that_the_archive_knows_otherwise_stays
    writers_are_not_disturbed
    rows_that_may_be_on_their_way_are_never_touched
    no_more_rows_a_second_than_asked_for
}

const DAY: Duration = Duration::from_hours(24);

fn days_old(days: i64, number: i64) -> Activity<'static> {
    let micros = Timestamp::now().as_micros() - days * 86_400_000_000 + number;
    activity! {
        occurred_at: Timestamp::from_micros(micros),
        ..row(number)
    }
}

/// Stores old and young rows in mixed order.
async fn filled(shelf: &Shelf, old: i64, young: i64) -> Vec<Activity<'static>> {
    let mut rows: Vec<_> = (0..young).map(|number| days_old(29, number)).collect();
    rows.extend((0..old).map(|number| days_old(31 + number % 5, number)));
    shelf.connect().await.insert(&rows).await.expect("stored");
    rows
}

async fn count(query: Query) -> u64 {
    query.count_up_to(10_000).await.expect("a count")
}

async fn the_archive_takes_what_is_old_and_reading_spans_both(shelf: Shelf) {
    let sent = filled(&shelf, 2_400, 300).await;
    let reader = Reader::new(&shelf.url);
    let mut told = Vec::new();
    let report = Retention::archive(&shelf.url, 30 * DAY)
        .run(|so_far| told.push(so_far.rows))
        .await
        .expect("it runs");
    // The first step has a thousand rows; the size of later ones follows from its duration.
    assert_eq!((report.rows, told.first()), (2_400, Some(&1_000)));
    assert_eq!(report.steps, told.len() as u64);
    assert!(told.is_sorted() && told.last() == Some(&2_400), "{told:?}");
    assert_eq!(count(reader.query()).await, 300);
    assert_eq!(count(reader.query().with_archive()).await, 2_700);

    let mut stream = reader
        .query()
        .with_archive()
        .oldest_first()
        .limit(400)
        .stream();
    let mut seen = Vec::new();
    while let Some(row) = stream.next().await {
        seen.push(row.expect("a row").activity);
    }
    assert!(seen.is_sorted_by_key(|row| row.occurred_at));
    let mut seen: Vec<_> = seen.into_iter().map(|row| row.event_id).collect();
    let mut all: Vec<_> = sent.into_iter().map(|row| row.event_id).collect();
    seen.sort_unstable();
    all.sort_unstable();
    assert_eq!(seen, all);
}

async fn deleting_leaves_what_is_young(shelf: Shelf) {
    filled(&shelf, 1_100, 20).await;
    let report = Retention::delete(&shelf.url, 30 * DAY)
        .run(|_| ())
        .await
        .expect("it runs");
    assert_eq!(report.rows, 1_100);
    assert!(report.steps >= 2, "{report:?}");
    let reader = Reader::new(&shelf.url);
    assert_eq!(
        (
            count(reader.query()).await,
            count(reader.query().with_archive()).await
        ),
        (20, 20)
    );
    let again = Retention::delete(&shelf.url, 30 * DAY)
        .run(|_| ())
        .await
        .expect("it runs");
    assert_eq!(again.rows, 0);
}

/// A crash left some rows copied and none deleted.
async fn a_run_that_broke_off_is_run_again(shelf: Shelf) {
    filled(&shelf, 50, 5).await;
    shelf.sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity WHERE actor_id < 30 ORDER BY id").await;
    let reader = Reader::new(&shelf.url);
    let copied = walk(reader.query().with_archive()).await;
    assert_eq!(copied, 55, "a row in both tables is met once");
    Retention::archive(&shelf.url, 30 * DAY)
        .run(|_| ())
        .await
        .expect("it runs");
    assert_eq!(count(reader.query()).await, 5);
    assert_eq!(walk(reader.query().with_archive()).await, 55);
}

/// The process ended between two steps.
async fn a_run_that_is_given_up_is_run_again(shelf: Shelf) {
    filled(&shelf, 2_100, 5).await;
    let retention = Retention::archive(&shelf.url, 30 * DAY).pause_factor(1_000);
    let (told, mut steps) = tokio::sync::mpsc::unbounded_channel();
    let run = retention.run(|so_far| told.send(so_far.rows).expect("somebody listens"));
    tokio::select! {
        ended = run => panic!("it rests after the first step: {ended:?}"),
        first = steps.recv() => assert_eq!(first, Some(1_000)),
    }
    let reader = Reader::new(&shelf.url);
    assert_eq!(count(reader.query()).await, 1_105);
    let again = retention
        .pause_factor(0)
        .run(|_| ())
        .await
        .expect("it runs");
    assert_eq!(again.rows, 1_100);
    assert_eq!(count(reader.query()).await, 5);
    assert_eq!(walk(reader.query().with_archive()).await, 2_105);
}

async fn walk(query: Query) -> usize {
    let mut stream = query.limit(7).stream();
    let mut rows = 0;
    while let Some(row) = stream.next().await {
        row.expect("a row");
        rows += 1;
    }
    rows
}

async fn a_row_that_the_archive_knows_otherwise_stays(shelf: Shelf) {
    filled(&shelf, 10, 0).await;
    shelf.sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity WHERE actor_id = 3").await;
    shelf
        .sql("UPDATE operational_activity_archive SET user_agent = NULL")
        .await;
    let error = Retention::archive(&shelf.url, 30 * DAY)
        .run(|_| ())
        .await
        .expect_err("one differs");
    assert!(
        error.is_mismatch() && error.to_string().contains("stayed"),
        "{error}"
    );
    let kept = Reader::new(&shelf.url)
        .query()
        .fetch()
        .await
        .expect("a page")
        .items;
    assert_eq!(
        kept.iter()
            .map(|row| row.activity.actor_id)
            .collect::<Vec<_>>(),
        [Some(3)]
    );
}

async fn writers_are_not_disturbed(shelf: Shelf) {
    filled(&shelf, 3_000, 0).await;
    let retention = Retention::archive(&shelf.url, 30 * DAY);
    let run = tokio::spawn(async move { retention.run(|_| ()).await });
    let mut connection = shelf.connect().await;
    let mut written = 0;
    while !run.is_finished() {
        let rows: Vec<_> = (0..20).map(|number| days_old(0, number)).collect();
        connection
            .insert(&rows)
            .await
            .expect("stored, while rows are moved");
        written += 20;
    }
    assert_eq!(run.await.expect("no panic").expect("it runs").rows, 3_000);
    assert_eq!(
        Reader::new(&shelf.url)
            .query()
            .count_up_to(1_000_000)
            .await
            .expect("a count"),
        written
    );
}

async fn rows_that_may_be_on_their_way_are_never_touched(shelf: Shelf) {
    filled(&shelf, 3, 0).await;
    let error = Retention::delete(&shelf.url, 6 * DAY)
        .run(|_| ())
        .await
        .expect_err("too young");
    assert!(error.to_string().contains("seven days"), "{error}");
    assert_eq!(count(Reader::new(&shelf.url).query()).await, 3);
}

async fn no_more_rows_a_second_than_asked_for(shelf: Shelf) {
    filled(&shelf, 60, 3).await;
    let retention = Retention::archive(&shelf.url, 30 * DAY).pause_factor(0);
    let error = retention.clone().max_rows_per_second(0).run(|_| ()).await;
    let error = error.expect_err("it would never end").to_string();
    assert!(error.contains("at least 1"), "{error}");
    let report = retention.max_rows_per_second(200).run(|_| ()).await;
    let report = report.expect("it runs");
    assert_eq!(report.rows, 60);
    assert!(report.elapsed >= Duration::from_millis(300), "{report:?}");
}

/// The row changes, as in an erasure, after it was chosen and before it is deleted.
async fn a_row_that_changes_while_it_is_moved_arrives_as_it_became(kind: Kind) {
    let name = "a_row_that_changes_while_it_is_moved_arrives_as_it_became";
    let shelf = Shelf::server(kind, name).await;
    filled(&shelf, 10, 0).await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut host = options.connect().connect().await.expect("a connection");
    let change = "BEGIN; UPDATE operational_activity SET user_agent = NULL WHERE actor_id = 3";
    host.execute(raw_sql(change)).await.expect("changed");
    let retention = Retention::archive(&shelf.url, 30 * DAY);
    let moving = tokio::spawn(async move { retention.run(|_| ()).await });
    while !is_moving(kind, name) {
        assert!(!moving.is_finished(), "it waits for the row");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    host.execute(raw_sql("COMMIT")).await.expect("committed");
    let report = moving.await.expect("no panic").expect("it runs");
    assert_eq!(report.rows, 10);
    let moved = Reader::new(&shelf.url).query().with_archive().fetch().await;
    let moved = moved.expect("a page").items;
    let without: Vec<_> = moved
        .iter()
        .filter(|row| row.activity.user_agent.is_none())
        .map(|row| row.activity.actor_id)
        .collect();
    assert_eq!((moved.len(), without), (10, vec![Some(3)]));
}

/// Another maintainer deletes a whole step of rows that this one has chosen, but more rows remain.
async fn rows_that_another_keeper_deletes_are_not_the_last(kind: Kind) {
    let name = "rows_that_another_keeper_deletes_are_not_the_last";
    let shelf = Shelf::server(kind, name).await;
    filled(&shelf, 1_100, 5).await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut other = options.connect().connect().await.expect("a connection");
    let delete = "BEGIN; DELETE FROM operational_activity ORDER BY occurred_at, id LIMIT 1000";
    other.execute(raw_sql(delete)).await.expect("deleted");
    let retention = Retention::delete(&shelf.url, 30 * DAY);
    let deleting = tokio::spawn(async move { retention.run(|_| ()).await });
    let server = Server::shared(kind).expect("a server");
    let waits = || {
        let under_way = server.sql("SHOW FULL PROCESSLIST").expect("an answer");
        under_way.lines().any(|line| {
            line.contains(name) && line.contains("DELETE FROM operational_activity WHERE id IN")
        })
    };
    while !waits() {
        assert!(!deleting.is_finished(), "it waits for the rows");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.execute(raw_sql("COMMIT")).await.expect("committed");
    let report = deleting.await.expect("no panic").expect("it runs");
    assert_eq!(report.rows, 100);
    assert_eq!(count(Reader::new(&shelf.url).query()).await, 5);
}

#[tokio::test]
async fn rows_that_another_keeper_deletes_are_not_the_last_on_mariadb() {
    rows_that_another_keeper_deletes_are_not_the_last(Kind::MariaDb).await;
}

#[tokio::test]
async fn rows_that_another_keeper_deletes_are_not_the_last_on_mysql() {
    rows_that_another_keeper_deletes_are_not_the_last(Kind::MySql).await;
}

/// Returns whether rows of this database are being copied to the archive. The copy does not end while one of them is locked.
fn is_moving(kind: Kind, database: &str) -> bool {
    let server = Server::shared(kind).expect("a server");
    let under_way = server.sql("SHOW FULL PROCESSLIST").expect("an answer");
    under_way.lines().any(|line| {
        line.contains(database) && line.contains("INSERT INTO operational_activity_archive")
    })
}

#[tokio::test]
async fn a_row_that_changes_while_it_is_moved_arrives_as_it_became_on_mariadb() {
    a_row_that_changes_while_it_is_moved_arrives_as_it_became(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_row_that_changes_while_it_is_moved_arrives_as_it_became_on_mysql() {
    a_row_that_changes_while_it_is_moved_arrives_as_it_became(Kind::MySql).await;
}

#[tokio::test]
async fn the_store_in_memory_has_no_retention() {
    let retention = Retention::delete(&Shelf::memory().url, 30 * DAY);
    let error = retention.run(|_| ()).await.expect_err("no database");
    assert!(error.to_string().contains("use a database"), "{error}");
}
