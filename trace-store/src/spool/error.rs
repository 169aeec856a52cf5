//! Errors of the spool.

use std::{fmt, io};

/// Error of a spool operation.
pub struct SpoolError {
    kind: SpoolErrorKind,
    message: String,
}

/// Kind of a spool error, which decides what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoolErrorKind {
    /// No room: keep the rows, and try again when some have been removed.
    Full,
    /// Another process uses the file: try again.
    Busy,
    /// SQLite calls the file corrupt, or no database. A file that fails so twice, on fresh connections, is set aside.
    Damaged,
    /// A later release wrote the file: leave it alone.
    Newer,
    /// The file cannot be used now, for a cause outside it. It remains in place and is tried again.
    Unusable,
}

impl SpoolError {
    pub fn new(kind: SpoolErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub fn panicked() -> Self {
        Self::new(SpoolErrorKind::Unusable, "opening it panicked")
    }

    /// Prefixes the message with the file's name.
    #[cfg(feature = "sqlite")]
    pub(super) fn at(self, file: &std::path::Path) -> Self {
        let message = self.of(&file.display().to_string());
        Self { message, ..self }
    }

    /// Returns the message with the file's name.
    pub fn of(&self, place: &str) -> String {
        if self.message.contains(place) {
            self.message.clone()
        } else {
            format!("{place}: {}", self.message)
        }
    }

    pub const fn kind(&self) -> SpoolErrorKind {
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

/// Classifies by SQLite's primary code, the low byte of the extended one. An error without a code does not concern the file:
/// the connection's thread failed to start or has ended, or a value could not be read.
#[cfg(feature = "sqlite")]
fn kind_of(extended: Option<u32>) -> SpoolErrorKind {
    match extended.map(|code| code & 0xff) {
        Some(13) => SpoolErrorKind::Full,
        Some(5 | 6) => SpoolErrorKind::Busy,
        // CORRUPT and NOTADB.
        Some(11 | 26) => SpoolErrorKind::Damaged,
        // IOERR, NOMEM, CANTOPEN, READONLY and all others.
        _ => SpoolErrorKind::Unusable,
    }
}

impl fmt::Display for SpoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

behavior_trace_core::debug_is_display!(SpoolError);

impl std::error::Error for SpoolError {}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn only_corrupt_and_not_a_database_are_damage() {
        for code in 0..=101 {
            let is_damage = kind_of(Some(code)) == SpoolErrorKind::Damaged;
            assert_eq!(is_damage, matches!(code, 11 | 26), "{code}");
        }
        // SQLITE_CORRUPT_VTAB; SQLITE_IOERR_SHORT_READ, SQLITE_IOERR_NOMEM.
        assert_eq!(kind_of(Some(267)), SpoolErrorKind::Damaged);
        for code in [522, 3082] {
            assert_eq!(kind_of(Some(code)), SpoolErrorKind::Unusable);
        }
        assert_eq!(kind_of(None), SpoolErrorKind::Unusable);
        let error = SpoolError::from(sqlx::Error::WorkerCrashed);
        assert_eq!(error.kind(), SpoolErrorKind::Unusable);
    }
}
