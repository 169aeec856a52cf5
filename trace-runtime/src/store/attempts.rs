//! Another try at a step that does no harm twice, for what works through a table bit by bit.

use std::time::Duration;

use super::{Class, Connection, Store, StoreError};

/// Attempts at a step before its error is the run's.
const MOST: u32 = 5;
/// Before the second attempt; then twice, three times as long.
const WAIT: Duration = Duration::from_millis(200);

/// The attempts at one step.
#[derive(Debug, Default)]
pub(crate) struct Attempts(u32);

impl Attempts {
    /// Whether another may succeed where this error came up. If so it waits until then, and connects anew if need be.
    pub(crate) async fn another(
        &mut self,
        class: Option<Class>,
        store: &Store,
        connection: &mut Connection,
    ) -> Result<bool, StoreError> {
        self.0 += 1;
        if self.0 >= MOST {
            return Ok(false);
        }
        match class {
            Some(Class::Transient) => {}
            Some(Class::UnknownOutcome | Class::Reconnect) => *connection = store.connect().await?,
            _ => return Ok(false),
        }
        tokio::time::sleep(WAIT * self.0).await;
        Ok(true)
    }
}
