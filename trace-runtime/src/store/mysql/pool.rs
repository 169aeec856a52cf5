//! Connections for reading.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use sqlx::mysql::{MySqlConnection, MySqlPool, MySqlPoolOptions};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection as _, MySql, Row as _, query_with};

use super::classify::{failed, not_connected};
use super::options::Options;
use super::set_up::set_up;
use super::statement::{bound, row};
use crate::store::error::StoreError;
use crate::store::purpose::Purpose;
use crate::store::rows::Row;
use crate::store::select::Statement;

const CONNECTIONS: u32 = 4;
/// How long a connection is waited for.
const ACQUIRE: Duration = Duration::from_secs(5);

pub(crate) struct Pool {
    options: Options,
    pool: OnceLock<MySqlPool>,
}

/// A connection during a statement.
///
/// sqlx takes none back before it has answered once more, for which it waits without a limit, and as long as that takes its
/// place in the pool is taken. So one whose statement is given up leaves the pool, and is cut off.
struct Lent(Option<PoolConnection<MySql>>);

impl Lent {
    fn connection(&mut self) -> Result<&mut MySqlConnection, StoreError> {
        let gone = || failed(&sqlx::Error::PoolClosed);
        self.0.as_deref_mut().ok_or_else(gone)
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        drop(self.0.take().map(PoolConnection::detach));
    }
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
        let arguments = bound(statement.arguments)?;
        let mut lent = self.lend().await?;
        let rows = query_with(AssertSqlSafe(statement.text), arguments)
            .fetch_all(lent.connection()?)
            .await;
        lent.give_back();
        rows.map(|rows| rows.iter().map(row).collect())
            .map_err(|error| failed(&error))
    }

    pub(crate) async fn number(&self, statement: Statement) -> Result<u64, StoreError> {
        let arguments = bound(statement.arguments)?;
        let mut lent = self.lend().await?;
        let row = query_with(AssertSqlSafe(statement.text), arguments)
            .fetch_one(lent.connection()?)
            .await;
        lent.give_back();
        row.and_then(|row| row.try_get_unchecked::<i64, _>(0))
            .map(i64::unsigned_abs)
            .map_err(|error| failed(&error))
    }

    async fn lend(&self) -> Result<Lent, StoreError> {
        match self.pool().acquire().await {
            Ok(connection) => Ok(Lent(Some(connection))),
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
                    Box::pin(async move {
                        // Reading only, and the server itself ends a statement after 30 s.
                        let set_up = set_up(connection, Purpose::Reader).await;
                        set_up
                            .map(drop)
                            .map_err(|error| sqlx::Error::Configuration(error.into()))
                    })
                })
                .connect_lazy_with((*self.options.connect).clone())
        })
    }

    /// A pool that waited in vain does not say for what; one attempt of our own does.
    async fn cause(&self, error: sqlx::Error) -> StoreError {
        if !matches!(error, sqlx::Error::PoolTimedOut) {
            return failed(&error);
        }
        match tokio::time::timeout(ACQUIRE, self.options.session(Purpose::Reader)).await {
            Ok(Err(cause)) => cause,
            Ok(Ok(connection)) => {
                // It works now; the answer is the same as the pool's.
                let _ = connection.close().await;
                not_connected(&error)
            }
            Err(_) => not_connected(&error),
        }
    }
}

#[cfg(test)]
mod tests {
    use behavior_trace_servers::{Kind, Server};
    use tokio::time::timeout;

    use super::*;

    async fn a_statement_that_is_given_up_keeps_no_place_in_the_pool(kind: Kind) {
        let server = Server::shared(kind).expect("a server");
        let name = "a_statement_that_is_given_up_keeps_no_place_in_the_pool";
        server.database(name).expect("a database");
        let options = Options::parse(&server.url(name)).expect("a good URL");
        let pool = Pool::of(&options);
        let slow = || {
            let sleep = Statement::plain("SELECT CAST(SLEEP(25) AS SIGNED)");
            Box::pin(timeout(Duration::from_secs(1), pool.number(sleep)))
        };
        let (a, b, c, d) = tokio::join!(slow(), slow(), slow(), slow());
        assert!([a, b, c, d].iter().all(Result::is_err), "it takes longer");
        let next = pool.number(Statement::plain("SELECT 7")).await;
        assert_eq!(next.expect("a connection"), 7);
    }

    #[tokio::test]
    async fn a_statement_that_is_given_up_keeps_no_place_in_the_pool_on_mariadb() {
        a_statement_that_is_given_up_keeps_no_place_in_the_pool(Kind::MariaDb).await;
    }

    #[tokio::test]
    async fn a_statement_that_is_given_up_keeps_no_place_in_the_pool_on_mysql() {
        a_statement_that_is_given_up_keeps_no_place_in_the_pool(Kind::MySql).await;
    }
}
