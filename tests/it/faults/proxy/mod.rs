//! A proxy between the recorder and its server that delays, cuts, loses and refuses.

mod line;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::wire;

/// Faults of the proxy in force.
#[derive(Default)]
pub(crate) struct Rules {
    /// Delay before each piece of a response.
    delay_millis: AtomicU64,
    /// Interval, in statements with rows, of those whose response is cut off; 0 cuts none.
    cut_every: AtomicU32,
    statements: AtomicU32,
    cuts: AtomicU32,
    /// Error code that answers every statement with rows; 0 refuses none.
    refusal: AtomicU16,
    refusals: AtomicU32,
    /// Cuts the response to each INSERT off.
    cut_inserts: AtomicBool,
    /// Loses all connections at the next COMMIT, or at the next INSERT outside a transaction.
    lose_next: AtomicBool,
    /// Number of connections so far. The first `lost` of them carry nothing any more.
    opened: AtomicU64,
    lost: AtomicU64,
    closed: AtomicBool,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    rules: Arc<Rules>,
}

impl Proxy {
    /// Listens on a free port, and opens a connection to `server` for each client.
    pub(crate) fn before(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let rules = Arc::new(Rules::default());
        let theirs = Arc::clone(&rules);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if theirs.closed.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(server) = TcpStream::connect(&server) {
                    line::join(client, server, &theirs);
                }
            }
        });
        Self { address, rules }
    }

    pub(crate) fn delay(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).expect("short");
        self.rules.delay_millis.store(millis, Ordering::Relaxed);
    }

    /// Cuts the connection instead of the response to every `every`th statement with rows. The rows are stored, but the client
    /// gets no confirmation.
    pub(crate) fn cut_answers(&self, every: u32) {
        self.rules.cut_every.store(every, Ordering::Relaxed);
    }

    /// Answers every statement with rows with this error; the server never sees the statement. 0 ends it. The proxy reads the
    /// packets, so the connection must not use TLS.
    pub(crate) fn refuse(&self, code: u16) {
        self.rules.refusal.store(code, Ordering::Relaxed);
    }

    /// Cuts the connection instead of the response to any INSERT, even of one row. Here and in the methods below the proxy reads
    /// the packets, so the connection must not use TLS.
    pub(crate) fn cut_inserts(&self, on: bool) {
        self.rules.cut_inserts.store(on, Ordering::Relaxed);
    }

    /// Loses the network silently. It happens at the next COMMIT, before the server sees it, or at the next INSERT outside a
    /// transaction, before its response. Connections of that time stay open on both sides and carry nothing; later ones work.
    pub(crate) fn lose_connections(&self) {
        self.rules.lose_next.store(true, Ordering::Relaxed);
    }

    /// Returns the number of connections lost this way.
    pub(crate) fn lost(&self) -> u64 {
        self.rules.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn refusals(&self) -> u32 {
        self.rules.refusals.load(Ordering::Relaxed)
    }

    pub(crate) fn cuts(&self) -> u32 {
        self.rules.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.rules.closed.store(true, Ordering::Relaxed);
        // One last connection wakes the listener, so that it ends.
        drop(TcpStream::connect(self.address));
    }
}

impl Rules {
    fn cuts_one_in_some(&self) -> bool {
        let every = self.cut_every.load(Ordering::Relaxed);
        let number = self.statements.fetch_add(1, Ordering::Relaxed) + 1;
        every > 0 && number.is_multiple_of(every)
    }

    /// Returns whether a statement with rows begins in this piece while such statements are refused.
    fn refuses(&self, piece: &[u8]) -> bool {
        self.refusal.load(Ordering::Relaxed) > 0 && wire::has_rows(piece)
    }

    fn refusal(&self) -> Vec<u8> {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        wire::refusal(self.refusal.load(Ordering::Relaxed))
    }
}
