//! Why the spool refused.

use std::{fmt, io};

/// Why the spool refused.
#[derive(Debug)]
pub(crate) struct SpoolError {
    kind: SpoolErrorKind,
    message: String,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SpoolErrorKind {
    /// No room: keep what is there, try again when something has left.
    Full,
    /// Another process is at it: try again.
    Busy,
    /// The file cannot be trusted: set it aside and start a new one.
    Damaged,
    /// A later release wrote it: leave it alone.
    Newer,
    /// Not even a file can be made.
    Unusable,
}

impl SpoolError {
    pub(crate) fn new(kind: SpoolErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn panicked() -> Self {
        Self::new(SpoolErrorKind::Unusable, "opening it panicked")
    }

    pub(crate) const fn kind(&self) -> SpoolErrorKind {
        self.kind
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::Error> for SpoolError {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse().ok()),
            _ => None,
        };
        Self::new(kind_of(code), error.to_string())
    }
}

impl From<io::Error> for SpoolError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SpoolErrorKind::Full,
            _ => SpoolErrorKind::Unusable,
        };
        Self::new(kind, error.to_string())
    }
}

/// By SQLite's primary code, the low byte of the extended one.
#[cfg(feature = "sqlite")]
fn kind_of(extended: Option<u32>) -> SpoolErrorKind {
    match extended.map(|code| code & 0xff) {
        Some(13) => SpoolErrorKind::Full,
        Some(5 | 6) => SpoolErrorKind::Busy,
        // READONLY, CANTOPEN, PERM, AUTH.
        Some(8 | 14 | 3 | 23) => SpoolErrorKind::Unusable,
        // IOERR, CORRUPT, NOTADB, and whatever should not happen to a file of our own.
        _ => SpoolErrorKind::Damaged,
    }
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SpoolError {}
