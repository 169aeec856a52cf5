//! A proxy between the recorder and its server that delays, holds, cuts, and refuses.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// More than any statement that only sets the session up; the rows of a batch are.
const STATEMENT_WITH_ROWS: u64 = 1500;

/// The commands of the protocol by which rows are stored, and less than one row has when it is.
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
const ONE_ROW: usize = 120;

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

    /// Answers every statement with rows with this error in place of the server, which never sees it. 0 ends that. It
    /// reads what is sent, so the connection must be without TLS.
    pub(crate) fn refuse(&self, code: u16) {
        self.rules.refusal.store(code, Ordering::Relaxed);
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

fn join(client: TcpStream, server: TcpStream, rules: &Arc<Rules>) {
    // How much the client has sent since the server last answered.
    let asked = Arc::new(AtomicU64::new(0));
    let (Ok(mut from_client), Ok(mut from_server), Ok(mut refused)) =
        (client.try_clone(), server.try_clone(), client.try_clone())
    else {
        return;
    };
    let (mut to_client, mut to_server) = (client, server);
    let counted = Arc::clone(&asked);
    let theirs = Arc::clone(rules);
    thread::spawn(move || {
        let mut withheld = 0;
        pump(&mut from_client, &mut to_server, |piece| {
            if withheld == 0 && theirs.refuses(piece) {
                withheld = packet(piece);
            }
            if withheld == 0 {
                counted.fetch_add(piece.len() as u64, Ordering::SeqCst);
                return Fate::Pass;
            }
            withheld = withheld.saturating_sub(piece.len());
            if withheld == 0 && refused.write_all(&theirs.refusal()).is_err() {
                return Fate::End;
            }
            Fate::Withhold
        });
    });
    let rules = Arc::clone(rules);
    thread::spawn(move || {
        pump(&mut from_server, &mut to_client, |_| {
            let delay = rules.delay_millis.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(delay));
            if asked.swap(0, Ordering::SeqCst) >= STATEMENT_WITH_ROWS && rules.cuts_now() {
                Fate::End
            } else {
                Fate::Pass
            }
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

    /// Whether this is a statement with rows, at its beginning, and such are refused now.
    fn refuses(&self, piece: &[u8]) -> bool {
        self.refusal.load(Ordering::Relaxed) > 0
            && match piece.get(4) {
                Some(&PREPARE) => piece.windows(6).any(|word| word == b"INSERT"),
                Some(&EXECUTE) => packet(piece) >= ONE_ROW,
                _ => false,
            }
    }

    /// The answer to a refused statement, as a server writes it.
    fn refusal(&self) -> Vec<u8> {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        let code = self.refusal.load(Ordering::Relaxed);
        let state = match code {
            1047 => "08S01",
            1213 => "40001",
            _ => "HY000",
        };
        let mut body = vec![0xff];
        body.extend(code.to_le_bytes());
        body.extend(format!("#{state}refused with {code} by the proxy").bytes());
        let length = u8::try_from(body.len()).expect("short");
        // The first packet after the statement's own.
        let mut answer = vec![length, 0, 0, 1];
        answer.extend(body);
        answer
    }
}

/// How long the packet is that begins here.
fn packet(piece: &[u8]) -> usize {
    match *piece {
        [low, middle, high, ..] => usize::from_le_bytes([low, middle, high, 0, 0, 0, 0, 0]) + 4,
        _ => 0,
    }
}

/// What is done with a piece.
enum Fate {
    Pass,
    Withhold,
    End,
}

/// Passes on what comes until either side ends, or `judge` ends it; then closes both.
fn pump(from: &mut TcpStream, to: &mut TcpStream, mut judge: impl FnMut(&[u8]) -> Fate) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let piece = &buffer[..length];
        match judge(piece) {
            Fate::Withhold => {}
            Fate::Pass if to.write_all(piece).is_ok() => {}
            Fate::Pass | Fate::End => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
