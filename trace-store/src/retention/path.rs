//! Access path of a step to its rows.

#[cfg(feature = "mysql")]
use crate::store::Statement;
use crate::store::{Connection, StoreError};

/// Access path to rows with known ids and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// By the primary key.
    Id,
    /// By the cursor key, within their times. In a partitioned table a server looks each id up in every partition, unless
    /// the times exclude it: 62 rows in 2,000 partitions took 0.3 s, and take 1 ms by their times.
    Time,
}

/// Query that returns 1 if the time is part of the primary key, as partitioning requires, and the cursor key exists; else
/// 0. Querying the partitions themselves would open each of them.
#[cfg(feature = "mysql")]
const IS_PARTITIONED: &str = "SELECT CAST(COUNT(DISTINCT index_name) = 2 AS SIGNED) FROM information_schema.statistics \
     WHERE table_schema = DATABASE() AND table_name = 'operational_activity' AND column_name = 'occurred_at' \
     AND index_name IN ('PRIMARY', 'operational_activity_cursor')";

impl Path {
    /// Reads the table's layout from the server. A file has no partitions.
    #[cfg_attr(
        not(feature = "mysql"),
        expect(clippy::unused_async, reason = "the other dialect asks its server")
    )]
    pub(super) async fn of(connection: &mut Connection) -> Result<Self, StoreError> {
        #[cfg(feature = "mysql")]
        if matches!(connection, Connection::MySql(_))
            && connection.numbers(Statement::plain(IS_PARTITIONED)).await? == [1]
        {
            return Ok(Self::Time);
        }
        let _ = connection;
        Ok(Self::Id)
    }
}
