//! The end of a transaction over several statements.

use sqlx::{Database, Transaction};

use super::{ErrorClass, StoreError};

/// Commits a successful result, or rolls back after an error. `failed` is the dialect's classification of errors.
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

/// Combines an error with the result of the rollback. If the rollback failed, the state of the connection is unknown.
fn undone(error: StoreError, rollback: Result<(), sqlx::Error>) -> StoreError {
    match rollback {
        Ok(()) => error,
        Err(rollback) => StoreError::new(
            ErrorClass::UnknownOutcome,
            format!("{error}; and the rollback failed: {rollback}"),
        ),
    }
}
