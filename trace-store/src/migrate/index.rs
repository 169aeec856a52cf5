//! Optional indexes.

use super::{MigrationError, Migrations};
use crate::store::{
    Connection, Dialect, ErrorClass, LONGEST_CONNECT, Purpose, Statement, Store, StoreError, within,
};

/// An index beyond those of the table, for a frequent query. Each one slows down every insert. The five indexes of the PHP
/// original together cost 34 % of the rate, so add only the indexes you need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtraIndex {
    /// All rows of one actor, by time: `(actor_type, actor_id, occurred_at)`.
    Actor,
    /// One action or a prefix, by time: `(action, occurred_at)`. Without it the search for a rare action scans the whole
    /// time range: 25 s over 5 million rows, against 0.3 ms with it.
    Action,
    /// One request: `(request_id)`.
    Request,
    /// One event of unknown time: `(event_id)`. Each random id touches a cold page, so this index costs the most.
    Event,
}

impl ExtraIndex {
    const fn name(self) -> &'static str {
        match self {
            Self::Actor => "operational_activity_actor",
            Self::Action => "operational_activity_action",
            Self::Request => "operational_activity_request",
            Self::Event => "operational_activity_event_id",
        }
    }

    const fn columns(self) -> &'static str {
        match self {
            Self::Actor => "actor_type, actor_id, occurred_at",
            Self::Action => "action, occurred_at",
            Self::Request => "request_id",
            Self::Event => "event_id",
        }
    }

    /// Returns the statement that creates it, for an administrator who runs it by hand.
    pub fn to_sql(self) -> String {
        format!(
            "CREATE INDEX {} ON operational_activity ({})",
            self.name(),
            self.columns()
        )
    }
}

impl Migrations {
    /// Returns whether the table has an index of this name, without changing anything. [`ExtraIndex::to_sql`] returns the
    /// statement that would create a missing one.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to within a minute, or the table is missing.
    pub async fn has_index(&self, index: ExtraIndex) -> Result<bool, MigrationError> {
        let store = Store::open(&self.0);
        let found = within(LONGEST_CONNECT, async {
            let mut connection = store.connect(Purpose::Maintainer).await?;
            let found = has_index(&mut connection, store.dialect(), index).await?;
            // The answer is there, even if closing the connection fails.
            let _ = connection.close().await;
            Ok::<_, StoreError>(found)
        });
        Ok(found.await?)
    }

    /// Creates an index; returns whether it was missing. On a large table this takes a while (about 25 s for 5 million
    /// rows). Writes continue meanwhile on MySQL and MariaDB, and wait on SQLite.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to within a minute, or the server refuses the statement.
    pub async fn add_index(&self, index: ExtraIndex) -> Result<bool, MigrationError> {
        let store = Store::open(&self.0);
        let mut connection = within(LONGEST_CONNECT, store.connect(Purpose::Maintainer)).await?;
        #[cfg(feature = "mysql")]
        if store.dialect() == Dialect::MySql {
            // A statement that waits for the table's lock blocks all writers too.
            connection
                .execute(Statement::plain("SET SESSION lock_wait_timeout = 5"))
                .await?;
        }
        let made = connection.execute(Statement::plain(index.to_sql())).await;
        // The index stays, even if closing the connection fails.
        let _ = within(LONGEST_CONNECT, connection.close()).await;
        match made {
            Ok(_) => Ok(true),
            Err(error) if error.class() == ErrorClass::Other && is_there(&error.to_string()) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn has_index(
    connection: &mut Connection,
    dialect: Dialect,
    index: ExtraIndex,
) -> Result<bool, StoreError> {
    // A missing table is an error, and not a missing index.
    let table = Statement::plain("SELECT 1 FROM operational_activity WHERE 1 = 0");
    connection.numbers(table).await?;
    let indexes = match dialect {
        #[cfg(feature = "mysql")]
        Dialect::MySql => {
            "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'operational_activity' \
             AND index_name"
        }
        _ => "sqlite_schema WHERE type = 'index' AND name",
    };
    let text = format!(
        "SELECT CAST(COUNT(*) AS SIGNED) FROM {indexes} = '{}'",
        index.name()
    );
    let found = connection.numbers(Statement::plain(text)).await?;
    Ok(found.iter().any(|count| *count > 0))
}

/// Returns whether the index exists: error 1061 on MySQL and MariaDB; SQLite has only a message.
fn is_there(message: &str) -> bool {
    message.contains("1061 ") || message.contains("already exists")
}
