//! Where the rows are kept: one shape for every dialect.
//!
//! No call here has a deadline of its own, and none blocks the thread: the caller wraps each in its own time limit and
//! drops the connection when that has passed. Without one are those alone that take as long as a table is large: a change
//! of its layout, and an erasure's search.

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
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod limits;
mod memory;
#[cfg(feature = "mysql")]
pub(crate) mod mysql;
mod pool;
mod probe;
mod purpose;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod retries;
mod rows;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod search;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) mod select;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
mod transaction;
mod url;

pub(crate) use behavior_trace_core::store_driver::{
    ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError,
};
use behavior_trace_core::{Activity, Timestamp};

use memory::MemoryStore;
pub(crate) use pool::Pool;
use probe::{small, widest};
pub(crate) use purpose::Purpose;
pub use purpose::SESSION_IDLE;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use retries::{LONGEST_CONNECT, LONGEST_STEP, Retries, within};
pub(crate) use rows::StoredRow;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use select::{BindValue, Statement};
pub(crate) use url::Target;
pub use url::{DatabaseUrl, DatabaseUrlError};

/// A store, not yet connected to.
#[derive(Clone, Debug)]
pub(crate) struct Store(DatabaseUrl);

/// Which database's SQL is spoken.
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
        match self.0.0 {
            Target::Memory(_) => Dialect::Memory,
            #[cfg(feature = "mysql")]
            Target::MySql(_) => Dialect::MySql,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Connects, sets the session up and learns its limits. The name is resolved anew each time.
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

/// Does the same with whichever session it is.
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
    /// Stores the rows, each once however often it is sent: the same event at the same time is already there.
    ///
    /// Rows are committed in pieces of up to 1000 or about 1 MiB, front to back; an error says how many stand.
    pub(crate) async fn insert(&mut self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        each!(self, memory => memory.insert(rows), session => session.insert(rows).await)
    }

    /// Stores every row that the store takes, and returns those it refused although each was sent alone. With an error
    /// nothing of them is stored.
    pub(crate) async fn sift(
        &mut self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        each!(self, memory => Ok(memory.sift(rows)), session => session.sift(rows).await)
    }

    /// Stores a row that fills each column to its reference width, at this time, and takes it back.
    pub(crate) async fn probe(&mut self, occurred_at: Timestamp) -> Result<(), StoreError> {
        let row = widest(occurred_at);
        each!(self, memory => memory.probe_row(&row), session => session.probe_row(&row).await)
    }

    /// The name of this session on its server; `None` where nothing can be left behind.
    pub(crate) fn name(&self) -> Option<SessionName> {
        each!(self, _ => None, session => session.name())
    }

    /// Ends another session on this session's server, if it is there, and waits briefly until it is gone.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(unused_variables, reason = "memory has no sessions")
    )]
    pub(crate) async fn end(&mut self, other: &SessionName) -> Result<SessionEnd, StoreError> {
        each!(self, _ => Ok(SessionEnd::Ended), session => session.end(other).await)
    }

    /// Fails with [`ErrorClass::Configuration`] unless the table can take our rows. A table of a later release can.
    pub(crate) async fn check_schema(&mut self) -> Result<(), StoreError> {
        each!(self, _ => Ok(()), session => session.check_schema().await)
    }

    /// Stores a row and takes it back.
    pub(crate) async fn probe_small(&mut self) -> Result<(), StoreError> {
        each!(self, _ => Ok(()), session => session.probe_row(&small()).await)
    }

    /// Runs a statement and says how many rows it touched.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.execute(statement).await)
    }

    /// Runs all of the statements or none of them, in one transaction, and says how many rows each touched.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) async fn execute_together(
        &mut self,
        statements: Vec<Statement>,
    ) -> Result<Vec<u64>, StoreError> {
        each!(self, _ => Err(no_sql()), session => session.execute_together(statements).await)
    }

    /// The first column of each row, integers all.
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

    /// Returns what time it is, by the clock of the server.
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
