//! Migrations: creating the table and reporting pending changes.

#![cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(clippy::unused_async, reason = "memory alone never waits")
)]

mod database;
mod error;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod index;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod plan;
mod preview;
#[cfg(feature = "sqlite")]
mod sqlite;
mod step;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod stranger;
#[cfg(feature = "mysql")]
mod table;
mod takeover;

pub use error::MigrationError;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use index::ExtraIndex;
pub use preview::MigrationPreview;
pub use step::MigrationStep;
pub use takeover::Takeover;

use crate::store::{DatabaseUrl, Target};

/// The migrations of one database.
///
/// `_behavior_trace_migrations` records the applied migrations, so an application's own `_sqlx_migrations` is left alone.
/// On MySQL and MariaDB one migrator works at a time, under a named lock of the server. On a Galera cluster each node has
/// its own such locks, so migrate through one node. The account needs the rights that [`grants`](crate::grants) returns for
/// the migrator; the writer does not need them.
///
/// Connecting fails after one minute. Migrations have no time limit, because the size of the table is unknown. To limit
/// them, wrap the call in `tokio::time::timeout`; the server continues a statement that was abandoned. Each migration is
/// one idempotent statement, recorded after it is done. Repeat a run that failed: it continues after the last recorded
/// migration.
///
/// A release reads and writes the table of the next release as well, so migrate first and then deploy.
///
/// A run looks at what is there. On MySQL and MariaDB it takes over a table of the PHP package's first release, which has
/// the same name and columns: it adds the unique key, and [`Takeover`] tells what is left to do. A table with other columns
/// is refused.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::schema::Migrations;
///
/// let migrations = Migrations::new(&"sqlite:/var/lib/app/activity.db".parse()?);
/// for migration in migrations.status().await? {
///     println!("{:04} {} {:?}", migration.version, migration.description, migration.state);
/// }
/// let applied = migrations.run().await?;
/// println!("{} applied", applied.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Migrations(DatabaseUrl);

/// State of one migration.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Position in the order, from 1.
    pub version: i64,
    /// Description of the change.
    pub description: String,
    /// State of the migration.
    pub state: MigrationState,
}

/// State of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MigrationState {
    /// Not applied.
    Pending,
    /// Applied.
    Applied,
    /// A run of an earlier release was interrupted in it, or it failed there. The next run repeats it.
    Incomplete,
    /// Applied with SQL that differs from this release.
    Changed,
    /// Applied by a later release; compatible with this one.
    Newer,
    /// The table has the recorder's columns, as one of the PHP package has, and no unique key. The next run adds it; until
    /// then nothing is stored.
    TakeoverPending,
    /// Applied to a table with other types, as one of the PHP package has. Rows are stored and read. What is left to do is
    /// [`Migrations::takeover`].
    TakenOver,
    /// A table of this name is in the way. The next run fails and says what to do.
    Refused,
}

impl Migrations {
    /// Creates the migrations of the database behind a URL. It opens no connection yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self(url.clone())
    }

    /// Applies the pending and incomplete migrations in order; returns those it applied. It does nothing for the store in
    /// memory. With nothing to apply, it needs only the right to read `_behavior_trace_migrations`.
    ///
    /// To a table that it takes over it adds the unique key, which takes 2 to 3 s for a million rows. Writers go on meanwhile.
    ///
    /// # Errors
    ///
    /// Returns the server's error with the version that failed. Earlier ones stay applied on MySQL and MariaDB, and none on
    /// SQLite. A migration that was applied with other SQL is an error before any statement runs, and so is a table of this
    /// name with other columns. A table to be taken over in which an event is stored twice is left as it is; the error
    /// contains the SQL that returns the copies. If other sessions use that table for more than a second, the run fails
    /// rather than let writers wait.
    pub async fn run(&self) -> Result<Vec<MigrationStatus>, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(Vec::new()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::run(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::run(options).await,
        }
    }

    /// Returns the state of each migration, without changing anything.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to or read.
    pub async fn status(&self) -> Result<Vec<MigrationStatus>, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(Vec::new()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::status(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::status(options).await,
        }
    }

    /// Removes the records of incomplete runs; returns their number. [`run`](Self::run) repeats them itself, so only an
    /// earlier release that does not needs this.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to or written, or if another migrator holds the lock.
    pub async fn repair(&self) -> Result<u64, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(0),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::repair(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::repair(options).await,
        }
    }

    /// Returns the SQL of all migrations, for an administrator who runs it by hand. It opens no connection. A later
    /// [`run`](Self::run) records them as applied.
    pub fn to_sql(&self) -> String {
        match &self.0.0 {
            Target::Memory(_) => String::new(),
            #[cfg(feature = "mysql")]
            Target::MySql(_) => plan::script(behavior_trace_migrations::MYSQL),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => plan::script(behavior_trace_migrations::SQLITE),
        }
    }
}
