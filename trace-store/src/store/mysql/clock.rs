//! What time it is on the server, which is what decides how old a row is: a keeper's own clock may be wrong.

use behavior_trace_core::Timestamp;
use sqlx::{Executor as _, Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::{ErrorClass, StoreError};

/// As text, whatever the session's time zone.
const NOW: &str = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)";

impl Session {
    /// Returns what time it is, by the server's clock.
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        let row = self.connection.fetch_one(raw_sql(NOW)).await;
        let text = row.and_then(|row| row.try_get_unchecked::<String, _>(0));
        let text = text.map_err(|error| failed(&error))?;
        text.parse().map_err(|_| {
            let unread = format!("the server says that it is `{text}`, which is no time");
            StoreError::new(ErrorClass::Other, unread)
        })
    }
}
