//! The commands of the MySQL protocol that the proxy acts on, read from a connection without TLS.

const QUERY: u8 = 0x03;
const PREPARE: u8 = 0x16;
const EXECUTE: u8 = 0x17;
/// Lower limit of the bytes that execute an INSERT of one row.
const ONE_ROW: usize = 120;

/// Command of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Command {
    Begin,
    /// Stores rows: executes a prepared INSERT, or sends one as text.
    Insert,
    Commit,
}

/// Parser of one client's packets, which arrive in pieces of any size.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    /// Bytes of the current packet that have not arrived yet.
    rest: usize,
}

impl Packets {
    /// Returns the last known command that begins in this piece.
    pub(crate) fn command(&mut self, piece: &[u8]) -> Option<Command> {
        let mut at = self.rest.min(piece.len());
        self.rest -= at;
        let mut found = None;
        while at + 5 <= piece.len() {
            let packet = &piece[at..];
            found = command(packet).or(found);
            at += length(packet);
        }
        self.rest += at.saturating_sub(piece.len());
        found
    }
}

fn command(packet: &[u8]) -> Option<Command> {
    let text = packet.get(5..length(packet).min(packet.len()))?;
    let begins = |word: &str| {
        let first = text.get(..word.len());
        first.is_some_and(|first| first.eq_ignore_ascii_case(word.as_bytes()))
    };
    match packet[4] {
        EXECUTE if length(packet) >= ONE_ROW => Some(Command::Insert),
        QUERY if begins("INSERT") => Some(Command::Insert),
        QUERY if begins("BEGIN") || begins("START TRANSACTION") => Some(Command::Begin),
        // It may follow the release of a savepoint.
        QUERY if text.windows(6).any(|word| word == b"COMMIT") => Some(Command::Commit),
        _ => None,
    }
}

/// Returns whether the packet that begins here prepares an INSERT, executes it, or sends it as text.
pub(crate) fn has_rows(piece: &[u8]) -> bool {
    match piece.get(4) {
        Some(&(PREPARE | QUERY)) => piece.windows(6).any(|word| word == b"INSERT"),
        Some(&EXECUTE) => length(piece) >= ONE_ROW,
        _ => false,
    }
}

/// Returns the length of the packet that begins here, including its header.
pub(crate) fn length(piece: &[u8]) -> usize {
    match *piece {
        [low, middle, high, ..] => usize::from_le_bytes([low, middle, high, 0, 0, 0, 0, 0]) + 4,
        _ => 0,
    }
}

/// Returns the response that refuses the first packet of a command, as a server writes it.
pub(crate) fn refusal(code: u16) -> Vec<u8> {
    let state = match code {
        1047 => "08S01",
        1213 => "40001",
        _ => "HY000",
    };
    let mut body = vec![0xff];
    body.extend(code.to_le_bytes());
    body.extend(format!("#{state}refused with {code} by the proxy").bytes());
    let length = u8::try_from(body.len()).expect("short");
    let mut answer = vec![length, 0, 0, 1];
    answer.extend(body);
    answer
}

#[test]
fn commands_are_found_in_pieces_of_any_size() {
    let packet = |command: u8, text: &[u8]| {
        let length = u8::try_from(text.len() + 1).expect("short");
        [&[length, 0, 0, 0, command], text].concat()
    };
    let rows = packet(EXECUTE, &[0x03; 200]);
    let mut packets = Packets::default();
    assert_eq!(packets.command(&rows[..100]), Some(Command::Insert));
    let both = [&rows[100..], &packet(QUERY, b"COMMIT")].concat();
    assert_eq!(packets.command(&both), Some(Command::Commit));
    assert_eq!(
        packets.command(&packet(QUERY, b"begin")),
        Some(Command::Begin)
    );
    assert_eq!(packets.command(&packet(QUERY, b"SELECT 1")), None);
}
