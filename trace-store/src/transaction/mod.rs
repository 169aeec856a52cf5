//! Transactions of sqlx whose activity leaves with their commit, and vanishes with their rollback.
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
//! # The window that remains
//!
//! The events are handed over once the database has said that it committed. A process that dies between the two, a few
//! microseconds, leaves the change without its row; so does one that dies before the writer has stored what it holds in
//! memory. Where that is too much, let the row commit with the change: [`Transaction::commit_with_activity`], or
//! [`Transaction::store_activity`] before the commit, inserts what waits through the transaction itself. This is the one
//! place where recording may fail the caller: if the insert fails, so does the call. The table must then be in the
//! database that the transaction is on.
//!
//! # When the answer to a COMMIT is lost
//!
//! If the connection dies at COMMIT, or the future is dropped there, nobody knows whether the server committed. The events
//! leave, marked `"commit": "unknown"` in their payload, and are counted apart. Rows that the transaction itself stored
//! need no mark: they are there if and only if the change is.
//!
//! # What is not seen
//!
//! The database may end a transaction behind sqlx's back: MySQL commits before any DDL statement, and rolls back the
//! whole transaction, savepoints included, on a deadlock (1213). Pass such an error on instead of committing after it.

mod commit;
mod store;

use std::fmt;
use std::ops::{Deref, DerefMut};

use behavior_trace_core::{UnitOfWork, UnitOfWorkHandle};
use sqlx::{Connection as _, Database, Pool};

pub use store::{ActivityDatabase, record, store_activity};

/// Runs `work` in a transaction: commits it and releases its activity if `work` returns `Ok`, rolls both back if it returns
/// `Err`, panics or is dropped.
///
/// The unit of work around the call, if any, has no say in it: what the database has committed is released.
/// An error of the rollback itself is swallowed; the server rolls back what no connection holds.
///
/// # Errors
///
/// What `work` returns, and sqlx's own error if the transaction cannot be begun or committed.
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

/// A transaction of sqlx, or a savepoint in one, together with the unit of work that its activity waits in.
///
/// It is used as sqlx's own is: `&mut **tx` is an executor where `tx` is a `&mut Transaction`, and so is any
/// `&mut` to the connection that it derefs to. Dropped, it is rolled back, and its activity discarded.
///
/// As a value it has no scope around the calls it is given to; these name it: `unit = tx` in the attribute and in
/// `record!`, or run inside [`unit_of_work().scope(…)`](UnitOfWorkHandle::scope).
pub struct Transaction<'c, DB: Database> {
    // In this order: the rollback is on its way before the activity is discarded.
    inner: sqlx::Transaction<'c, DB>,
    unit: UnitOfWork,
}

impl<DB: Database> Transaction<'static, DB> {
    /// Begins a transaction on a connection of the pool.
    pub async fn begin_on(pool: &Pool<DB>) -> Result<Self, sqlx::Error> {
        pool.begin().await.map(Self::from)
    }
}

impl<'c, DB: Database> Transaction<'c, DB> {
    /// Begins a savepoint. Until it ends, what is recorded in this transaction is recorded in the savepoint.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, sqlx::Error> {
        let inner = (*self.inner).begin().await?;
        let unit = self.unit.handle().savepoint();
        Ok(Transaction { inner, unit })
    }

    /// The unit of work that the activity of this transaction waits in.
    pub fn unit_of_work(&self) -> UnitOfWorkHandle {
        self.unit.handle()
    }

    /// sqlx's own transaction, for functions that ask for it by type.
    ///
    /// Replacing it through this borrow (`std::mem::replace`) would part it from its activity.
    pub const fn as_sqlx(&mut self) -> &mut sqlx::Transaction<'c, DB> {
        &mut self.inner
    }

    /// Commits, then releases the activity, or passes it to the transaction around a savepoint.
    ///
    /// # Errors
    ///
    /// sqlx's own. The activity is discarded if the database said that it did not commit, and leaves marked
    /// `"commit": "unknown"` if it said nothing.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        commit::commit(self.inner, self.unit).await
    }

    /// Rolls back, and discards the activity.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        // Whatever comes of it: a server rolls back what no connection holds.
        self.unit.rollback();
        self.inner.rollback().await
    }
}

impl<DB: ActivityDatabase> Transaction<'_, DB> {
    /// Stores the activity that waits now through this transaction, so that it commits with the change or not at all.
    ///
    /// # Errors
    ///
    /// sqlx's own, if the rows cannot be inserted, the table being in another database for instance. The activity then
    /// still waits, all of it: a caller that commits all the same has it released in the ordinary way. If the future is
    /// dropped before it has ended, nobody knows what was stored: roll back then, or some rows may be there twice.
    pub async fn store_activity(&mut self) -> Result<(), sqlx::Error> {
        store_activity(&mut *self.inner, &self.unit).await
    }

    /// [Stores the activity](Self::store_activity), then commits.
    ///
    /// # Errors
    ///
    /// sqlx's own. If the rows cannot be inserted, the transaction is rolled back.
    pub async fn commit_with_activity(mut self) -> Result<(), sqlx::Error> {
        self.store_activity().await?;
        self.commit().await
    }
}

/// Takes over a transaction that was begun otherwise, with an isolation level of its own for instance.
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
