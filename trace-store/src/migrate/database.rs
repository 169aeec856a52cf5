//! Creation of the database itself.

use super::{MigrationError, Migrations};
use crate::store::Target;
#[cfg(feature = "mysql")]
use crate::store::{LONGEST_CONNECT, within};

impl Migrations {
    /// Creates the database of the URL if it is missing; returns whether it was. [`run`](Self::run) then creates the tables.
    ///
    /// On MySQL and MariaDB it connects without the database, and creates it with the character set `utf8mb4` and the
    /// collation `utf8mb4_bin`. This needs the right CREATE on the database, which is none of
    /// [`grants`](crate::grants). An existing database stays as it is. On SQLite it creates the file, private to its owner,
    /// and no folder. It does nothing for the store in memory. It fails after a minute without an answer; repeat it then.
    ///
    /// # Errors
    ///
    /// Fails if the server cannot be connected to, or if the account may not create the database. The message then contains
    /// the statement for an administrator. On SQLite it fails if the folder is missing.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use behavior_trace::schema::Migrations;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("activity.db");
    /// let url = format!("sqlite:{}", file.display()).parse()?;
    /// let migrations = Migrations::new(&url);
    /// assert!(migrations.create_database().await?);
    /// assert!(!migrations.create_database().await?);
    /// migrations.run().await?;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new()?.block_on(example())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn create_database(&self) -> Result<bool, MigrationError> {
        match &self.0.0 {
            Target::Memory(_) => Ok(false),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => {
                let created = within(LONGEST_CONNECT, options.create_database()).await;
                created.map_err(MigrationError::from)
            }
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => {
                let created = options.create().await;
                created.map_err(|error| crate::store::sqlite::failed(&error).into())
            }
        }
    }
}
