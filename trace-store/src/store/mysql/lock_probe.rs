//! Looking for rows that other sessions have not committed.

use sqlx::Row as _;

use super::classify::{failed, number};
use super::pool::Pool;
use crate::store::StoreError;
use crate::store::select::Statement;

/// Error codes of a lock that is not waited for: MySQL's own, and MariaDB's for a wait of any length.
const LOCKED: [u16; 2] = [3572, 1205];

impl Pool {
    /// Returns the ids that a statement with locks that do not wait finds; `None` if another session has a lock. Its own locks
    /// end with it. The connection stays in the pool, because a lock is an answer.
    pub(crate) async fn unlocked(
        &self,
        statement: Statement,
    ) -> Result<Option<Vec<u64>>, StoreError> {
        let mut lent = self.lend().await?;
        let rows = match lent.fetch(statement).await? {
            Ok(rows) => Some(rows),
            Err(error) if number(&error).is_some_and(|code| LOCKED.contains(&code)) => None,
            Err(error) => return Err(failed(&error)),
        };
        lent.give_back();
        let Some(rows) = rows else {
            return Ok(None);
        };
        let ids = rows.iter().map(|row| row.try_get_unchecked::<i64, _>(0));
        let ids = ids.map(|id| id.map(i64::cast_unsigned));
        let ids: Result<Vec<_>, _> = ids.collect();
        ids.map(Some).map_err(|error| failed(&error))
    }
}
