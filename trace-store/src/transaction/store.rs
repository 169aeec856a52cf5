//! Activity that the host's own transaction stores.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Activity, UnitOfWork};
use sqlx::{Connection, Database};
use uuid::Uuid;

/// A database that activity can be stored in through a transaction of the host's: MySQL (MariaDB) and SQLite.
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

/// Records what `work` records through the transaction that `connection` is in, so that it commits with the change or not
/// at all. **It may fail the caller**, and waits for the database.
///
/// The row is the same as any other: the policy admits and finishes it, secrets are masked, its id is drawn here, and the
/// insert is idempotent. What it counts for is settled by the unit of work around it; without one it counts as committed.
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
/// sqlx's own, if the rows cannot be inserted: the table is in another database, say. They are discarded then; whether
/// the change holds is the caller's to decide.
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

/// Stores what waits in `unit` through the transaction that `connection` is in. **It may fail the caller**, and waits for
/// the database.
///
/// For hosts that hold sqlx's own transaction and a unit beside it. Afterwards end the unit as the transaction ends; what
/// was stored is then counted, and not released again.
///
/// # Errors
///
/// sqlx's own, if the rows cannot be inserted. They still wait in the unit then, all of them. If the future is dropped before
/// it has ended, nobody knows what was stored: roll back then, or some rows may be there twice.
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
