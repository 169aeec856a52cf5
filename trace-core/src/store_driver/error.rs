//! The failures of a store, in the words that decide what follows.

use std::fmt;

/// What the writer does about a failure; one line each of the table of delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The rows may or may not be stored: drop the connection and send the same ids again.
    UnknownOutcome,
    /// It will pass: back off, then the whole batch again.
    Transient,
    /// Nobody answers, or nobody has room for us: spool and probe.
    Unavailable,
    /// The server closed an idle connection: connect again, no alarm.
    Reconnect,
    /// This server no longer takes writes: drop all connections and resolve the name again.
    ReadOnly,
    /// A person has to change something: spool, say the cause, probe slowly.
    Configuration,
    /// A value does not fit its column, or the column does not fit the reference: a probe tells which.
    Value,
    /// A rule of the application's refused: a `CHECK` or a trigger. Another real row tells whether it refuses all.
    Rule,
    /// The statement or a row is larger than the server takes.
    TooBig,
    /// A limit of the server's that no row is the cause of. A smaller statement may pass.
    Server,
    /// The store's disk is full or its file is damaged.
    DiskFull,
    /// A code that no table lists.
    Other,
}

impl ErrorClass {
    /// Returns whether a row can be the cause: sent alone, it is refused and others are not.
    pub const fn is_of_a_row(self) -> bool {
        matches!(self, Self::Value | Self::Rule | Self::TooBig | Self::Other)
    }
}

/// A failed call to a store. Its text never holds a password.
#[derive(Debug)]
pub struct StoreError {
    class: ErrorClass,
    stored: usize,
    message: String,
}

impl StoreError {
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            stored: 0,
            message: message.into(),
        }
    }

    /// Says that this many rows, from the front of the batch, are stored all the same.
    pub fn after(mut self, stored: usize) -> Self {
        self.stored = stored;
        self
    }

    pub const fn class(&self) -> ErrorClass {
        self.class
    }

    /// How many rows, from the front of the batch, are known to be stored.
    pub const fn stored(&self) -> usize {
        self.stored
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}

/// A row that a store refused although it was sent alone.
#[derive(Debug)]
pub struct RowRefusal {
    /// Its index among the rows that were sent.
    pub index: usize,
    /// What the store answered.
    pub error: StoreError,
    /// Whether a row that was sent after it, on the same session, was stored.
    pub passed_after: bool,
}

/// The name by which another session finds this one on its server, to end it there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionName(pub String);

/// Whether a session that was given up is still on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// It is gone, or another server answered.
    Ended,
    /// The server was told to end it, and could not yet.
    Alive,
}
