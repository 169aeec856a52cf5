//! The rest of a takeover, which is announced and run apart.

#[cfg(feature = "mysql")]
use super::mysql;
use super::{MigrationError, Migrations};
#[cfg(feature = "mysql")]
use crate::store::Target;

/// What is left to do to a table that was taken over, until it equals the recorder's own.
///
/// [`Migrations::run`] adds the unique key, and from then on the recorder stores rows beside PHP. What is left are types,
/// NULLs and collations:
///
/// - an unsigned `actor_id` refuses negative ids. A row with one waits, and health names the cause;
/// - a NULL payload reads as `{}`, and an `actor_id` beyond `i64` as the payload's `actor_ref`;
/// - a collation that ignores case finds `user` for `User`.
///
/// [`Migrations::finish_takeover`] removes them once PHP stores no more rows.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use behavior_trace::schema::Migrations;
///
/// let migrations = Migrations::new(&"mysql://migrator:secret@db.internal/shop".parse()?);
/// let takeover = migrations.takeover().await?;
/// for difference in &takeover.differences {
///     println!("{difference}");
/// }
/// if !takeover.is_finished() {
///     migrations.finish_takeover().await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Takeover {
    /// Differences of the table's columns, each as a sentence's part: "`actor_id` is bigint unsigned".
    pub differences: Vec<String>,
    /// The statements that remove them, in order, for an administrator who runs them by hand.
    pub statements: Vec<String>,
}

impl Takeover {
    /// Returns whether nothing is left to do.
    pub const fn is_finished(&self) -> bool {
        self.statements.is_empty()
    }
}

#[cfg_attr(
    not(feature = "mysql"),
    expect(clippy::unused_async, reason = "only a server is asked")
)]
impl Migrations {
    /// Returns what is left to do to the table, without changing anything. Nothing is for the recorder's own table, for none,
    /// on SQLite and in memory.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to or read, or if the table is another's.
    pub async fn takeover(&self) -> Result<Takeover, MigrationError> {
        match &self.0.0 {
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::takeover(options).await,
            _ => Ok(Takeover::default()),
        }
    }

    /// Does what is left to do to the table; returns whether anything was. Stop the PHP writers first, since a NULL payload
    /// is refused from then on.
    ///
    /// It gives old rows the values that the recorder would have stored, in steps of 5,000 rows. Then it changes all columns
    /// in one statement. **Writers wait for that statement**, in which the server copies the table: about 10 s for a million
    /// rows on MariaDB, 18 s on MySQL. The recorder keeps its events meanwhile. A server that can change the columns beside
    /// writers does so (MariaDB from 11.2).
    ///
    /// # Errors
    ///
    /// Fails as [`run`](Self::run) does, and if PHP still stores rows that the changed columns refuse. The table is then as it
    /// was, and the call can be repeated.
    pub async fn finish_takeover(&self) -> Result<bool, MigrationError> {
        match &self.0.0 {
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::finish_takeover(options).await,
            _ => Ok(false),
        }
    }
}
