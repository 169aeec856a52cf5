//! Connections for reading.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::mysql::{MySqlPool, MySqlPoolOptions};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _, query_with,
    raw_sql,
};

use super::classify::{failed, not_connected};
use super::options::Options;
use super::statement::{bound, row};
use crate::store::error::StoreError;
use crate::store::rows::Row;
use crate::store::select::Statement;

const CONNECTIONS: u32 = 4;
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(5);

/// Reading only, and the server itself ends a statement after 30 s: each server runs the part that is written for it.
const SET_UP: &str = "SET SESSION TRANSACTION READ ONLY; SET SESSION autocommit = 1 \
     /*!80000 , SESSION max_execution_time = 30000 */ /*M! , SESSION max_statement_time = 30 */";

pub(crate) struct Pool {
    options: Options,
    pool: OnceLock<MySqlPool>,
}

/// Without the pool's own view of its options.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({})", self.options)
    }
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
        match rows {
            Ok(rows) => Ok(rows.iter().map(row).collect()),
            Err(error) => Err(self.cause(error).await),
        }
    }

    pub(crate) async fn number(&self, statement: Statement) -> Result<u64, StoreError> {
        let row = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_one(self.pool())
            .await;
        match row.and_then(|row| row.try_get_unchecked::<i64, _>(0)) {
            Ok(number) => Ok(number.unsigned_abs()),
            Err(error) => Err(self.cause(error).await),
        }
    }

    /// Made when first needed, since a pool belongs to a runtime.
    fn pool(&self) -> &MySqlPool {
        self.pool.get_or_init(|| {
            MySqlPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(ACQUIRE)
                .after_connect(|connection, _| {
                    Box::pin(async move { connection.execute(raw_sql(SET_UP)).await.map(drop) })
                })
                .connect_lazy_with((*self.options.connect).clone())
        })
    }

    /// A pool that waited in vain does not say for what; one attempt of our own does.
    async fn cause(&self, error: sqlx::Error) -> StoreError {
        if !matches!(error, sqlx::Error::PoolTimedOut) {
            return failed(&error);
        }
        match tokio::time::timeout(ACQUIRE, self.options.connect.connect()).await {
            Ok(Err(cause)) => not_connected(&cause),
            Ok(Ok(connection)) => {
                // It works now; the answer is the same as the pool's.
                let _ = connection.close().await;
                not_connected(&error)
            }
            Err(_) => not_connected(&error),
        }
    }
}
