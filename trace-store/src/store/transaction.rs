//! All of several statements, or nothing of them.

use sqlx::{Database, Transaction};

use super::{ErrorClass, StoreError};

/// Commits what was done, or takes back what came before the error. `failed` is the dialect's judgement of an error.
pub(super) async fn end<DB: Database, T>(
    transaction: Transaction<'_, DB>,
    done: Result<T, StoreError>,
    failed: fn(&sqlx::Error) -> StoreError,
) -> Result<T, StoreError> {
    match done {
        Ok(done) => {
            transaction.commit().await.map_err(|error| failed(&error))?;
            Ok(done)
        }
        Err(error) => Err(undone(error, transaction.rollback().await)),
    }
}

/// A transaction that could not be rolled back leaves a connection of which nothing is known.
fn undone(error: StoreError, rollback: Result<(), sqlx::Error>) -> StoreError {
    match rollback {
        Ok(()) => error,
        Err(rollback) => StoreError::new(
            ErrorClass::UnknownOutcome,
            format!("{error}; and the rollback failed: {rollback}"),
        ),
    }
}
