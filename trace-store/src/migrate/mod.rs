//! Making the table, and saying what is still to be made.

#![cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(clippy::unused_async, reason = "memory alone never waits")
)]

mod error;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod index;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod plan;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use error::MigrationError;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use index::ExtraIndex;

use crate::store::{DatabaseUrl, Target};

/// The migrations of one database.
///
/// What was applied is written down in `_behavior_trace_migrations`, so a host's own `_sqlx_migrations` beside it is
/// left alone. On MySQL and MariaDB one migrator works at a time, under a named lock of the server; on a Galera cluster
/// such locks are each node's own, so migrate through one node. The user needs the rights that [`grants`](crate::grants)
/// prints for the migrator; the writer does not need them.
///
/// A server that cannot be connected to within a minute is an error. How long it may take for a migration then is not limited,
/// since nobody knows how large the table is; where it should be, put `tokio::time::timeout` around the call. The server goes
/// on with a statement that nobody waits for. Each migration is one statement that does no harm twice, and is written down when it is
/// done, so a run that broke off or failed is simply run again: it goes on where the one before ended.
///
/// A release reads and writes the table of the release after it as well, so migrate first and deploy then.
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

/// One migration, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MigrationStatus {
    /// Its place in the order, from 1.
    pub version: i64,
    /// What it makes.
    pub description: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where a migration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MigrationState {
    /// Not applied.
    Pending,
    /// Applied.
    Applied,
    /// A run of an earlier release broke off in the middle of it, or it failed there: the next run takes it up.
    Incomplete,
    /// Applied with another text than this release has.
    Changed,
    /// Applied by a later release, which does this one no harm.
    Newer,
}

impl Migrations {
    /// Of the database behind a URL. Nothing is opened yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self(url.clone())
    }

    /// Applies what is pending or broke off, in order, and returns what it applied. Does nothing for the store in memory. With
    /// nothing to apply it needs no more than the right to read `_behavior_trace_migrations`.
    ///
    /// # Errors
    ///
    /// The cause as the server gives it, with the version that failed; those before it stay applied on MySQL and MariaDB, and none
    /// on SQLite. A migration that was applied with another text is an error before anything is run.
    pub async fn run(&self) -> Result<Vec<MigrationStatus>, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(Vec::new()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::run(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::run(options).await,
        }
    }

    /// Says of each migration where it stands, and changes nothing.
    pub async fn status(&self) -> Result<Vec<MigrationStatus>, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(Vec::new()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::status(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::status(options).await,
        }
    }

    /// Forgets runs that broke off, and returns how many. [`run`](Self::run) takes them up by itself; this is for a release that
    /// does not.
    pub async fn repair(&self) -> Result<u64, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(0),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::repair(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::repair(options).await,
        }
    }

    /// The SQL of all migrations, for an administrator who runs it by hand. It connects nowhere. [`run`](Self::run)
    /// afterwards writes down that they are applied.
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
