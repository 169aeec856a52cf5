//! Another try at a step that does no harm twice, for what works through a table bit by bit.

use std::time::Duration;

use super::{Connection, ErrorClass, Purpose, Store, StoreError};

/// Retries at a step before its error is the run's.
const MOST: u32 = 5;
/// Before the second attempt; then twice, three times as long.
const WAIT: Duration = Duration::from_millis(200);

/// A connection is made in milliseconds or, on a server that hangs, never; sqlx waits for it without a limit.
/// Tests cannot wait so long.
pub(crate) const LONGEST_CONNECT: Duration = Duration::from_secs(if cfg!(test) { 10 } else { 60 });
/// A step is of a thousand rows at most, found by an index. So much patience does no harm to a server that only suffers.
pub(crate) const LONGEST_STEP: Duration = Duration::from_mins(10);

/// What comes of the work, or an unknown outcome if nothing does in time. The connection is no good then.
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

/// The attempts at one step.
#[derive(Debug, Default)]
pub(crate) struct Retries(u32);

impl Retries {
    /// Whether another may succeed where this error came up. If so it waits until then, and connects anew if need be.
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
            Some(ErrorClass::UnknownOutcome | ErrorClass::Reconnect) => {
                *connection = within(LONGEST_CONNECT, store.connect(Purpose::Maintainer)).await?;
            }
            _ => return Ok(false),
        }
        tokio::time::sleep(WAIT * self.0).await;
        Ok(true)
    }
}
