//! Connections that the server refuses because all are taken.

use sqlx::{Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::StoreError;

/// The server's count of refusals. No right is needed to read it.
const REFUSALS: &str = "SHOW GLOBAL STATUS LIKE 'Connection_errors_max_connections'";
/// Sessions of the account, and its own limit: 0 without one. An account sees its own sessions.
const ACCOUNT: &str = "SELECT CAST(COUNT(*) AS SIGNED), CAST(@@max_user_connections AS SIGNED) \
     FROM information_schema.PROCESSLIST WHERE USER = SUBSTRING_INDEX(CURRENT_USER(), '@', 1)";
const LIMIT: &str = "SELECT CAST(@@max_user_connections AS SIGNED)";

impl Session {
    /// Returns whether the server has refused a connection since the last call, or the account has all that it may have. The
    /// first call on a session knows of no earlier one.
    pub(crate) async fn is_crowded(&mut self) -> Result<bool, StoreError> {
        let refusals = self.refusals().await?;
        let before = self.refusals.replace(refusals);
        if before.is_some_and(|before| refusals > before) {
            return Ok(true);
        }
        self.account_is_full().await
    }

    async fn refusals(&mut self) -> Result<u64, StoreError> {
        let row = raw_sql(REFUSALS).fetch_optional(&mut self.connection).await;
        let value = row.and_then(|row| row.map(|row| row.try_get_unchecked(1)).transpose());
        let value: Option<String> = value.map_err(|error| failed(&error))?;
        Ok(value
            .and_then(|value| value.parse().ok())
            .unwrap_or_default())
    }

    /// Returns whether the account has as many sessions as it may have. Refusals of an account are counted nowhere.
    async fn account_is_full(&mut self) -> Result<bool, StoreError> {
        let limit = raw_sql(LIMIT).fetch_one(&mut self.connection).await;
        let limit: i64 = limit
            .and_then(|row| row.try_get_unchecked(0))
            .map_err(|error| failed(&error))?;
        if limit == 0 {
            return Ok(false);
        }
        let counts = raw_sql(ACCOUNT).fetch_one(&mut self.connection).await;
        let (open, limit): (i64, i64) = counts
            .and_then(|row| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?)))
            .map_err(|error| failed(&error))?;
        Ok(open >= limit)
    }
}
