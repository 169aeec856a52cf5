//! End of a session that the recorder gave up, on its server.
//!
//! The session is found by a lock that it holds under a random name. A remembered connection number would be dangerous:
//! after a failover it may belong to another client.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor as _, Row as _, raw_sql};
use tokio::time::sleep;
use uuid::Uuid;

use super::classify::{failed, not_connected};
use super::literal::text;
use super::session::Session;
use crate::store::{SessionEnd, SessionName, StoreError};

/// Maximum number of checks whether a killed session is gone, and the pause between them.
const LOOKS: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(50);

impl Session {
    /// Takes a name that no other session has. If the account lacks the right, the session works without a name.
    pub(super) async fn take_name(&mut self) -> Result<(), StoreError> {
        let name = format!("behavior_trace:{}", Uuid::new_v4().simple());
        match self
            .number(format!("SELECT GET_LOCK({}, 0)", text(&name)))
            .await
        {
            Ok(Some(1)) => self.name = Some(SessionName(name)),
            Ok(_) | Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(not_connected(&error)),
        }
        Ok(())
    }

    /// Returns the name by which another session finds this one.
    pub(crate) fn name(&self) -> Option<SessionName> {
        self.name.clone()
    }

    /// Ends another session, if it is on this server, and waits for up to a second until it is gone.
    pub(crate) async fn end(&mut self, other: &SessionName) -> Result<SessionEnd, StoreError> {
        for look in 0..LOOKS {
            let Some(id) = self.holder(other).await? else {
                return Ok(SessionEnd::Ended);
            };
            if look == 0 {
                // The session may already be gone (1094) or belong to another account (1095); the next check shows which.
                let kill = raw_sql(AssertSqlSafe(format!("KILL {id}")));
                match self.connection.execute(kill).await {
                    Ok(_) | Err(sqlx::Error::Database(_)) => {}
                    Err(error) => return Err(failed(&error)),
                }
            }
            sleep(BETWEEN).await;
        }
        let gone = self.holder(other).await?.is_none();
        Ok(if gone {
            SessionEnd::Ended
        } else {
            SessionEnd::Alive
        })
    }

    /// Returns the number of the connection that holds this name.
    async fn holder(&mut self, name: &SessionName) -> Result<Option<i64>, StoreError> {
        self.number(format!("SELECT IS_USED_LOCK({})", text(&name.0)))
            .await
            .map_err(|error| failed(&error))
    }

    async fn number(&mut self, text: String) -> Result<Option<i64>, sqlx::Error> {
        // The variable part of the text is a literal in hexadecimal digits.
        let row = self.connection.fetch_one(raw_sql(AssertSqlSafe(text)));
        row.await?.try_get_unchecked(0)
    }
}
