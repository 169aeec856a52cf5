//! Transactions that a group of servers refuses for their size.
//!
//! The refusal of a group names no reason. The member may replicate nothing now, or the transaction may be larger than the group
//! takes. The second is taken for the reason only where it is proven: the rows alone are as large as the group's limit.

use std::mem;

use behavior_trace_core::Activity;
use sqlx::{Executor as _, Row as _, raw_sql};

use super::session::Session;
use super::size::packet_of;
use crate::store::{ErrorClass, StoreError};

/// Code of a transaction that a hook of the replication has refused.
pub(super) const HOOK_REFUSED: u16 = 3100;

/// Bytes that the events around the rows of a transaction take at least in the binary log: its id, its begin, its table, the
/// head of its rows and its end.
const AROUND: u64 = 256;

/// Statement for the limit; 0 for none, and where rows are compressed before they are measured. Other servers fail at it.
const LIMIT: &str = "SELECT CAST(IF(@@SESSION.binlog_transaction_compression, 0, \
     @@GLOBAL.group_replication_transaction_size_limit) AS SIGNED)";

impl Session {
    /// Finds out whether rows that were refused are too large for a group. The session is in no transaction.
    pub(super) async fn sized<T>(
        &mut self,
        done: Result<T, StoreError>,
        rows: &[Activity<'_>],
    ) -> Result<T, StoreError> {
        let is_hook = mem::take(&mut self.is_hook_refused);
        let error = match done {
            Err(error) if is_hook => error,
            done => return done,
        };
        let size = transaction_of(rows);
        match self.group_limit().await {
            Some(limit) if size >= limit => Err(StoreError::new(
                ErrorClass::TooBig,
                format!(
                    "{error}: a transaction takes at most {limit} bytes \
                     (`group_replication_transaction_size_limit`), and this one {size} or more"
                ),
            )),
            _ => Err(error),
        }
    }

    /// Returns the largest transaction that the group takes, in bytes; `None` for no limit, and if it is not known.
    async fn group_limit(&mut self) -> Option<u64> {
        let row = self.connection.fetch_one(raw_sql(LIMIT)).await.ok()?;
        let limit: i64 = row.try_get_unchecked(0).ok()?;
        u64::try_from(limit).ok().filter(|limit| *limit > 0)
    }
}

/// Returns the bytes that a transaction with these rows takes at least in the binary log.
fn transaction_of(rows: &[Activity<'_>]) -> u64 {
    AROUND + rows.iter().map(|row| values_of(row) as u64).sum::<u64>()
}

/// Returns the bytes of a row's values. Its packet has some more around them.
fn values_of(row: &Activity<'_>) -> usize {
    packet_of(row).saturating_sub(packet_of(&Activity::default()))
}
