//! Retries of idempotent steps, for work that goes through a table step by step.

use std::time::Duration;

use super::{Connection, ErrorClass, Purpose, Store, StoreError};

/// Number of attempts at a step before its error ends the run.
const MOST: u32 = 5;
/// Wait before the second attempt; later waits are twice and three times as long.
const WAIT: Duration = Duration::from_millis(200);

/// Time limit for connecting. A connection takes milliseconds or, on a server that hangs, forever; sqlx waits without a
/// limit. Tests cannot wait that long.
pub(crate) const LONGEST_CONNECT: Duration = Duration::from_secs(if cfg!(test) { 10 } else { 60 });
/// Time limit of a step, which has at most a thousand rows found by an index. The generous limit spares a server that is
/// only overloaded.
pub(crate) const LONGEST_STEP: Duration = Duration::from_mins(10);

/// Runs the work within a time limit, or returns an unknown outcome. After that the connection is unusable.
pub(crate) async fn within<T, E: From<StoreError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let outcome = tokio::time::timeout(limit, Box::pin(work)).await;
    outcome.unwrap_or_else(|_| {
        let silence = format!("the database has not answered within {limit:?}");
        Err(StoreError::new(ErrorClass::UnknownOutcome, silence).into())
    })
}

/// Number of attempts at one step.
#[derive(Debug, Default)]
pub(crate) struct Retries(u32);

impl Retries {
    /// Returns whether a retry may succeed after an error of this class. If so, it first waits, and reconnects if necessary.
    pub(crate) async fn another(
        &mut self,
        class: Option<ErrorClass>,
        store: &Store,
        connection: &mut Connection,
    ) -> Result<bool, StoreError> {
        self.0 += 1;
        if self.0 >= MOST {
            return Ok(false);
        }
        match class {
            Some(ErrorClass::Transient) => {}
            Some(ErrorClass::UnknownOutcome | ErrorClass::Reconnect | ErrorClass::ReadOnly) => {
                *connection = within(LONGEST_CONNECT, store.connect(Purpose::Maintainer)).await?;
            }
            _ => return Ok(false),
        }
        tokio::time::sleep(WAIT * self.0).await;
        Ok(true)
    }
}
