//! One connection through the proxy, in both directions.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::Rules;
use crate::faults::wire::{self, Command, Packets};

/// Bytes that exceed any statement for the session's setup, but not the rows of a batch.
const STATEMENT_WITH_ROWS: u64 = 1500;

pub(super) fn join(client: TcpStream, server: TcpStream, rules: &Arc<Rules>) {
    let (Ok(mut from_client), Ok(mut from_server), Ok(mut refused)) =
        (client.try_clone(), server.try_clone(), client.try_clone())
    else {
        return;
    };
    // The pieces of a response would wait 40 ms for one another.
    let (_, _) = (client.set_nodelay(true), server.set_nodelay(true));
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

struct Line {
    number: u64,
    rules: Arc<Rules>,
    /// Bytes that the client has sent since the last response.
    asked: AtomicU64,
    has_rows: AtomicBool,
}

impl Line {
    fn is_lost(&self) -> bool {
        self.number < self.rules.lost.load(Ordering::SeqCst)
    }

    /// Decides about a piece in which this command begins.
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

    /// Returns whether to cut the current response off.
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

    /// Keeps the other side open while the network is lost, so that it does not notice the end of this side.
    fn stay_while_lost(&self) {
        while self.is_lost() && !self.rules.closed.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Treatment of a piece.
enum Fate {
    Pass,
    Withhold,
    End,
}

/// Forwards data until either side ends, or `judge` ends it. Then it closes both.
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
