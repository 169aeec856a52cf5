//! Several statements, committed together.

use sqlx::{Executor as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::{ErrorClass, StoreError};

/// With a savepoint that shows at the end whether the transaction is still the one that was begun: a statement's error
/// may have taken all of it back, and what came after it would be the start of another.
const BEGIN: &str = "BEGIN; SAVEPOINT behavior_trace";
const COMMIT: &str = "RELEASE SAVEPOINT behavior_trace; COMMIT";

impl Session {
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        self.run(BEGIN).await.map_err(|error| failed(&error))
    }

    /// Commits what was done, or takes back what came before the error.
    pub(super) async fn finish<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        let error = match done {
            Ok(done) => match self.run(COMMIT).await {
                Ok(()) => return Ok(done),
                Err(error) => failed(&error),
            },
            Err(error) => error,
        };
        // A transaction that could not be rolled back leaves a session of which nothing is known.
        match self.run("ROLLBACK").await {
            Ok(()) => Err(error),
            Err(cause) => Err(unknown(&error, &cause)),
        }
    }

    /// Takes back what was done.
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
