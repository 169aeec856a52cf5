//! Check of the table's columns and keys.

use sqlx::{Executor as _, Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::sql::{COLUMNS_ARE_THERE, NO_UNIQUE_KEY, foreign_key};
use crate::store::{ErrorClass, StoreError};

/// The query for each unique index of the table: its name, and its columns as one text. An expression has no name.
const UNIQUE_KEYS: &str = "SELECT list.name, (SELECT group_concat(name) FROM pragma_index_info(list.name)) \
     FROM pragma_index_list('operational_activity') AS list WHERE list.\"unique\" = 1 AND list.origin <> 'pk'";

impl Session {
    /// Fails unless every column that the recorder writes exists, the unique key that makes resending harmless exists, and
    /// there is no other unique key.
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
        let mut is_there = false;
        for key in keys {
            let name: String = key.try_get_unchecked(0).map_err(failed)?;
            let columns: Option<String> = key.try_get_unchecked(1).map_err(failed)?;
            let columns = columns.unwrap_or_default();
            let has = |wanted| columns.split(',').any(|column| column == wanted);
            if !(has("occurred_at") && has("event_id")) {
                return Err(foreign_key(Some(&name)));
            }
            is_there |= columns == "occurred_at,event_id";
        }
        if is_there {
            return Ok(());
        }
        Err(StoreError::new(ErrorClass::Configuration, NO_UNIQUE_KEY))
    }
}
