//! Several writers whose commits are in another order than their ids, and several followers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use behavior_trace_core::Activity;
use behavior_trace_servers::{Kind, Server};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::in_flight::{begun, ended};
use super::{
    BRIEF, Follow, Shelf, events, follow, ids_of, on_every_database, row, rows, until_settled,
};
use crate::store::Target;

const WRITERS: usize = 4;
const ROWS: usize = 500;
const FOLLOWERS: usize = 3;

on_every_database! { every_follower_sees_every_row_of_every_writer_once }

async fn every_follower_sees_every_row_of_every_writer_once(shelf: Shelf) {
    let shelf = Arc::new(shelf);
    let busy = Arc::new(AtomicUsize::new(WRITERS));
    let mut followers = JoinSet::new();
    for number in 0..FOLLOWERS {
        let mut follow = follow(&shelf).after_id(0);
        if number == 0 {
            follow = follow.resource_type("User");
        }
        followers.spawn(followed(follow, Arc::clone(&busy)));
    }
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (shelf, busy) = (Arc::clone(&shelf), Arc::clone(&busy));
        writers.spawn(async move {
            let stored = written(&shelf).await;
            busy.fetch_sub(1, Ordering::SeqCst);
            stored
        });
    }
    let stored: BTreeSet<Uuid> = writers.join_all().await.into_iter().flatten().collect();
    assert!(stored.len() > WRITERS * ROWS / 2);
    for seen in followers.join_all().await {
        let once: BTreeSet<Uuid> = seen.iter().copied().collect();
        let missed = stored.difference(&once).count();
        assert_eq!((missed, seen.len()), (0, stored.len()), "missed, seen");
    }
}

/// Follows until all writers have ended and no id is open any more.
async fn followed(mut follow: Follow, busy: Arc<AtomicUsize>) -> Vec<Uuid> {
    let mut seen = Vec::new();
    loop {
        let is_last = busy.load(Ordering::SeqCst) == 0;
        match timeout(BRIEF * 5, follow.next()).await {
            Ok(row) => seen.push(row.expect("a row").activity.event_id),
            Err(_) if is_last => {
                let position = follow.position();
                if position.settled_id() == Some(position.newest_id()) {
                    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
                    return seen;
                }
            }
            Err(_) => {}
        }
    }
}

/// Stores rows in transactions of random size and duration, and returns those that were committed.
async fn written(shelf: &Shelf) -> Vec<Uuid> {
    let mut stored = Vec::new();
    let mut rest = ROWS;
    while rest > 0 {
        let [size, wait, fate, ..] = *Uuid::new_v4().as_bytes();
        let size = rest.min(1 + usize::from(size) % 20);
        rest -= size;
        let rows: Vec<_> = (0..size).map(|_| row(7)).collect();
        let wait = Duration::from_millis(u64::from(wait) % 40);
        if store(shelf, &rows, wait, fate > 30).await {
            stored.extend(rows.iter().map(|row| row.event_id));
        }
    }
    stored
}

/// Returns whether the rows were committed. SQLite has one writer at a time.
async fn store(shelf: &Shelf, rows: &[Activity<'_>], wait: Duration, commits: bool) -> bool {
    if let Target::MySql(_) = &shelf.url.0 {
        let mut transaction = begun(shelf, rows).await;
        sleep(wait).await;
        let end = if commits { "COMMIT" } else { "ROLLBACK" };
        ended(&mut transaction, end).await;
        return commits;
    }
    sleep(wait).await;
    let mut connection = shelf.connect().await;
    connection.insert(rows).await.expect("stored");
    true
}

/// As on a cluster, where the ids between two of one server may belong to the others.
async fn ids_that_a_wide_increment_skips_are_given_up(kind: Kind) {
    const ROWS: i64 = 3_000;
    let server = Server::builder(kind).arg("--auto-increment-increment=7");
    let server = server.start().expect("a server of its own");
    let shelf = Shelf::on(&server, "ids_that_a_wide_increment_skips").await;
    let mut follow = follow(&shelf).after_id(0);
    let mut connection = shelf.connect().await;
    let sent = rows(ROWS);
    for sent in sent.chunks(1_000) {
        connection.insert(sent).await.expect("stored");
        assert_eq!(events(&mut follow, sent.len()).await, ids_of(sent));
    }
    until_settled(&mut follow).await;
    assert_eq!((follow.gaps_given_up(), follow.passed_over()), (0, 0));
    let position = follow.position();
    assert!(position.newest_id() > 6 * ROWS.unsigned_abs(), "{position}");
}

#[tokio::test]
async fn ids_that_a_wide_increment_skips_are_given_up_on_mariadb() {
    ids_that_a_wide_increment_skips_are_given_up(Kind::MariaDb).await;
}

#[tokio::test]
async fn ids_that_a_wide_increment_skips_are_given_up_on_mysql() {
    ids_that_a_wide_increment_skips_are_given_up(Kind::MySql).await;
}
