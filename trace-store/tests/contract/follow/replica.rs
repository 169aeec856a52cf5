//! A follower that reads from a replica for a time, as it does while no host takes writes.

use std::time::{Duration, Instant};

use behavior_trace_servers::{Cluster, ClusterKind, Kind, Server};
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection as _, Executor as _, raw_sql};
use tokio::time::sleep;

use super::super::Connection;
use super::super::hosts::Pair;
use super::{SETTLE, SOON, Shelf, events, ids_of, next, rows, until};
use crate::follow::Follow;
use crate::reader::Reader;
use crate::store::{DatabaseUrl, Purpose, Store};

async fn what_a_replica_does_not_have_yet_comes_once(kind: Kind) {
    let pair = Pair::new(kind).await;
    comes_once(&pair, "SET GLOBAL read_only = ON").await;
}

/// The source of the replica need not be there for it to be one.
async fn what_a_replica_that_takes_writes_does_not_have_yet_comes_once(kind: Kind) {
    let pair = Pair::new(kind).await;
    comes_once(&pair, replicates(kind)).await;
}

const fn replicates(kind: Kind) -> &'static str {
    match kind {
        Kind::MariaDb => {
            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'x', MASTER_PASSWORD = 'x'; \
             START SLAVE"
        }
        Kind::MySql => {
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, SOURCE_USER = 'x', \
             SOURCE_PASSWORD = 'x'; START REPLICA"
        }
    }
}

/// The second host holds the first nine of twenty rows, as a replica does that is behind.
async fn comes_once(pair: &Pair, makes_replica: &str) {
    let sent = rows(21);
    let [primary, replica] = &pair.shelves;
    let mut connection = primary.connect().await;
    connection.insert(&sent[..20]).await.expect("stored");
    let mut behind = replica.connect().await;
    behind.insert(&sent[..9]).await.expect("stored");
    pair.servers[1].sql(makes_replica).expect("runs");

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

/// Each node of Galera takes writes, and may lack those of the others for a while.
#[tokio::test]
async fn what_a_node_of_galera_does_not_have_yet_comes_once() {
    let cluster = Cluster::start(ClusterKind::Galera).expect("a cluster");
    let right = "GRANT RELOAD ON *.* TO trace@'%'";
    cluster.nodes()[1].sql(right).expect("granted");
    comes_once_from(&cluster, "FLUSH TABLES WITH READ LOCK").await;
}

#[tokio::test]
async fn what_another_primary_of_a_group_has_not_applied_yet_comes_once() {
    let cluster = Cluster::start(ClusterKind::GroupReplication).expect("a cluster");
    let all = "SELECT group_replication_switch_to_multi_primary_mode()";
    cluster.nodes()[0].sql(all).expect("switched");
    comes_once_from(&cluster, "LOCK TABLES operational_activity READ").await;
}

/// The second node holds nine of twenty rows when the first one is lost, because a lock keeps it from applying the others.
async fn comes_once_from(cluster: &Cluster, lock: &'static str) {
    const NAME: &str = "follow_cluster";
    let nodes = cluster.nodes();
    let url = cluster.database(NAME).expect("a database");
    // The third node only makes a majority.
    let both = url.replace(&format!(",{}", nodes[2].address()), "");
    let both = both.parse().expect("a good URL");
    let shelf = Shelf::on(&nodes[0], NAME).await;
    let sent = rows(21);
    let mut connection = shelf.connect().await;
    connection.insert(&sent[..9]).await.expect("stored");
    let count = format!("SELECT COUNT(*) = 9 FROM {NAME}.operational_activity");
    until_true(&nodes[1], &count).await;
    let mut session = MySqlConnection::connect(&cluster.url_of(1, NAME)).await;
    let session = session.as_mut().expect("a session");
    session.execute(raw_sql(lock)).await.expect("locked");
    connection.insert(&sent[9..20]).await.expect("stored");
    let mut follow = Reader::new(&both)
        .follow()
        .after_id(0)
        .poll_interval(Duration::from_millis(5));
    assert_eq!(events(&mut follow, 20).await, ids_of(&sent[..20]));

    nodes[0].kill().expect("killed");
    until_true(&nodes[1], "SELECT NOT @@GLOBAL.read_only").await;
    until_it_reads_from(&mut follow, &nodes[1]).await;
    until_true(&nodes[1], &count).await;
    session
        .execute(raw_sql("UNLOCK TABLES"))
        .await
        .expect("unlocked");
    let url = cluster.url_of(1, NAME).parse().expect("a good URL");
    let mut connection = insert_into(&url).await;
    connection.insert(&sent[20..]).await.expect("stored");
    let row = next(&mut follow).await.expect("a row");
    assert_eq!(row.activity.event_id, sent[20].event_id, "row {}", row.id);
    assert_eq!(follow.started_over(), 0);
}

async fn insert_into(url: &DatabaseUrl) -> Connection {
    let purpose = Purpose::Writer {
        statement_timeout: SOON,
    };
    let session = Store::open(url).connect(purpose).await;
    session.expect("a session")
}

async fn until_true(server: &Server, question: &str) {
    let begun = Instant::now();
    while server.sql(question).expect("it answers").trim() != "1" {
        assert!(begun.elapsed() < SOON, "{question}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// A replica shows what the primary had, so one comparison after a connection was opened is enough.
async fn a_replica_is_compared_once_a_connection(kind: Kind) {
    let server = Server::builder(kind).start().expect("a server");
    let shelf = Shelf::on(&server, "compared_once").await;
    let mut connection = shelf.connect().await;
    connection.insert(&rows(9)).await.expect("stored");
    server.sql("SET GLOBAL read_only = ON").expect("runs");
    let reader = Reader::new(&shelf.url);
    let mut follow = reader.follow().after_id(0);
    assert_eq!(follow.poll_once().await.expect("the rows").len(), 9);
    // Of two queries at a time, one opens a connection.
    let (one, other) = (reader.query().limit(1), reader.query().limit(1));
    let both = tokio::join!(one.fetch(), other.fetch());
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert!(follow.poll_once().await.expect("no row").is_empty());
    // The client that asks may send a statement too.
    let (earlier, before) = (selects(&server), selects(&server));
    for _ in 0..5 {
        assert!(follow.poll_once().await.expect("no row").is_empty());
    }
    // The gaps are closed, so a poll without news costs one statement.
    assert_eq!(selects(&server) - before, 5 + (before - earlier));
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
    use super::Kind::MariaDb;

    #[tokio::test]
    async fn what_a_replica_does_not_have_yet_comes_once() {
        super::what_a_replica_does_not_have_yet_comes_once(MariaDb).await;
    }

    #[tokio::test]
    async fn what_a_replica_that_takes_writes_does_not_have_yet_comes_once() {
        super::what_a_replica_that_takes_writes_does_not_have_yet_comes_once(MariaDb).await;
    }

    #[tokio::test]
    async fn a_replica_is_compared_once_a_connection() {
        Box::pin(super::a_replica_is_compared_once_a_connection(MariaDb)).await;
    }
}

mod mysql {
    use super::Kind::MySql;

    #[tokio::test]
    async fn what_a_replica_does_not_have_yet_comes_once() {
        super::what_a_replica_does_not_have_yet_comes_once(MySql).await;
    }

    #[tokio::test]
    async fn what_a_replica_that_takes_writes_does_not_have_yet_comes_once() {
        super::what_a_replica_that_takes_writes_does_not_have_yet_comes_once(MySql).await;
    }

    #[tokio::test]
    async fn a_replica_is_compared_once_a_connection() {
        Box::pin(super::a_replica_is_compared_once_a_connection(MySql)).await;
    }
}
