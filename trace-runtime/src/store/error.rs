//! Why a store refused, in the words the writer acts on.

use std::fmt;

/// What the writer does about a failure; one line each of the table of delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Class {
    /// The rows may or may not be stored: drop the connection and send the same ids again.
    UnknownOutcome,
    /// It will pass: back off, then the whole batch again.
    Transient,
    /// Nobody answers, or nobody has room for us: spool and probe.
    Unavailable,
    /// The server closed an idle connection: connect again, no alarm.
    #[cfg_attr(
        not(feature = "mysql"),
        expect(dead_code, reason = "a file has no connection to lose")
    )]
    Reconnect,
    /// This server no longer takes writes: drop all connections and resolve the name again.
    ReadOnly,
    /// A person has to change something: spool, say the cause, probe slowly.
    Configuration,
    /// One row is at fault: bisect.
    Poison,
    /// The statement or a row is too large: halve, then shrink.
    TooBig,
    /// The store's disk is full or its file is damaged.
    DiskFull,
    /// A code nobody has met yet.
    Other,
}

/// A failed call to a store. Its text never holds a password.
#[derive(Debug)]
pub(crate) struct StoreError {
    class: Class,
    stored: usize,
    message: String,
}

impl StoreError {
    pub(crate) fn new(class: Class, message: impl Into<String>) -> Self {
        Self {
            class,
            stored: 0,
            message: message.into(),
        }
    }

    /// Says that this many rows, from the front of the batch, are stored all the same.
    pub(crate) fn after(mut self, stored: usize) -> Self {
        self.stored = stored;
        self
    }

    pub(crate) const fn class(&self) -> Class {
        self.class
    }

    /// How many rows, from the front of the batch, are known to be stored.
    pub(crate) const fn stored(&self) -> usize {
        self.stored
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}
