//! A proxy between the recorder and its server that delays, cuts, loses, and refuses.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::wire::{self, Command, Packets};

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

fn join(client: TcpStream, server: TcpStream, rules: &Arc<Rules>) {
    let (Ok(mut from_client), Ok(mut from_server), Ok(mut refused)) =
        (client.try_clone(), server.try_clone(), client.try_clone())
    else {
        return;
    };
    let (mut to_client, mut to_server) = (client, server);
    let line = Arc::new(Line {
        number: rules.opened.fetch_add(1, Ordering::SeqCst),
        rules: Arc::clone(rules),
        asked: AtomicU64::new(0),
        has_rows: AtomicBool::new(false),
    });
    let theirs = Arc::clone(&line);
    thread::spawn(move || {
        let (mut withheld, mut packets, mut in_transaction) = (0, Packets::default(), false);
        pump(&mut from_client, &mut to_server, &theirs, |piece| {
            if withheld == 0 && theirs.rules.refuses(piece) {
                withheld = wire::length(piece);
            }
            if withheld == 0 {
                let command = packets.command(piece);
                theirs.asked.fetch_add(piece.len() as u64, Ordering::SeqCst);
                return theirs.pass(command, &mut in_transaction);
            }
            withheld = withheld.saturating_sub(piece.len());
            if withheld == 0 && refused.write_all(&theirs.rules.refusal()).is_err() {
                return Fate::End;
            }
            Fate::Withhold
        });
    });
    thread::spawn(move || {
        pump(&mut from_server, &mut to_client, &line, |_| {
            let delay = line.rules.delay_millis.load(Ordering::Relaxed);
            thread::sleep(Duration::from_millis(delay));
            if line.cuts_now() {
                Fate::End
            } else {
                Fate::Pass
            }
        });
    });
}

/// One connection.
struct Line {
    number: u64,
    rules: Arc<Rules>,
    /// How much the client has sent since the server last answered, and whether rows were to be stored.
    asked: AtomicU64,
    has_rows: AtomicBool,
}

impl Line {
    fn is_lost(&self) -> bool {
        self.number < self.rules.lost.load(Ordering::SeqCst)
    }

    /// What is done with a piece in which this command begins.
    fn pass(&self, command: Option<Command>, in_transaction: &mut bool) -> Fate {
        let ends = match command {
            Some(Command::Begin) => {
                *in_transaction = true;
                false
            }
            Some(Command::Insert) => {
                self.has_rows.store(true, Ordering::SeqCst);
                !*in_transaction
            }
            Some(Command::Commit) => std::mem::take(in_transaction),
            None => false,
        };
        if ends && self.rules.lose_next.swap(false, Ordering::SeqCst) {
            let opened = self.rules.opened.load(Ordering::SeqCst);
            self.rules.lost.store(opened, Ordering::SeqCst);
            if command == Some(Command::Commit) {
                return Fate::Withhold;
            }
        }
        Fate::Pass
    }

    /// Whether the answer that comes now is cut off.
    fn cuts_now(&self) -> bool {
        let has_rows = self.has_rows.swap(false, Ordering::SeqCst);
        let is_large = self.asked.swap(0, Ordering::SeqCst) >= STATEMENT_WITH_ROWS;
        let each = self.rules.cut_inserts.load(Ordering::Relaxed);
        let cuts = (has_rows && each) || (is_large && self.rules.cuts_one_in_some());
        self.rules
            .cuts
            .fetch_add(u32::from(cuts), Ordering::Relaxed);
        cuts
    }

    /// A side that ends is not told to the other one where the network is lost.
    fn stay_while_lost(&self) {
        while self.is_lost() && !self.rules.closed.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(50));
        }
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

/// What is done with a piece.
enum Fate {
    Pass,
    Withhold,
    End,
}

/// Passes on what comes until either side ends, or `judge` ends it; then closes both.
fn pump(
    from: &mut TcpStream,
    to: &mut TcpStream,
    line: &Line,
    mut judge: impl FnMut(&[u8]) -> Fate,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let piece = &buffer[..length];
        let fate = if line.is_lost() {
            Fate::Withhold
        } else {
            judge(piece)
        };
        match fate {
            Fate::Withhold => {}
            Fate::Pass if to.write_all(piece).is_ok() => {}
            Fate::Pass | Fate::End => break,
        }
    }
    line.stay_while_lost();
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
