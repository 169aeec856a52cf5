//! Optional indexes.

use super::{MigrationError, Migrations};
#[cfg(feature = "mysql")]
use crate::store::Dialect;
use crate::store::{ErrorClass, LONGEST_CONNECT, Purpose, Statement, Store, within};

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

/// Returns whether the index exists: error 1061 on MySQL and MariaDB; SQLite has only a message.
fn is_there(message: &str) -> bool {
    message.contains("1061 ") || message.contains("already exists")
}
