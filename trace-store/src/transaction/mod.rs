//! Transactions of sqlx whose activity is delivered on commit and discarded on rollback.
//!
//! ```no_run
//! # async fn rename(_: &mut sqlx::SqliteConnection, _: u64) -> Result<(), sqlx::Error> { Ok(()) }
//! # async fn example(pool: sqlx::SqlitePool) -> Result<(), sqlx::Error> {
//! behavior_trace::transaction::run(&pool, async |tx| {
//!     sqlx::query("UPDATE users SET name = 'Ada' WHERE id = 7").execute(&mut **tx).await?;
//!     rename(tx, 8).await // Annotated functions called in here wait for the commit.
//! })
//! .await
//! # }
//! ```
//!
//! # The remaining window
//!
//! The events are handed over once the database has confirmed the commit. A process that dies in the few microseconds
//! between the two leaves the change without its row. So does a process that dies before the writer has stored the events
//! it holds in memory. To exclude both, commit the row with the change: [`Transaction::commit_with_activity`], or
//! [`Transaction::store_activity`] before the commit, inserts the pending activity through the transaction itself. Only
//! here may recording fail the caller: if the insert fails, so does the call. The table must then be in the database of the
//! transaction.
//!
//! # A lost answer to COMMIT
//!
//! If the connection dies at COMMIT, or the future is dropped there, the outcome is unknown. The events are delivered with
//! the mark `"commit": "unknown"` in their payload, and counted apart. Rows stored by the transaction itself need no mark:
//! they exist if and only if the change does.
//!
//! # Limits
//!
//! The database may end a transaction without sqlx noticing. MySQL commits before any DDL statement. On a deadlock (1213)
//! it rolls back the whole transaction, including savepoints. Return such an error instead of committing after it.

mod commit;
mod store;

use std::fmt;
use std::ops::{Deref, DerefMut};

use behavior_trace_core::{UnitOfWork, UnitOfWorkHandle};
use sqlx::{Connection as _, Database, Pool};

pub use store::{ActivityDatabase, record, store_activity};

/// Runs `work` in a transaction. If `work` returns `Ok`, commits the transaction and delivers its activity. If `work`
/// returns `Err`, panics or is dropped, rolls back and discards both.
///
/// A surrounding unit of work has no effect: once committed, the activity is delivered. An error of the rollback itself is
/// ignored, because the server rolls back when the connection is gone.
///
/// # Errors
///
/// Returns the error of `work`, or sqlx's error if the transaction cannot be begun or committed.
pub async fn run<DB, T, E, W>(pool: &Pool<DB>, work: W) -> Result<T, E>
where
    DB: Database,
    E: From<sqlx::Error>,
    W: AsyncFnOnce(&mut Transaction<'_, DB>) -> Result<T, E>,
{
    let mut transaction = Transaction::begin_on(pool).await?;
    let unit = transaction.unit_of_work();
    match unit.scope(work(&mut transaction)).await {
        Ok(output) => {
            transaction.commit().await?;
            Ok(output)
        }
        Err(error) => {
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

/// A transaction of sqlx, or a savepoint in one, with the unit of work that holds its pending activity.
///
/// Use it like sqlx's own: with `tx: &mut Transaction`, `&mut **tx` is an executor, and so is any `&mut` to the connection
/// that it derefs to. Dropping it rolls back and discards the activity.
///
/// A transaction that is passed as a value has no scope around the calls that use it. Name it there with `unit = tx` in the
/// attribute and in `record!`, or run inside [`unit_of_work().scope(…)`](UnitOfWorkHandle::scope).
pub struct Transaction<'c, DB: Database> {
    // In this order: the rollback is sent before the activity is discarded.
    inner: sqlx::Transaction<'c, DB>,
    unit: UnitOfWork,
}

impl<DB: Database> Transaction<'static, DB> {
    /// Begins a transaction on a connection of the pool.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error if there is no connection or the transaction cannot be begun.
    pub async fn begin_on(pool: &Pool<DB>) -> Result<Self, sqlx::Error> {
        pool.begin().await.map(Self::from)
    }
}

impl<'c, DB: Database> Transaction<'c, DB> {
    /// Begins a savepoint. Until it ends, calls in this transaction are recorded in the savepoint.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error if the savepoint cannot be created.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, sqlx::Error> {
        let inner = (*self.inner).begin().await?;
        let unit = self.unit.handle().savepoint();
        Ok(Transaction { inner, unit })
    }

    /// Returns a handle of the unit of work that holds the pending activity.
    pub fn unit_of_work(&self) -> UnitOfWorkHandle {
        self.unit.handle()
    }

    /// Returns sqlx's own transaction, for functions that require that type.
    ///
    /// Replacing it through this borrow (`std::mem::replace`) would separate it from its activity.
    pub const fn as_sqlx(&mut self) -> &mut sqlx::Transaction<'c, DB> {
        &mut self.inner
    }

    /// Commits, then delivers the activity, or passes it to the transaction around a savepoint.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error. The activity is discarded if the database answered that it did not commit. Without an answer,
    /// it is delivered with the mark `"commit": "unknown"`.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        commit::commit(self.inner, self.unit).await
    }

    /// Rolls back, and discards the activity.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error. The activity is discarded all the same.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        // Before the rollback, even if it fails: the server rolls back when the connection is gone.
        self.unit.rollback();
        self.inner.rollback().await
    }
}

impl<DB: ActivityDatabase> Transaction<'_, DB> {
    /// Stores the activity pending now through this transaction, so that it commits with the change or not at all.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error if the rows cannot be inserted, for instance because the table is in another database. All the
    /// activity then stays pending, and a commit nevertheless delivers it in the ordinary way. If the future is dropped
    /// before it completes, it is unknown which rows were stored. Roll back then, or some rows may be stored twice.
    pub async fn store_activity(&mut self) -> Result<(), sqlx::Error> {
        store_activity(&mut *self.inner, &self.unit).await
    }

    /// [Stores the activity](Self::store_activity), then commits.
    ///
    /// # Errors
    ///
    /// Returns sqlx's error. If the rows cannot be inserted, the transaction is rolled back.
    pub async fn commit_with_activity(mut self) -> Result<(), sqlx::Error> {
        self.store_activity().await?;
        self.commit().await
    }
}

/// Wraps a transaction begun by other means, for instance with an isolation level.
impl<'c, DB: Database> From<sqlx::Transaction<'c, DB>> for Transaction<'c, DB> {
    fn from(inner: sqlx::Transaction<'c, DB>) -> Self {
        Self {
            inner,
            unit: UnitOfWork::root(),
        }
    }
}

impl<DB: Database> Deref for Transaction<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.inner
    }
}

impl<DB: Database> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.inner
    }
}

impl<DB: Database> AsRef<UnitOfWorkHandle> for Transaction<'_, DB> {
    fn as_ref(&self) -> &UnitOfWorkHandle {
        self.unit.as_ref()
    }
}

impl<DB: Database> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("unit", &self.unit)
            .finish_non_exhaustive()
    }
}
