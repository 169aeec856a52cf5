//! Connections for reading.

use std::sync::OnceLock;
use std::time::Duration;

use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _, query_with};

use super::classify::failed;
use super::options::Options;
use super::statement::{bound, row};
use crate::store::error::StoreError;
use crate::store::rows::Row;
use crate::store::select::Statement;

const CONNECTIONS: u32 = 4;
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Pool {
    options: Options,
    pool: OnceLock<SqlitePool>,
}

impl Pool {
    pub(crate) fn of(options: &Options) -> Self {
        Self {
            options: options.clone(),
            pool: OnceLock::new(),
        }
    }

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let rows = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_all(self.pool())
            .await;
        rows.map(|rows| rows.iter().map(row).collect())
            .map_err(|error| failed(&error))
    }

    pub(crate) async fn number(&self, statement: Statement) -> Result<u64, StoreError> {
        let row = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_one(self.pool())
            .await;
        let number = row.and_then(|row| row.try_get_unchecked::<i64, _>(0));
        number
            .map(i64::unsigned_abs)
            .map_err(|error| failed(&error))
    }

    /// Made when first needed, since a pool belongs to a runtime. A reader makes no file.
    fn pool(&self) -> &SqlitePool {
        self.pool.get_or_init(|| {
            SqlitePoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(ACQUIRE)
                .connect_lazy_with(
                    (*self.options.connect)
                        .clone()
                        .create_if_missing(false)
                        .pragma("query_only", "ON"),
                )
        })
    }
}
