//! The dry run of the migrations.

#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "sqlite")]
use super::sqlite;
use super::{MigrationError, MigrationStatus, Migrations, Takeover};
use crate::store::Target;

/// The changes that a run of the migrations would make.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::schema::Migrations;
///
/// # let folder = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", folder.path().join("activity.db").display()).parse()?;
/// let migrations = Migrations::new(&url);
/// let preview = migrations.preview().await?;
/// for statement in &preview.statements {
///     println!("{statement};");
/// }
/// assert!(!preview.is_empty());
/// migrations.run().await?;
/// assert!(migrations.preview().await?.is_empty());
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new()?.block_on(example())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct MigrationPreview {
    /// Statement of [`Migrations::create_database`], if the database is missing on MySQL or MariaDB. The rest is as for an
    /// empty database, and a run without it fails.
    pub database: Option<String>,
    /// Migrations that [`Migrations::run`] would apply, in order, with their present states.
    pub pending: Vec<MigrationStatus>,
    /// Statements that [`Migrations::run`] would send, in order, for an administrator who runs them by hand. A later run
    /// records them in `_behavior_trace_migrations`.
    pub statements: Vec<String>,
    /// Changes that [`Migrations::finish_takeover`] would make after that run.
    pub takeover: Takeover,
}

impl MigrationPreview {
    /// Returns whether a run would change nothing.
    pub const fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }
}

impl Migrations {
    /// Returns the changes that [`run`](Self::run) would make, without changing anything. It takes no lock and needs only the
    /// right to read. In a table to be taken over it searches for events that are stored twice, as a run does. It does
    /// nothing for the store in memory.
    ///
    /// # Errors
    ///
    /// Fails as [`run`](Self::run) does before its first change: if the database cannot be connected to or read, if a
    /// migration was applied with other SQL, if the table is another's, or if it holds an event twice. A missing database is
    /// no error.
    pub async fn preview(&self) -> Result<MigrationPreview, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(MigrationPreview::default()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::preview(options).await,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::preview(options).await,
        }
    }
}
