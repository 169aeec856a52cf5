//! Connection pool for reading.
//!
//! It replaces sqlx's pool, which takes a connection back only after it has answered a ping. Meanwhile the next read finds
//! none and opens another, up to the maximum, and connecting over TLS takes a hundred times as long as a read.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, query_with, raw_sql};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::classify::{failed, not_connected};
use super::options::{Options, STATEMENTS_KEPT};
use super::statement::{bound, counted, row, spelled};
use crate::store::group::Counted;
use crate::store::purpose::Purpose;
use crate::store::rows::{StoredRow, event};
use crate::store::select::Statement;
use crate::store::{ErrorClass, StoreError};

const CONNECTIONS: usize = 4;
/// Time limit for acquiring a connection, and the pause between attempts while the server accepts none.
const ACQUIRE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(50);
/// Age of the last answer up to which a connection is used without a ping.
const FRESH: Duration = Duration::from_millis(100);
/// Time limit of a ping, and of closing an old connection.
const ANSWER: Duration = Duration::from_secs(1);
/// Maximum idle time and maximum age of a connection.
const IDLE: Duration = Duration::from_mins(10);
const LIFE: Duration = Duration::from_mins(30);

pub(crate) struct Pool {
    options: Options,
    places: Semaphore,
    /// Idle connections; the most recently used is taken first.
    idle: Mutex<Vec<Idle>>,
    /// Number of connections that were opened.
    opened: AtomicU64,
}

/// A connection with the statements it has prepared.
struct ReadConnection {
    connection: MySqlConnection,
    opened: Instant,
    prepared: HashSet<String>,
}

impl ReadConnection {
    fn of(connection: MySqlConnection) -> Self {
        Self {
            connection,
            opened: Instant::now(),
            prepared: HashSet::new(),
        }
    }

    async fn fetch(
        &mut self,
        statement: Statement,
    ) -> Result<Result<Vec<MySqlRow>, sqlx::Error>, StoreError> {
        let rows = if statement.arguments.is_empty() || !self.prepares(&statement.text) {
            // Besides the recorder's own text, it contains only numbers and literals in hexadecimal digits.
            let text = AssertSqlSafe(spelled(statement));
            self.connection.fetch_all(raw_sql(text)).await
        } else {
            let arguments = bound(statement.arguments)?;
            let query = query_with(AssertSqlSafe(statement.text), arguments);
            query.fetch_all(&mut self.connection).await
        };
        Ok(rows)
    }

    /// Returns whether a statement is to be prepared. At most as many are prepared as the driver keeps. One more would close
    /// another, and the server does not answer a close: the next request would wait 40 ms in the kernel until the server has
    /// acknowledged it.
    fn prepares(&mut self, text: &str) -> bool {
        if self.prepared.contains(text) {
            return true;
        }
        let has_room = self.prepared.len() < STATEMENTS_KEPT;
        if has_room {
            self.prepared.insert(text.to_owned());
        }
        has_room
    }
}

/// An idle connection.
struct Idle {
    connection: ReadConnection,
    answered: Instant,
}

impl Idle {
    fn is_old(&self) -> bool {
        self.answered.elapsed() > IDLE || self.connection.opened.elapsed() > LIFE
    }

    async fn answers(&mut self) -> bool {
        let ping = self.connection.connection.ping();
        self.answered.elapsed() < FRESH || matches!(timeout(ANSWER, ping).await, Ok(Ok(())))
    }
}

/// A connection leased for one statement. Only a connection whose statement was answered returns to the pool; one that is
/// given up or fails is closed.
pub(super) struct ConnectionLease<'p> {
    connection: ReadConnection,
    pool: &'p Pool,
    place: SemaphorePermit<'p>,
}

impl ConnectionLease<'_> {
    /// Runs a statement. The outer error is of a value that could not be bound, the inner one of the server.
    pub(super) async fn fetch(
        &mut self,
        statement: Statement,
    ) -> Result<Result<Vec<MySqlRow>, sqlx::Error>, StoreError> {
        self.connection.fetch(statement).await
    }

    /// Runs a statement whose error ends the lease.
    pub(super) async fn answer(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<MySqlRow>, StoreError> {
        let rows = self.connection.fetch(statement).await?;
        rows.map_err(|error| failed(&error))
    }

    pub(super) fn give_back(self) {
        self.pool.idle().push(Idle {
            connection: self.connection,
            answered: Instant::now(),
        });
        // The connection is already in the pool when the next waiter gets the permit.
        drop(self.place);
    }
}

/// Omits the driver's own view of its connections.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({})", self.options)
    }
}

impl Pool {
    pub(crate) fn of(options: &Options) -> Self {
        Self {
            options: options.clone(),
            places: Semaphore::new(CONNECTIONS),
            idle: Mutex::default(),
            opened: AtomicU64::new(0),
        }
    }

    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<StoredRow>, StoreError> {
        let rows = self.fetch(statement).await?;
        Ok(rows.iter().map(row).collect())
    }

