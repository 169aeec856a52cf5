//! Transactions over several statements.

use sqlx::{Executor as _, raw_sql};

use super::classify::{failed, number};
use super::group_limit::HOOK_REFUSED;
use super::session::Session;
use crate::store::{ErrorClass, StoreError};

/// Start of a transaction with a savepoint. The savepoint shows at the end whether it is still the same transaction: a
/// failed statement may have rolled it back, and the statements after it would start another.
const BEGIN: &str = "BEGIN; SAVEPOINT behavior_trace";
const COMMIT: &str = "RELEASE SAVEPOINT behavior_trace; COMMIT";

impl Session {
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.run(BEGIN).await.map_err(|error| failed(&error))
    }

    /// Commits a successful result, or rolls back after an error.
    pub(super) async fn finish<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let error = match done {
            Ok(done) => match self.run(COMMIT).await {
                Ok(()) => return Ok(done),
                Err(error) => {
                    self.is_hook_refused = number(&error) == Some(HOOK_REFUSED);
                    failed(&error)
                }
            },
            Err(error) => error,
        };
        // After a failed rollback, the state of the session is unknown.
        match self.run("ROLLBACK").await {
            Ok(()) => Err(error),
            Err(cause) => Err(unknown(&error, &cause)),
        }
    }

    /// Rolls the transaction back.
    pub(super) async fn undo(&mut self) -> Result<(), StoreError> {
        self.run("ROLLBACK").await.map_err(|error| failed(&error))
    }

    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        self.connection.execute(raw_sql(text)).await.map(drop)
    }
}

fn unknown(error: &StoreError, cause: &sqlx::Error) -> StoreError {
    StoreError::new(
        ErrorClass::UnknownOutcome,
        format!("{error}; and the rollback failed: {cause}"),
    )
}
