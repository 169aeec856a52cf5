//! Check of the table's columns and keys.

use sqlx::{Executor as _, Row as _, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::sql::{COLUMNS_ARE_THERE, NO_UNIQUE_KEY, foreign_key};
use crate::store::{ErrorClass, StoreError};

/// The query for each unique key of the table: its name, and its columns as one text. The prefix of a column does not count
/// as the column, and an expression has no name.
const UNIQUE_KEYS: &str = "SELECT CAST(index_name AS CHAR), CAST(GROUP_CONCAT(IF(sub_part IS NULL, column_name, NULL) \
     ORDER BY seq_in_index) AS CHAR) FROM information_schema.statistics \
     WHERE table_schema = DATABASE() AND table_name = 'operational_activity' AND non_unique = 0 \
     GROUP BY index_name";

impl Session {
    /// Fails unless every column that the recorder writes exists, the unique key that makes resending harmless exists, and
    /// there is no other unique key.
    pub(crate) async fn check_schema(&mut self) -> Result<(), StoreError> {
        self.connection
            .execute(raw_sql(COLUMNS_ARE_THERE))
            .await
            .map_err(|error| failed(&error))?;
        let keys = self.unique_keys().await.map_err(|error| failed(&error))?;
        if let Some((name, _)) = keys.iter().find(|key| is_foreign(key)) {
            return Err(foreign_key(Some(name)));
        }
        if keys.iter().any(|key| key.1 == "occurred_at,event_id") {
            return Ok(());
        }
        Err(StoreError::new(ErrorClass::Configuration, NO_UNIQUE_KEY))
    }

    /// Returns the error for a row whose values belong to another event under a foreign unique key.
    pub(super) async fn foreign_key(&mut self) -> StoreError {
        let keys = self.unique_keys().await.unwrap_or_default();
        let found = keys.iter().find(|key| is_foreign(key));
        foreign_key(found.map(|key| key.0.as_str()))
    }

    async fn unique_keys(&mut self) -> Result<Vec<(String, String)>, sqlx::Error> {
        let rows = self.connection.fetch_all(raw_sql(UNIQUE_KEYS)).await?;
        let pair = |row: &sqlx::mysql::MySqlRow| {
            let columns: Option<String> = row.try_get_unchecked(1)?;
            Ok((row.try_get_unchecked(0)?, columns.unwrap_or_default()))
        };
        rows.iter().map(pair).collect()
    }
}

/// Returns whether a unique key may join two events. The server assigns the values of the primary key; any other key has to
/// contain the two columns that no two events share.
fn is_foreign((name, columns): &(String, String)) -> bool {
    let has = |wanted| columns.split(',').any(|column| column == wanted);
    name != "PRIMARY" && !(has("occurred_at") && has("event_id"))
}
