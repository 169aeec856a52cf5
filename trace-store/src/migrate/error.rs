//! Errors of migrations.

use std::fmt;

#[cfg(any(feature = "mysql", feature = "sqlite"))]
use crate::store::StoreError;

/// A migration that failed. The message contains the remedy, and never a password.
pub struct MigrationError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// The connection failed or broke.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(dead_code, reason = "a database only")
    )]
    Database(String),
    /// Another migrator holds the lock.
    #[cfg(feature = "mysql")]
    Locked,
    /// The statement of this version failed.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    Failed(i64, String),
    /// This version was applied with other SQL.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    Changed(i64),
}

impl MigrationError {
    /// Returns whether another migrator held the lock and did not finish in time. Try again then.
    pub const fn is_locked(&self) -> bool {
        #[cfg(feature = "mysql")]
        let locked = matches!(self.0, Kind::Locked);
        #[cfg(not(feature = "mysql"))]
        let locked = false;
        locked
    }
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Database(message) => f.write_str(message),
            #[cfg(feature = "mysql")]
            Kind::Locked => f.write_str(
                "another migrator has held the lock for 30 seconds; try again when it is done",
            ),
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Failed(version, message) => write!(f, "migration {version} failed: {message}"),
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Changed(version) => write!(
                f,
                "migration {version} was applied with another text than this release has; a released migration is \
                 never edited, so look for what changed it"
            ),
        }
    }
}

behavior_trace_core::debug_is_display!(MigrationError);

impl std::error::Error for MigrationError {}

impl From<Kind> for MigrationError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
impl From<sqlx::Error> for MigrationError {
    fn from(error: sqlx::Error) -> Self {
        Self(Kind::Database(error.to_string()))
    }
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Database(error.to_string()))
    }
}
