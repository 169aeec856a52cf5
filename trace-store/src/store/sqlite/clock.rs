//! The clock of the machine that uses the file.

use behavior_trace_core::Timestamp;

use super::session::Session;
use crate::store::StoreError;

impl Session {
    /// Returns the current time. This machine's clock is the only one.
    #[expect(clippy::unused_async, reason = "the other dialect asks its server")]
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::now())
    }
}
