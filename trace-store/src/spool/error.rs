//! Why the spool refused.

use std::{fmt, io};

/// Why the spool refused.
#[derive(Debug)]
pub struct SpoolError {
    kind: SpoolErrorKind,
    message: String,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoolErrorKind {
    /// No room: keep what is there, try again when something has left.
    Full,
    /// Another process is at it: try again.
    Busy,
    /// SQLite calls the file corrupt, or no database. Seen twice on fresh connections, it is set aside.
    Damaged,
    /// A later release wrote it: leave it alone.
    Newer,
    /// Not now, for a reason that is no fault of the file's: it stays where it is, and is tried again.
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

    /// Names the file.
    #[cfg(feature = "sqlite")]
    pub(super) fn at(self, file: &std::path::Path) -> Self {
        let message = self.of(&file.display().to_string());
        Self { message, ..self }
    }

    /// What is wrong with the file there, with its name.
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

/// By SQLite's primary code, the low byte of the extended one. What has no code is no word of SQLite's on the file: the
/// connection's thread could not be started or is gone, a value could not be read.
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
