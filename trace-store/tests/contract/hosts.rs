//! A URL with several hosts leads to the one that takes writes.

use std::time::Duration;

use behavior_trace_servers::{Cluster, ClusterKind, Kind, Server};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{Connection, ErrorClass, Shelf, row};
use crate::store::{DatabaseUrl, Purpose, Store, StoreError};

const WRITER: Purpose = Purpose::Writer {
    statement_timeout: Duration::from_secs(5),
};

/// A host that hangs is given up after 3 s.
const LESS_THAN_A_HOST_MAY_TAKE: Duration = Duration::from_millis(2500);

/// Two servers with the same table, and a URL that names both.
pub(super) struct Pair {
    pub(super) servers: [Server; 2],
    pub(super) shelves: [Shelf; 2],
    pub(super) both: DatabaseUrl,
}

impl Pair {
    pub(super) async fn new(kind: Kind) -> Self {
        let start = || Server::builder(kind).start().expect("a server");
        let servers = [start(), start()];
        let shelves = [
            Shelf::on(&servers[0], "hosts").await,
            Shelf::on(&servers[1], "hosts").await,
        ];
        let [one, two] = servers.each_ref().map(Server::address);
        let both = servers[0]
            .url("hosts")
            .replace(&one, &format!("{one},{two}"));
        let both = both.parse().expect("a good URL");
        Self {
            servers,
            shelves,
            both,
        }
    }

    pub(super) fn read_only(&self, server: usize, value: &str) {
        let text = format!("SET GLOBAL read_only = {value}");
        self.servers[server].sql(&text).expect("runs");
    }

    async fn connect(&self, purpose: Purpose) -> Result<Connection, StoreError> {
        Store::open(&self.both).connect(purpose).await
    }

    async fn counts(&self) -> [usize; 2] {
        let [one, two] = &self.shelves;
        [one.stored().await.len(), two.stored().await.len()]
    }
}

async fn writes_go_to_the_host_that_takes_them(kind: Kind) {
    let pair = Pair::new(kind).await;
    pair.read_only(0, "ON");
    let mut connection = pair.connect(WRITER).await.expect("the second takes writes");
    connection.insert(&[row(0)]).await.expect("stored");
    assert_eq!(pair.counts().await, [0, 1]);

    // A failover: the two change places under the open connection.
    pair.read_only(0, "OFF");
    pair.read_only(1, "ON");
    let refused = connection.insert(&[row(1)]).await.expect_err("read-only");
    assert_eq!(refused.class(), ErrorClass::ReadOnly);
    let mut connection = pair.connect(WRITER).await.expect("the first takes writes");
    connection.insert(&[row(1)]).await.expect("stored");
    assert_eq!(pair.counts().await, [1, 1]);

    pair.servers[1].kill().expect("killed");
    pair.connect(WRITER).await.expect("one is enough");
}

async fn no_host_that_takes_writes_is_said_with_the_reason_of_each(kind: Kind) {
    let pair = Pair::new(kind).await;
    pair.read_only(0, "ON");
    pair.servers[1].kill().expect("killed");
    let error = pair.connect(WRITER).await.map(|_| ()).expect_err("none");
    assert_eq!(error.class(), ErrorClass::ReadOnly);
    let text = error.to_string();
    for server in &pair.servers {
        assert!(text.contains(&server.address()), "{text}");
    }
    assert!(text.contains("is read-only"), "{text}");
    pair.connect(Purpose::Reader).await.expect("it can be read");
}

/// Returns the sum of a number that each server of a pair counts.
fn status(pair: &Pair, name: &str) -> u64 {
    let of = |server: &Server| {
        let shown = server.sql(&format!("SHOW GLOBAL STATUS LIKE '{name}'"));
        let shown = shown.expect("an answer");
        let (_, number) = shown.trim().split_once('\t').expect("a number");
        number.parse::<u64>().expect("a number")
    };
    pair.servers.iter().map(of).sum()
}

async fn a_reader_ends_the_sessions_of_all_hosts_but_the_one_that_it_keeps(kind: Kind) {
    let pair = Pair::new(kind).await;
    pair.read_only(0, "ON");
    pair.read_only(1, "ON");
    let (cut, open) = (
        status(&pair, "Aborted_clients"),
        status(&pair, "Threads_connected"),
    );
    let reader = pair.connect(Purpose::Reader).await.expect("it can be read");
    let ended = async {
        while status(&pair, "Threads_connected") != open + 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), ended)
        .await
        .expect("ended");
    assert_eq!(status(&pair, "Aborted_clients"), cut);
    drop(reader);
}

/// The first host takes connections and never answers; the caller gives up before the second is asked.
async fn a_call_given_up_while_a_host_hangs_is_followed_by_one_to_the_next_host(kind: Kind) {
    let server = Server::shared(kind).expect("a server");
    let shelf = Shelf::on(server, "hosts_one_hangs").await;
    let hanging = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let both = format!(
        "{},{}",
        hanging.local_addr().expect("an address"),
        server.address()
    );
    let url = server
        .url("hosts_one_hangs")
        .replace(&server.address(), &both);
    let store = Store::open(&url.parse().expect("a good URL"));
    let connecting = store.connect(WRITER);
    tokio::select! {
        _ = connecting => panic!("the first host does not answer"),
        accepted = hanging.accept() => drop(accepted.expect("a connection")),
    }
    let mut connection = store.connect(WRITER).await.expect("the second answers");
    connection.insert(&[row(0)]).await.expect("stored");
    assert_eq!(shelf.stored().await.len(), 1);
    let again = tokio::time::timeout(Duration::ZERO, hanging.accept()).await;
    again.expect_err("the hanging host was asked once");
}

