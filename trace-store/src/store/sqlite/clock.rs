//! What time it is where the file is.

use behavior_trace_core::Timestamp;

use super::session::Session;
use crate::store::StoreError;

impl Session {
    /// Returns what time it is: there is no other clock than this machine's.
    #[expect(clippy::unused_async, reason = "the other dialect asks its server")]
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::now())
    }
}
