//! A proxy between the recorder and its server that delays, cuts, loses, and refuses.

mod line;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::wire;

/// What the proxy does to what passes.
#[derive(Default)]
pub(crate) struct Rules {
    /// Before each piece of an answer.
    delay_millis: AtomicU64,
    /// Of every so many statements with rows, the answer to one is cut off; 0 is none.
    cut_every: AtomicU32,
    statements: AtomicU32,
    cuts: AtomicU32,
    /// The error that every statement with rows is answered with; 0 is none.
    refusal: AtomicU16,
    refusals: AtomicU32,
    /// Whether the answer to each INSERT is cut off.
    cut_inserts: AtomicBool,
    /// Whether the next COMMIT, or INSERT outside a transaction, ends what the connections carry.
    lose_next: AtomicBool,
    /// How many connections there have been, and how many of those, the first ones, carry nothing any more.
    opened: AtomicU64,
    lost: AtomicU64,
    closed: AtomicBool,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    rules: Arc<Rules>,
}

impl Proxy {
    /// Listens on a port of its own, and connects to `server` for each who comes.
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

    /// Cuts the connection instead of giving the answer to every `every`th statement with rows: the rows are stored, and
    /// nobody says so.
    pub(crate) fn cut_answers(&self, every: u32) {
        self.rules.cut_every.store(every, Ordering::Relaxed);
    }

    /// Answers every statement with rows with this error in place of the server, which never sees it. 0 ends that. It
    /// reads what is sent, so the connection must be without TLS.
    pub(crate) fn refuse(&self, code: u16) {
        self.rules.refusal.store(code, Ordering::Relaxed);
    }

    /// Cuts the connection instead of giving the answer to any INSERT, of one row too. Like all that follow it reads what is
    /// sent, so the connection must be without TLS.
    pub(crate) fn cut_inserts(&self, on: bool) {
        self.rules.cut_inserts.store(on, Ordering::Relaxed);
    }

    /// Loses the network in silence at the next COMMIT, before the server sees it, or at the next INSERT outside a transaction,
    /// before its answer: the connections of that time stay open on both sides and carry nothing. Later ones work.
    pub(crate) fn lose_connections(&self) {
        self.rules.lose_next.store(true, Ordering::Relaxed);
    }

    /// How many connections were lost so.
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
        // One last visitor, so that it notices.
        drop(TcpStream::connect(self.address));
    }
}

impl Rules {
    fn cuts_one_in_some(&self) -> bool {
        let every = self.cut_every.load(Ordering::Relaxed);
        let number = self.statements.fetch_add(1, Ordering::Relaxed) + 1;
        every > 0 && number.is_multiple_of(every)
    }

    /// Whether this is a statement with rows, at its beginning, and such are refused now.
    fn refuses(&self, piece: &[u8]) -> bool {
        self.refusal.load(Ordering::Relaxed) > 0 && wire::has_rows(piece)
    }

    fn refusal(&self) -> Vec<u8> {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        wire::refusal(self.refusal.load(Ordering::Relaxed))
    }
}