    pub(crate) async fn number(&self, statement: Statement) -> Result<u64, StoreError> {
        let rows = self.fetch(statement).await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound);
        first
            .and_then(|row| row.try_get_unchecked::<i64, _>(0))
            .map(i64::unsigned_abs)
            .map_err(|error| failed(&error))
    }

    /// Returns the first two columns of each row: an id, and the id of its event.
    pub(crate) async fn events(
        &self,
        statement: Statement,
    ) -> Result<Vec<(u64, Uuid)>, StoreError> {
        events_of(&self.fetch(statement).await?)
    }

    /// Returns the groups of a count.
    pub(crate) async fn counted(&self, statement: Statement) -> Result<Counted, StoreError> {
        let rows = self.fetch(statement).await?;
        let groups: Result<Vec<_>, _> = rows.iter().map(counted).collect();
        groups.map(Counted::collect).map_err(|error| failed(&error))
    }

    /// Returns the number of connections that were opened. While it stays, the server has not restarted.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    pub(super) async fn fetch(&self, statement: Statement) -> Result<Vec<MySqlRow>, StoreError> {
        let mut lent = self.lend().await?;
        let rows = lent.answer(statement).await?;
        lent.give_back();
        Ok(rows)
    }

    pub(super) async fn lend(&self) -> Result<ConnectionLease<'_>, StoreError> {
        let mut refusal = None;
        let lent = timeout(ACQUIRE, self.lend_at_last(&mut refusal)).await;
        lent.unwrap_or_else(|_| {
            Err(refusal.unwrap_or_else(|| not_connected(&sqlx::Error::PoolTimedOut)))
        })
    }

    /// Waits without a limit, and stores the reason in `refusal` when the server accepts no connection.
    async fn lend_at_last(
        &self,
        refusal: &mut Option<StoreError>,
    ) -> Result<ConnectionLease<'_>, StoreError> {
        let closed = |_| failed(&sqlx::Error::PoolClosed);
        let place = self.places.acquire().await.map_err(closed)?;
        for old in self.take_old() {
            let _ = timeout(ANSWER, old.connection.connection.close()).await;
        }
        let connection = match self.take().await {
            Some(connection) => connection,
            None => self.open(refusal).await?,
        };
        Ok(ConnectionLease {
            connection,
            pool: self,
            place,
        })
    }

    async fn open(&self, refusal: &mut Option<StoreError>) -> Result<ReadConnection, StoreError> {
        let connection = self.connect(refusal).await?;
        self.opened.fetch_add(1, Ordering::Relaxed);
        Ok(ReadConnection::of(connection))
    }

    /// Connects for reading only. The server itself ends a statement after 30 s.
    async fn connect(
        &self,
        refusal: &mut Option<StoreError>,
    ) -> Result<MySqlConnection, StoreError> {
        loop {
            match self.options.session(Purpose::Reader).await {
                Err(error) if is_of_connecting(error.class()) => *refusal = Some(error),
                outcome => return outcome,
            }
            sleep(AGAIN).await;
        }
    }

    async fn take(&self) -> Option<ReadConnection> {
        loop {
            // As the condition of a `while let`, this would hold the lock during the ping.
            let mut idle = self.idle().pop()?;
            if idle.answers().await {
                return Some(idle.connection);
            }
        }
    }

    fn take_old(&self) -> Vec<Idle> {
        self.idle().extract_if(.., |idle| idle.is_old()).collect()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether a connection may be had later.
const fn is_of_connecting(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Unavailable | ErrorClass::Crowded)
}

/// Returns the first two columns of each row: an id, and the id of its event.
pub(super) fn events_of(rows: &[MySqlRow]) -> Result<Vec<(u64, Uuid)>, StoreError> {
    let events = rows.iter().map(|row| {
        let event: Option<String> = row.try_get_unchecked(1)?;
        Ok((row.try_get_unchecked::<i64, _>(0)?, event))
    });
    let events: Result<Vec<_>, sqlx::Error> = events.collect();
    let events = events.map_err(|error| failed(&error))?;
    Ok(events.into_iter().map(event).collect())
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

    async fn a_server_that_was_gone_is_connected_to_anew(kind: Kind) {
        let server = Server::start(kind).expect("a server of its own");
        let name = "a_server_that_was_gone_is_connected_to_anew";
        server.database(name).expect("a database");
        let pool = Pool::of(&Options::parse(&server.url(name)).expect("a good URL"));
        let ask = || pool.number(Statement::plain("SELECT 7"));
        assert_eq!(ask().await.expect("it is there"), 7);
        server.kill().expect("killed");
        tokio::time::sleep(FRESH).await;
        let error = ask().await.expect_err("it is gone");
        assert_eq!(error.class(), ErrorClass::Unavailable, "{error}");
        assert!(error.to_string().contains("refused"), "{error}");
        server.restart().expect("there again");
        assert_eq!(ask().await.expect("another connection"), 7);
        let other = pool.number(Statement::plain("SELECT nothing"));
        other.await.expect_err("there is no such column");
        assert_eq!(ask().await.expect("a third"), 7);
    }

    #[tokio::test]
    async fn a_server_that_was_gone_is_connected_to_anew_on_mariadb() {
        a_server_that_was_gone_is_connected_to_anew(Kind::MariaDb).await;
    }

    #[tokio::test]
    async fn a_server_that_was_gone_is_connected_to_anew_on_mysql() {
        a_server_that_was_gone_is_connected_to_anew(Kind::MySql).await;
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
