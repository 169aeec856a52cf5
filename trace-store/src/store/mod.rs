//! Stores for the rows, with one interface for every dialect.
//!
//! No call here has its own deadline, and none blocks the thread. The caller wraps each call in a time limit and drops the
//! connection when the limit has passed. Two calls run without a limit, because they take time in proportion to the table: a
//! change of its layout, and the search of an erasure.

#![cfg_attr(
    not(any(feature = "mysql", feature = "sqlite")),
    expect(clippy::unused_async, reason = "memory alone never waits")
)]

#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod bind;
#[cfg(all(test, feature = "mysql", feature = "sqlite"))]
#[path = "../../tests/contract/mod.rs"]
mod contract;
pub(crate) mod filter;
mod follow;
pub(crate) mod group;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod insert;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod limits;
mod memory;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "mysql")]
pub(crate) mod of_php;
mod pool;
mod probe;
mod purpose;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod ranges;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod retries;
mod rows;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod search;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) mod select;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod statement;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod transaction;
mod url;

pub(crate) use behavior_trace_core::store_driver::{
    ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError,
};
use behavior_trace_core::{Activity, Timestamp};

use memory::MemoryStore;
pub(crate) use pool::Pool;
use probe::{small, widest, widest_without_sign};
pub(crate) use purpose::Purpose;
pub use purpose::SESSION_IDLE;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use retries::{LONGEST_CONNECT, LONGEST_STEP, Retries, within};
pub(crate) use rows::StoredRow;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use select::{BindValue, Statement};
pub(crate) use url::Target;
pub use url::{DatabaseUrl, DatabaseUrlError};

/// Maximum number of ranges of ids in a statement.
pub(crate) const RANGES_PER_STATEMENT: usize = 64;

/// A store before a connection is made.
#[derive(Clone, Debug)]
pub(crate) struct Store(DatabaseUrl);

/// SQL dialect of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// This process's memory.
    Memory,
    /// MySQL and MariaDB.
    #[cfg(feature = "mysql")]
    MySql,
    /// SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite,
}

/// One connection of a store.
#[cfg_attr(
    all(feature = "mysql", not(feature = "sqlite")),
    expect(
        clippy::large_enum_variant,
        reason = "memory is for tests; a box would be one more for each connection"
    )
)]
#[derive(Debug)]
pub(crate) enum Connection {
    Memory(MemoryStore),
    #[cfg(feature = "mysql")]
    MySql(mysql::Session),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Session),
}

impl Store {
    pub(crate) fn open(url: &DatabaseUrl) -> Self {
        Self(url.clone())
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    /// Returns whether the URL has several hosts.
    pub(crate) fn has_several_hosts(&self) -> bool {
        match &self.0.0 {
            #[cfg(feature = "mysql")]
            Target::MySql(options) => options.hosts().are_several(),
            _ => false,
        }
    }

    /// Connects, sets up the session and reads its limits. Each call resolves the host name again.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(unused_variables, reason = "memory has no sessions")
    )]
    pub(crate) async fn connect(&self, purpose: Purpose) -> Result<Connection, StoreError> {
        match &self.0.0 {
            Target::Memory(memory) => Ok(Connection::Memory(memory.clone())),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => mysql::Session::connect(options, purpose)
                .await
                .map(Connection::MySql),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => sqlite::Session::connect(options, purpose)
                .await
                .map(Connection::Sqlite),
        }
    }
}

/// Runs the same expression on the session of any dialect.
macro_rules! each {
    ($connection:expr, $memory:pat => $in_memory:expr, $session:pat => $in_database:expr) => {
        match $connection {
            Connection::Memory($memory) => $in_memory,
            #[cfg(feature = "mysql")]
            Connection::MySql($session) => $in_database,
            #[cfg(feature = "sqlite")]
            Connection::Sqlite($session) => $in_database,
        }
    };
}

impl Connection {
    /// Stores the rows. Each row is stored once even if it is sent again, because the same event at the same time is already
    /// there.
    ///
    /// Rows are committed front to back in pieces of up to 1000 rows or about 1 MiB. An error holds the number of rows that
    /// are stored.
    pub(crate) async fn insert(&mut self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        each!(self, memory => memory.insert(rows), session => session.insert(rows).await)
    }

    /// Stores every row that the store accepts, and returns the rows that it refused although each was sent alone. On an
    /// error, none of the rows is stored.
    pub(crate) async fn sift(
        &mut self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        each!(self, memory => Ok(memory.sift(rows)), session => session.sift(rows).await)
    }

    /// Stores a row that fills each column to its reference width, at this time, and rolls it back.
    pub(crate) async fn probe(&mut self, occurred_at: Timestamp) -> Result<(), StoreError> {
        let row = widest(occurred_at);
        each!(self, memory => memory.probe_row(&row), session => session.probe_row(&row).await)
    }

    /// Stores such a row without a negative id, and rolls it back.
    pub(crate) async fn probe_without_sign(
        &mut self,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError> {
        let row = widest_without_sign(occurred_at);
        each!(self, memory => memory.probe_row(&row), session => session.probe_row(&row).await)
    }

    /// Returns the name of this session on its server; `None` if the store leaves no session behind.
    pub(crate) fn name(&self) -> Option<SessionName> {
        each!(self, _ => None, session => session.name())
    }

    /// Ends another session on this session's server, if it exists, and waits briefly until it is gone.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(unused_variables, reason = "memory has no sessions")
    )]
    pub(crate) async fn end(&mut self, other: &SessionName) -> Result<SessionEnd, StoreError> {
        each!(self, _ => Ok(SessionEnd::Ended), session => session.end(other).await)
    }

    /// Returns whether the server has refused a connection since the last call, because all were taken.
    #[cfg_attr(
        not(feature = "mysql"),
        expect(clippy::unused_async, reason = "only a server has few connections")
    )]
    pub(crate) async fn is_crowded(&mut self) -> Result<bool, StoreError> {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql(session) => session.is_crowded().await,
            _ => Ok(false),
        }
    }

    /// Fails with [`ErrorClass::Configuration`] unless the table accepts the recorder's rows. The table of a later release
    /// does.
    pub(crate) async fn check_schema(&mut self) -> Result<(), StoreError> {
        each!(self, _ => Ok(()), session => session.check_schema().await)
    }

    /// Stores a row and rolls it back.
    pub(crate) async fn probe_small(&mut self) -> Result<(), StoreError> {
        each!(self, _ => Ok(()), session => session.probe_row(&small()).await)
    }

    /// Runs a statement and returns the number of rows it affected.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.execute(statement).await)
    }

    /// Runs all of the statements or none, in one transaction, and returns the number of rows each affected.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn execute_together(
        &mut self,
        statements: Vec<Statement>,
    ) -> Result<Vec<u64>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.execute_together(statements).await)
    }

    /// Returns the first column of each row; all values are integers.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn numbers(&mut self, statement: Statement) -> Result<Vec<i64>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.numbers(statement).await)
    }

    /// Returns the first two columns of each row, as texts.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn pairs(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<(String, String)>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.pairs(statement).await)
    }

    /// Returns all columns of each row, as texts.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn texts(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.texts(statement).await)
    }

    /// Returns the current time by the clock of the server.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn now(&mut self) -> Result<Timestamp, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.now().await)
    }

    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<StoredRow>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.rows(statement).await)
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        each!(self, _ => Ok(()), session => session.close().await)
    }
}

#[cfg(any(feature = "mysql", feature = "sqlite"))]
fn no_sql() -> StoreError {
    StoreError::new(
        ErrorClass::Configuration,
        "the store in memory keeps its rows until the process ends; use a database",
    )
}
