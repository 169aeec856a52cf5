//! Errors of migrations.

use std::fmt;

use super::MigrationStep;
#[cfg(feature = "mysql")]
use super::table::COPIES;
use crate::store::StoreError;

/// A migration that failed. The message contains the remedy, and never a password.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::schema::Migrations;
///
/// let migrations = Migrations::new(&"sqlite:/missing/activity.db".parse()?);
/// let error = migrations.run().await.expect_err("the folder is missing");
/// assert!(error.to_string().contains("its folder does not exist"));
/// assert_eq!(error.step(), None); // no migration had begun
/// assert!(!error.is_transient()); // trying again does not create the folder
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new()?.block_on(example())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MigrationError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// The connection failed or broke, or a statement beside the migrations did.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(dead_code, reason = "a database only")
    )]
    Database(StoreError),
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
    /// The statement of this step failed.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    Failed(MigrationStep, StoreError),
    /// This step was applied with other SQL.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    Changed(MigrationStep),
}

impl MigrationError {
    /// Returns the migration that failed; `None` if none had begun. A table that is in the way fails the migration that
    /// creates it.
    pub const fn step(&self) -> Option<MigrationStep> {
        match &self.0 {
            Kind::Database(_) => None,
            #[cfg(feature = "mysql")]
            Kind::Locked => None,
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Refused(_) => Some(MigrationStep::CREATES_TABLE),
            #[cfg(feature = "mysql")]
            Kind::Copies(_) | Kind::Busy | Kind::StillWritten(_) => {
                Some(MigrationStep::CREATES_TABLE)
            }
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Failed(step, _) | Kind::Changed(step) => Some(*step),
        }
    }

    /// Returns whether another migrator held the lock and did not finish in time. Try again then.
    pub const fn is_locked(&self) -> bool {
        #[cfg(feature = "mysql")]
        let locked = matches!(self.0, Kind::Locked);
        #[cfg(not(feature = "mysql"))]
        let locked = false;
        locked
    }

    /// Returns whether the same call may succeed later without a change by a person: the database is unavailable or takes no
    /// writes now, the outcome is unknown, or another session was in the way. A wrong password, a failed TLS connection, a
    /// missing right and a refused table do not pass by themselves.
    pub const fn is_transient(&self) -> bool {
        match &self.0 {
            Kind::Database(error) => error.class().is_transient(),
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Failed(_, error) => error.class().is_transient(),
            #[cfg(feature = "mysql")]
            Kind::Locked | Kind::Busy => true,
            #[cfg(feature = "mysql")]
            Kind::Copies(_) | Kind::StillWritten(_) => false,
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Refused(_) | Kind::Changed(_) => false,
        }
    }
}

impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Database(error) => error.fmt(f),
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
            Kind::Failed(step, error) => write!(f, "{step} failed: {error}"),
            #[cfg(any(feature = "mysql", feature = "sqlite"))]
            Kind::Changed(step) => write!(
                f,
                "{step} was applied with another text than this release has; a released migration is never edited, so look \
                 for what changed it"
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
impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Database(error))
    }
}

#[cfg(all(test, feature = "mysql"))]
mod tests {
    use super::*;
    use crate::store::ErrorClass;

    #[test]
    fn what_passes_by_itself_is_transient_and_the_failed_step_is_named() {
        let step = MigrationStep {
            version: 2,
            description: "two",
        };
        let error = |class| StoreError::new(class, "no");
        for (class, passes) in [
            (ErrorClass::UnknownOutcome, true),
            (ErrorClass::Unavailable, true),
            (ErrorClass::ReadOnly, true),
            (ErrorClass::Configuration, false),
            (ErrorClass::Other, false),
        ] {
            let before = MigrationError::from(error(class));
            assert_eq!(
                (before.is_transient(), before.step()),
                (passes, None),
                "{class:?}"
            );
            let within = MigrationError::from(Kind::Failed(step, error(class)));
            assert_eq!(
                (within.is_transient(), within.step()),
                (passes, Some(step)),
                "{class:?}"
            );
            assert_eq!(within.to_string(), "migration 0002 (two) failed: no");
        }
        for (kind, passes) in [
            (Kind::Locked, true),
            (Kind::Busy, true),
            (Kind::Copies(1), false),
            (Kind::StillWritten(1), false),
            (Kind::Changed(step), false),
            (Kind::Refused("no".to_owned()), false),
        ] {
            let error = MigrationError::from(kind);
            assert_eq!(error.is_transient(), passes, "{error}");
        }
    }
}
