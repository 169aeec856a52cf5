//! A proxy between the recorder and its server that delays, holds, and cuts.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// More than any statement that only sets the session up; the rows of a batch are.
const STATEMENT_WITH_ROWS: u64 = 1500;

/// What the proxy does to what passes.
#[derive(Default)]
pub(crate) struct Rules {
    /// Before each piece of an answer.
    delay_millis: AtomicU64,
    /// Of every so many statements with rows, the answer to one is cut off; 0 is none.
    cut_every: AtomicU32,
    statements: AtomicU32,
    cuts: AtomicU32,
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
                    join(client, server, &theirs);
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

fn join(client: TcpStream, server: TcpStream, rules: &Arc<Rules>) {
    // How much the client has sent since the server last answered.
    let asked = Arc::new(AtomicU64::new(0));
    let (Ok(mut from_client), Ok(mut from_server)) = (client.try_clone(), server.try_clone())
    else {
        return;
    };
    let (mut to_client, mut to_server) = (client, server);
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        pump(&mut from_client, &mut to_server, |piece| {
            counted.fetch_add(piece.len() as u64, Ordering::SeqCst);
            true
        });
    });
    let rules = Arc::clone(rules);
    thread::spawn(move || {
        pump(&mut from_server, &mut to_client, |_| {
            let delay = rules.delay_millis.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(delay));
            asked.swap(0, Ordering::SeqCst) < STATEMENT_WITH_ROWS || !rules.cuts_now()
        });
    });
}

impl Rules {
    fn cuts_now(&self) -> bool {
        let every = self.cut_every.load(Ordering::Relaxed);
        let number = self.statements.fetch_add(1, Ordering::Relaxed) + 1;
        let cuts = every > 0 && number.is_multiple_of(every);
        self.cuts.fetch_add(u32::from(cuts), Ordering::Relaxed);
        cuts
    }
}

/// Passes on what comes until either side ends, or `admit` refuses; then closes both.
fn pump(from: &mut TcpStream, to: &mut TcpStream, mut admit: impl FnMut(&[u8]) -> bool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let piece = &buffer[..length];
        if !admit(piece) || to.write_all(piece).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
