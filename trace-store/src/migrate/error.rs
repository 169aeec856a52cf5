//! Errors of migrations.

use std::fmt;

#[cfg(feature = "mysql")]
use super::table::COPIES;
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
    /// The table is another's. The text says what was found, and what to do.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    Refused(String),
    /// So many events are stored again, so that the table cannot have a unique key.
    #[cfg(feature = "mysql")]
    Copies(i64),
    /// Another session used the table for so long that it could not be changed.
    #[cfg(feature = "mysql")]
    Busy,
    /// So many rows were stored as the PHP package does while the takeover was being finished.
    #[cfg(feature = "mysql")]
    StillWritten(i64),
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
            Kind::Refused(reason) => f.write_str(reason),
            #[cfg(feature = "mysql")]
            Kind::Copies(rows) => write!(
                f,
                "{rows} rows of `operational_activity` repeat the (occurred_at, event_id) of an earlier row, so the unique key \
                 was not added, and nothing was changed; `SELECT later.* {COPIES}` returns them: compare them, delete those \
                 that say the same, give the others an id of their own (`UPDATE operational_activity SET event_id = UUID() \
                 WHERE id = …`), and run the migrations again"
            ),
            #[cfg(feature = "mysql")]
            Kind::Busy => f.write_str(
                "other sessions used `operational_activity` for more than a second, so it was not changed, to keep no writer \
                 waiting; end the transaction that is open on it (`SHOW PROCESSLIST`), or run again later",
            ),
            #[cfg(feature = "mysql")]
            Kind::StillWritten(rows) => write!(
                f,
                "{rows} rows with a NULL payload or an `actor_id` beyond BIGINT were stored meanwhile, so the columns were not \
                 changed; let PHP store no more rows there, and finish the takeover again"
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