/// Returns a store with a host that takes connections and never answers, before a server.
async fn behind_a_hanging_host(server: &Server, database: &str) -> (TcpListener, Store) {
    let hanging = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let both = format!(
        "{},{}",
        hanging.local_addr().expect("an address"),
        server.address()
    );
    let url = server.url(database).replace(&server.address(), &both);
    (hanging, Store::open(&url.parse().expect("a good URL")))
}

async fn a_host_that_hangs_does_not_hold_up_the_next(kind: Kind) {
    let server = Server::shared(kind).expect("a server");
    let _shelf = Shelf::on(server, "hosts_next").await;
    let (_hanging, store) = behind_a_hanging_host(server, "hosts_next").await;
    let connected = timeout(LESS_THAN_A_HOST_MAY_TAKE, store.connect(WRITER)).await;
    connected.expect("in time").expect("the second answers");
}

/// Returns the number of connections that a server has had, with that of the question.
fn sessions_so_far(server: &Server) -> u64 {
    let status = server.sql("SHOW GLOBAL STATUS LIKE 'Connections'");
    let status = status.expect("an answer");
    let (_, number) = status.trim().split_once('\t').expect("a number");
    number.parse().expect("a number")
}

async fn a_host_that_turns_writable_is_found_while_another_hangs(kind: Kind) {
    let server = Server::start(kind).expect("a server");
    let _shelf = Shelf::on(&server, "hosts_turns").await;
    server.sql("SET GLOBAL read_only = ON").expect("runs");
    let (_hanging, store) = behind_a_hanging_host(&server, "hosts_turns").await;
    let asked = || sessions_so_far(&server);
    let before = asked();
    let turn = async {
        // Each question is a session too; one more is the store's.
        let mut questions = 1;
        while asked() <= before + questions {
            questions += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server.sql("SET GLOBAL read_only = OFF").expect("runs");
    };
    let connected = async {
        let connected = timeout(LESS_THAN_A_HOST_MAY_TAKE, store.connect(WRITER)).await;
        connected.expect("in time").expect("it takes writes now");
    };
    tokio::join!(connected, turn);
}

/// The first host takes connections, and lets every write wait: a node without a quorum that has not been told.
async fn a_host_whose_session_was_lost_is_asked_last(kind: Kind) {
    let pair = Pair::new(kind).await;
    let store = Store::open(&pair.both);
    let mut connection = store.connect(WRITER).await.expect("the first answers");
    connection.insert(&[row(0)]).await.expect("stored");
    drop(connection);
    let mut connection = store.connect(WRITER).await.expect("the second answers");
    connection.insert(&[row(1)]).await.expect("stored");
    assert_eq!(pair.counts().await, [1, 1]);

    connection.close().await.expect("closed");
    let mut connection = store.connect(WRITER).await.expect("the second answers");
    connection.insert(&[row(2)]).await.expect("stored");
    assert_eq!(pair.counts().await, [1, 2]);
}

/// A node that is cut off the others answers, and shows itself as writable.
#[tokio::test]
async fn a_node_of_galera_that_is_cut_off_is_passed_over() {
    let cluster = Cluster::start(ClusterKind::Galera).expect("a cluster");
    let url = cluster.database("hosts_galera").expect("a database");
    let node = &cluster.nodes()[0];
    let _shelf = Shelf::on(node, "hosts_galera").await;
    let isolate = "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'";
    node.sql(isolate).expect("runs");
    let ready = || {
        node.sql("SHOW STATUS LIKE 'wsrep_ready'")
            .expect("an answer")
    };
    while ready().trim().ends_with("ON") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let store = Store::open(&url.parse().expect("a good URL"));
    let mut connection = store.connect(WRITER).await.expect("another takes writes");
    connection.insert(&[row(0)]).await.expect("stored");
}

macro_rules! on_pairs {
    ($($check:ident)*) => {
        mod mariadb { $(#[tokio::test] async fn $check() { super::$check(super::Kind::MariaDb).await; })* }
        mod mysql { $(#[tokio::test] async fn $check() { super::$check(super::Kind::MySql).await; })* }
    };
}
on_pairs! {
    a_host_that_hangs_does_not_hold_up_the_next
    a_host_that_turns_writable_is_found_while_another_hangs
    a_host_whose_session_was_lost_is_asked_last
    a_call_given_up_while_a_host_hangs_is_followed_by_one_to_the_next_host
    writes_go_to_the_host_that_takes_them
    no_host_that_takes_writes_is_said_with_the_reason_of_each
    a_reader_ends_the_sessions_of_all_hosts_but_the_one_that_it_keeps
}
