//! A follower that reads from a replica for a time, as it does while no host takes writes.

use std::time::{Duration, Instant};

use behavior_trace_servers::{Kind, Server};

use super::super::hosts::Pair;
use super::{SETTLE, SOON, events, ids_of, next, rows, until};
use crate::follow::Follow;
use crate::reader::Reader;

/// The second host holds the first nine of twenty rows, as a replica does that is behind.
async fn what_a_replica_does_not_have_yet_comes_once(kind: Kind) {
    let pair = Pair::new(kind).await;
    let sent = rows(21);
    let [primary, replica] = &pair.shelves;
    let mut connection = primary.connect().await;
    connection.insert(&sent[..20]).await.expect("stored");
    let mut behind = replica.connect().await;
    behind.insert(&sent[..9]).await.expect("stored");
    pair.read_only(1, "ON");

    let mut follow = Reader::new(&pair.both)
        .follow()
        .after_id(0)
        .poll_interval(Duration::from_millis(5));
    assert_eq!(events(&mut follow, 20).await, ids_of(&sent[..20]));
    pair.servers[0].kill().expect("killed");
    until_it_reads_from(&mut follow, &pair.servers[1]).await;
    pair.servers[0].restart().expect("there again");
    pair.servers[1].kill().expect("killed");

    let mut connection = primary.connect().await;
    connection.insert(&sent[20..]).await.expect("stored");
    let row = next(&mut follow).await.expect("a row");
    assert_eq!(row.activity.event_id, sent[20].event_id, "row {}", row.id);
    assert_eq!(follow.started_over(), 0);
}

/// Polls until the follower has read from a server many times. No row may come meanwhile.
async fn until_it_reads_from(follow: &mut Follow, server: &Server) {
    let before = selects(server);
    let begun = Instant::now();
    let mut looked = Instant::now();
    let mut reads = 0;
    while reads < 30 {
        assert!(begun.elapsed() < SOON, "it reads from the replica");
        until(follow, |_| looked.elapsed() > SETTLE).await;
        looked = Instant::now();
        reads = selects(server) - before;
    }
}

/// Returns the number of SELECT statements that a server has run.
fn selects(server: &Server) -> u64 {
    let said = server.sql("SHOW GLOBAL STATUS LIKE 'Com_select'");
    let said = said.expect("it answers");
    let count = said
        .split_whitespace()
        .last()
        .and_then(|count| count.parse().ok());
    count.expect("a number")
}

mod mariadb {
    #[tokio::test]
    async fn what_a_replica_does_not_have_yet_comes_once() {
        super::what_a_replica_does_not_have_yet_comes_once(super::Kind::MariaDb).await;
    }
}

mod mysql {
    #[tokio::test]
    async fn what_a_replica_does_not_have_yet_comes_once() {
        super::what_a_replica_does_not_have_yet_comes_once(super::Kind::MySql).await;
    }
}
