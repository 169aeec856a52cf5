//! Whether the table is the one we write to.

use sqlx::{Executor as _, Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::error::{ErrorClass, StoreError};
use crate::store::sql::{COLUMNS_ARE_THERE, NO_UNIQUE_KEY};

/// The columns of each unique key of the table, as one text a key.
const UNIQUE_KEYS: &str = "SELECT CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS CHAR) \
     FROM information_schema.statistics \
     WHERE table_schema = DATABASE() AND table_name = 'operational_activity' AND non_unique = 0 \
     GROUP BY index_name";

impl Session {
    /// Fails unless every column we write is there, and the unique key that makes re-sending harmless.
    pub(crate) async fn check_schema(&mut self) -> Result<(), StoreError> {
        let failed = |error: sqlx::Error| failed(&error);
        self.connection
            .execute(raw_sql(COLUMNS_ARE_THERE))
            .await
            .map_err(failed)?;
        let keys = self
            .connection
            .fetch_all(raw_sql(UNIQUE_KEYS))
            .await
            .map_err(failed)?;
        for key in keys {
            let columns: String = key.try_get_unchecked(0).map_err(failed)?;
            if columns == "occurred_at,event_id" {
                return Ok(());
            }
        }
        Err(StoreError::new(ErrorClass::Configuration, NO_UNIQUE_KEY))
    }
}
