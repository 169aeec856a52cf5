//! Looking for rows that other sessions have not committed.

use super::classify::{failed, number};
use super::pool::Pool;
use crate::store::StoreError;
use crate::store::select::Statement;

/// Error codes of a lock that is not waited for: MySQL's own, and MariaDB's for a wait of any length.
const LOCKED: [u16; 2] = [3572, 1205];

impl Pool {
    /// Returns whether a statement with locks that do not wait finds no row and no lock of another session. Its own locks end
    /// with it. The connection stays in the pool, because a lock is an answer.
    pub(crate) async fn finds_nothing(&self, statement: Statement) -> Result<bool, StoreError> {
        let mut lent = self.lend().await?;
        let answer = match lent.fetch(statement).await? {
            Ok(rows) => rows.is_empty(),
            Err(error) if number(&error).is_some_and(|code| LOCKED.contains(&code)) => false,
            Err(error) => return Err(failed(&error)),
        };
        lent.give_back();
        Ok(answer)
    }
}
