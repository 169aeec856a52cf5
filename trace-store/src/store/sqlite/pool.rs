//! Connection pool for reading.

use std::sync::OnceLock;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, query_with};
use tokio::time::sleep;
use uuid::Uuid;

use super::classify::failed;
use super::options::{AGAIN, Options, Patience};
use super::statement::{bound, counted, row};
use crate::store::StoreError;
use crate::store::group::Counted;
use crate::store::rows::{StoredRow, event};
use crate::store::select::Statement;

const CONNECTIONS: u32 = 4;
/// Time limit for acquiring a connection.
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

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<StoredRow>, StoreError> {
        let mut connection = self.connection().await?;
        let rows = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_all(&mut *connection)
            .await;
        rows.map(|rows| rows.iter().map(row).collect())
            .map_err(|error| failed(&error))
    }

    pub(crate) async fn number(&self, statement: Statement) -> Result<u64, StoreError> {
        let mut connection = self.connection().await?;
        let row = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_one(&mut *connection)
            .await;
        let number = row.and_then(|row| row.try_get_unchecked::<i64, _>(0));
        number
            .map(i64::unsigned_abs)
            .map_err(|error| failed(&error))
    }

    /// Returns the first two columns of each row: an id, and the id of its event.
    pub(crate) async fn events(
        &self,
        statement: Statement,
    ) -> Result<Vec<(u64, Uuid)>, StoreError> {
        let mut connection = self.connection().await?;
        let rows = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_all(&mut *connection)
            .await;
        let rows = rows.map_err(|error| failed(&error))?;
        let events = rows.iter().map(|row| {
            let event: Option<String> = row.try_get_unchecked(1)?;
            Ok((row.try_get_unchecked::<i64, _>(0)?, event))
        });
        let events: Result<Vec<_>, sqlx::Error> = events.collect();
        let events = events.map_err(|error| failed(&error))?;
        Ok(events.into_iter().map(event).collect())
    }

    /// Returns the groups of a count.
    pub(crate) async fn counted(&self, statement: Statement) -> Result<Counted, StoreError> {
        let mut connection = self.connection().await?;
        let rows = query_with(AssertSqlSafe(statement.text), bound(statement.arguments)?)
            .fetch_all(&mut *connection)
            .await;
        let groups = rows.and_then(|rows| rows.iter().map(counted).collect::<Result<Vec<_>, _>>());
        groups.map(Counted::collect).map_err(|error| failed(&error))
    }

    async fn connection(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let patience = Patience::new();
        loop {
            match self.pool().acquire().await {
                Err(error) if patience.allows(&error) => sleep(AGAIN).await,
                outcome => return outcome.map_err(|error| failed(&error)),
            }
        }
    }

    /// Returns the pool, created on first use because a pool belongs to a runtime. A reader creates no file.
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

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use sqlx::{ConnectOptions as _, Connection as _, Executor as _, raw_sql};
    use tokio::time::timeout;

    use super::*;
    use crate::migrate::Migrations;
    use crate::reader::Reader;

    #[tokio::test]
    async fn a_reader_waits_until_the_file_can_be_turned_to_wal() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("activity.db").display());
        let of_url = url.parse().expect("a good URL");
        Migrations::new(&of_url).run().await.expect("migrated");
        let options = Options::parse(&url).expect("a good URL");
        let plain = (*options.connect).clone().pragma("journal_mode", "DELETE");
        let mut other = plain.connect().await.expect("a connection");
        let reads = "BEGIN; SELECT COUNT(*) FROM operational_activity";
        other.execute(raw_sql(reads)).await.expect("a lock");

        let reader = Reader::new(&of_url);
        let query = reader.query();
        let mut reading = pin!(query.count_up_to(1));
        let early = timeout(Duration::from_millis(200), &mut reading).await;
        assert!(early.is_err(), "the file is locked: {early:?}");
        other.close().await.expect("closed");
        assert_eq!(reading.await.expect("a count"), 0);
    }
}
