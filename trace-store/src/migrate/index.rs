//! Indexes that only some need.

use super::{MigrationError, Migrations};
#[cfg(feature = "mysql")]
use crate::store::Dialect;
use crate::store::{ErrorClass, LONGEST_CONNECT, Purpose, Statement, Store, within};

/// An index beyond those of the table, for a question that is asked often. Each makes every insert dearer: the five
/// of the PHP original together cost 34 % of the rate, so add what is needed and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExtraIndex {
    /// Everything of one actor, by time: `(actor_type, actor_id, occurred_at)`.
    Actor,
    /// One action or a prefix, by time: `(action, occurred_at)`. Without it a rare action is looked for through the whole
    /// time range: 25 s over 5 million rows, against 0.3 ms with it.
    Action,
    /// One request: `(request_id)`.
    Request,
    /// One event whose time is not known: `(event_id)`. Random ids touch a cold page each, so this one is the dearest.
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

    /// The statement that makes it, for an administrator who runs it by hand.
    pub fn to_sql(self) -> String {
        format!(
            "CREATE INDEX {} ON operational_activity ({})",
            self.name(),
            self.columns()
        )
    }
}

impl Migrations {
    /// Makes an index, and says whether it had to. On a large table it takes a while (about 25 s for 5 million rows);
    /// writes go on meanwhile on MySQL and MariaDB, and wait on SQLite.
    pub async fn add_index(&self, index: ExtraIndex) -> Result<bool, MigrationError> {
        let store = Store::open(&self.0);
        let mut connection = within(LONGEST_CONNECT, store.connect(Purpose::Maintainer)).await?;
        #[cfg(feature = "mysql")]
        if store.dialect() == Dialect::MySql {
            // Whoever waits for the table keeps all writers waiting too.
            connection
                .execute(Statement::plain("SET SESSION lock_wait_timeout = 5"))
                .await?;
        }
        let made = connection.execute(Statement::plain(index.to_sql())).await;
        // What was made stays, whether or not the server hears the farewell.
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

/// 1061 on MySQL and MariaDB; SQLite has a message and no code of its own.
fn is_there(message: &str) -> bool {
    message.contains("1061 ") || message.contains("already exists")
}
