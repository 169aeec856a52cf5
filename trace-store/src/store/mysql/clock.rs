//! The server's clock. It decides the age of a row, because the clock of a maintainer's machine may be wrong.

use behavior_trace_core::Timestamp;
use sqlx::{Executor as _, Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::{ErrorClass, StoreError};

/// The query for the current time, as text and in UTC, so that the session's time zone does not matter.
const NOW: &str = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)";

impl Session {
    /// Returns the current time by the server's clock.
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        let row = self.connection.fetch_one(raw_sql(NOW)).await;
        let text = row.and_then(|row| row.try_get_unchecked::<String, _>(0));
        let text = text.map_err(|error| failed(&error))?;
        text.parse().map_err(|_| {
            let unread = format!("the server's current time `{text}` is not a timestamp");
            StoreError::new(ErrorClass::Other, unread)
        })
    }
}
