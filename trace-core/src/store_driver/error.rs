//! The failures of a store, classified by the writer's reaction.

use std::fmt;

/// The writer's reaction to a failure. Each class is one line of the delivery table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The rows may or may not be stored: drop the connection and send the same ids again.
    UnknownOutcome,
    /// The failure is temporary: back off, then send the whole batch again.
    Transient,
    /// The store does not answer: spool and probe.
    Unavailable,
    /// The store has no room for another connection: keep to one, and take turns with others.
    Crowded,
    /// The server closed an idle connection: connect again, without an alarm.
    Reconnect,
    /// The server no longer takes writes: drop all connections and resolve the name again.
    ReadOnly,
    /// A person has to change something: spool, report the cause, probe slowly.
    Configuration,
    /// A value does not fit its column, or the column does not fit the reference. A probe distinguishes the two.
    Value,
    /// A rule of the application refused the row: a `CHECK` or a trigger. Another real row shows whether it refuses all.
    Rule,
    /// The statement or a row exceeds the server's maximum size.
    TooBig,
    /// A limit of the server was reached, which no row causes. A smaller statement may pass.
    Server,
    /// The store's disk is full or its file is damaged.
    DiskFull,
    /// The code is in no table.
    Other,
}

impl ErrorClass {
    /// Returns whether a row can be the cause. Such a row is refused when sent alone, and others are not.
    pub const fn is_of_a_row(self) -> bool {
        matches!(self, Self::Value | Self::Rule | Self::TooBig | Self::Other)
    }

    /// Returns whether the same call may succeed later, without a change by a person. A server that takes no writes now may
    /// take them soon, as during a failover.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::UnknownOutcome
                | Self::Transient
                | Self::Unavailable
                | Self::Crowded
                | Self::Reconnect
                | Self::ReadOnly
        )
    }
}

/// A failed call to a store. Its text never contains a password.
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

    /// Sets the number of rows, from the front of the batch, that are stored despite the error.
    pub fn after(mut self, stored: usize) -> Self {
        self.stored = stored;
        self
    }

    pub const fn class(&self) -> ErrorClass {
        self.class
    }

    /// Returns the number of rows, from the front of the batch, that are known to be stored.
    pub const fn stored(&self) -> usize {
        self.stored
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

crate::debug_is_display!(StoreError);

impl std::error::Error for StoreError {}

/// A row that a store refused although it was sent alone.
#[derive(Debug)]
pub struct RowRefusal {
    /// The index of the row among the sent rows.
    pub index: usize,
    /// The store's answer.
    pub error: StoreError,
    /// The flag that a row sent later on the same session was stored.
    pub passed_after: bool,
}

/// The name of a session, with which another session can find and end it on the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionName(pub String);

/// The result of ending an abandoned session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The session is gone, or another server answered.
    Ended,
    /// The server was asked to end the session and could not yet.
    Alive,
}
