//! Order of writes and answers on a connection: no two writes before an answer, and nothing that the query does not need.
//!
//! The driver leaves the kernel's delay of small segments on (sqlx 0.9.0 does not set `TCP_NODELAY`). A second write waits
//! until the first is acknowledged, which the server delays by 40 ms if it has nothing to answer.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use behavior_trace_core::Activity;
use behavior_trace_core::activity;
use behavior_trace_servers::{Kind, Server};
use url::Url;

use super::{Shelf, row};
use crate::query::Query;
use crate::reader::Reader;
use crate::store::DatabaseUrl;

/// One piece of the traffic on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Client(usize),
    Server(usize),
}

/// A relay between client and server that records the traffic.
struct Relay {
    /// URL of the database through the relay.
    url: DatabaseUrl,
    heard: Arc<Mutex<Vec<Vec<Piece>>>>,
}

impl Relay {
    fn before_server(server: &Server, database: &str) -> Self {
        let mut url: Url = server.url(database).parse().expect("a URL");
        let server = format!("127.0.0.1:{}", url.port().expect("a port"));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Arc::<Mutex<Vec<Vec<Piece>>>>::default();
        let ours = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&server).expect("the server listens");
                let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
                let mut each = ours.lock().unwrap_or_else(PoisonError::into_inner);
                let number = each.len();
                each.push(Vec::new());
                drop(each);
                for (from, to, piece) in [
                    (&client, &server, Piece::Client as fn(usize) -> Piece),
                    (&server, &client, Piece::Server),
                ] {
                    let from = from.try_clone().expect("another handle");
                    let to = to.try_clone().expect("another handle");
                    let heard = Arc::clone(&ours);
                    let hear = move |length| {
                        let mut each = heard.lock().unwrap_or_else(PoisonError::into_inner);
                        each[number].push(piece(length));
                    };
                    thread::spawn(move || pump(from, to, hear));
                }
            }
        });
        url.set_port(Some(address.port())).expect("a port");
        let url = url.as_str().parse().expect("a good URL");
        Self { url, heard }
    }

    /// Returns the pairs of writes without an answer in between on the first connection, after its first `connected` pieces.
    fn twice_since(&self, connected: usize) -> Vec<Vec<Piece>> {
        let twice = |pair: &&[Piece]| matches!(pair, [Piece::Client(_), Piece::Client(_)]);
        let heard = self.heard();
        let twice = heard[0][connected..].windows(2).filter(twice);
        twice.map(<[Piece]>::to_vec).collect()
    }

    fn heard(&self) -> MutexGuard<'_, Vec<Vec<Piece>>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, hear: impl Fn(usize)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        hear(length);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

/// A number of different queries that exceeds the prepared statements of a connection.
const QUESTIONS: u32 = 32;

/// Returns a query with a filter for each bit of the number. Each filter matches this row.
fn question(reader: &Reader, number: u32, row: &Activity<'_>) -> Query {
    let mut query = reader.query();
    let has = |bit: u32| number & 1 << bit != 0;
    let text =
        |text: &Option<std::borrow::Cow<'_, str>>| text.clone().unwrap_or_default().into_owned();
    if has(0) {
        query = query.resource("User", text(&row.resource_id));
    }
    if has(1) {
        query = query.correlation_id(text(&row.correlation_id));
    }
    if has(2) {
        query = query.action_prefix("user.");
    }
    if has(3) {
        query = query.since(row.occurred_at);
    }
    if has(4) {
        query = query.payload_key("number");
    }
    query
}

async fn a_reader_never_writes_twice_before_an_answer(kind: Kind) {
    let server = Server::start(kind).expect("a server");
    let name = "a_reader_never_writes_twice_before_an_answer";
    let shelf = Shelf::on(&server, name).await;
    let rows: Vec<_> = (0..40).map(row).collect();
    let stored = shelf.connect_as_writer().await.insert(&rows).await;
    stored.expect("stored");
    let relay = Relay::before_server(&server, name);
    let reader = Reader::new(&relay.url);
    // Connecting is exempt, because the driver's handshake writes twice.
    reader.query().fetch().await.expect("a page");
    let connected = relay.heard()[0].len();
    for number in (0..QUESTIONS).chain(0..QUESTIONS) {
        let row = &rows[usize::try_from(number).expect("small")];
        let page = question(&reader, number, row).fetch().await;
        let page = page.unwrap_or_else(|error| panic!("{kind}, question {number}: {error}"));
        let is_it = |found: &Activity<'_>| found.event_id == row.event_id;
        assert!(
            page.items.iter().any(|found| is_it(&found.activity)),
            "{kind}, question {number}: it is not found"
        );
    }
    assert_eq!(
        relay.heard().len(),
        1,
        "{kind}: one reads, and needs one connection"
    );
    let twice = relay.twice_since(connected);
    assert!(twice.is_empty(), "{kind}: {twice:?}");
}

/// Sends batches of all sizes, with rows of all sizes that fit into a TLS record.
#[tokio::test]
async fn a_writer_never_writes_twice_before_an_answer_over_tls_on_this_machine() {
    let server = Server::start(Kind::MySql).expect("a server");
    let name = "a_writer_never_writes_twice_before_an_answer";
    let shelf = Shelf::on(&server, name).await;
    let relay = Relay::before_server(&server, name);
    let mut writer = Shelf::of(relay.url.clone()).connect_as_writer().await;
    let connected = relay.heard()[0].len();
    let mut number = 0;
    for (count, payload) in [
        (1, 12_000),
        (7, 100),
        (60, 2_000),
        (100, 0),
        (200, 300),
        (999, 700),
    ] {
        let rows: Vec<_> = (number..number + count)
            .map(|number| {
                activity! {
                    payload: format!(r#"{{"text":"{}"}}"#, "x".repeat(payload)).into(),
                    ..row(number)
                }
            })
            .collect();
        number += count;
        writer.insert(&rows).await.expect("stored");
    }
    let twice = relay.twice_since(connected);
    assert!(twice.is_empty(), "{twice:?}");
    let stored = i64::try_from(shelf.stored().await.len());
    assert_eq!(stored.expect("few"), number);
}

#[tokio::test]
async fn a_reader_never_writes_twice_before_an_answer_on_mariadb() {
    a_reader_never_writes_twice_before_an_answer(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_reader_never_writes_twice_before_an_answer_on_mysql() {
    a_reader_never_writes_twice_before_an_answer(Kind::MySql).await;
}
