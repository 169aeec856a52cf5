//! Storing activity through the application's own transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Activity, UnitOfWork};
use sqlx::{Connection, Database};
use uuid::Uuid;

/// A database whose transactions can store activity: MySQL (MariaDB) and SQLite.
pub trait ActivityDatabase: Database + sealed::Insert {}

mod sealed {
    use super::{Activity, Database};

    pub trait Insert: Database {
        fn insert_activity(
            connection: &mut Self::Connection,
            rows: &[Activity<'_>],
        ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
    }
}

macro_rules! stores_activity {
    ($feature:literal, $database:ty, $insert:path) => {
        #[cfg(feature = $feature)]
        impl ActivityDatabase for $database {}

        #[cfg(feature = $feature)]
        impl sealed::Insert for $database {
            async fn insert_activity(
                connection: &mut Self::Connection,
                rows: &[Activity<'_>],
            ) -> Result<(), sqlx::Error> {
                $insert(connection, rows).await
            }
        }
    };
}

stores_activity!("mysql", sqlx::MySql, crate::store::mysql::insert_all);
stores_activity!("sqlite", sqlx::Sqlite, crate::store::sqlite::insert_all);

/// Stores the activity recorded by `work` through the transaction of `connection`, so that it commits with the change or
/// not at all. **It may fail the caller**, and waits for the database.
///
/// The row is like any other: the policy admits and finishes it, secrets are masked, its id is assigned here, and the
/// insert is idempotent. The surrounding unit of work decides how it is counted; without one it counts as committed.
///
/// ```no_run
/// # async fn example(tx: &mut sqlx::Transaction<'_, sqlx::Sqlite>) -> Result<(), sqlx::Error> {
/// behavior_trace::transaction::record(&mut **tx, || {
///     // record!(action = "order.approve", resource = "Order", resource_id = 7);
/// })
/// .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// Returns sqlx's error if the rows cannot be inserted, for instance because the table is in another database. The rows are
/// discarded then; the caller decides whether to keep the change.
pub async fn record<C, T>(connection: &mut C, work: impl FnOnce() -> T) -> Result<T, sqlx::Error>
where
    C: Connection<Database: ActivityDatabase<Connection = C>>,
{
    let unit = UnitOfWork::new();
    let output = unit.in_scope(work);
    store_activity(connection, &unit).await?;
    unit.commit();
    Ok(output)
}

/// Stores the activity pending in `unit` through the transaction of `connection`. **It may fail the caller**, and waits for
/// the database.
///
/// For applications that hold sqlx's own transaction and a separate unit of work. End the unit as the transaction ends;
/// stored activity is then counted, and not delivered again.
///
/// # Errors
///
/// Returns sqlx's error if the rows cannot be inserted. All of them then stay pending in the unit. If the future is dropped
/// before it completes, it is unknown which rows were stored. Roll back then, or some rows may be stored twice.
pub async fn store_activity<C>(connection: &mut C, unit: &UnitOfWork) -> Result<(), sqlx::Error>
where
    C: Connection<Database: ActivityDatabase<Connection = C>>,
{
    let lent = unit.pending();
    if lent.is_empty() {
        return Ok(());
    }
    let rows = catch_unwind(AssertUnwindSafe(|| lent.finish(Uuid::new_v4)))
        .map_err(|_| sqlx::Error::Encode("the policy panicked on the activity".into()))?;
    <C::Database as sealed::Insert>::insert_activity(connection, &rows).await?;
    lent.mark_stored();
    Ok(())
}
