//! Transactions that a group of servers refuses for their size.
//!
//! The refusal of a group names no reason. The member may replicate nothing now, or the transaction may be larger than the group
//! takes. The second is taken for the reason only where it is proven: the rows alone are as large as the group's limit. The size
//! of a payload is the server's own, since JSON is stored in a form that may be shorter than its text.

use std::mem;

use behavior_trace_core::Activity;
use sqlx::{Executor as _, Row as _, query_scalar, raw_sql};

use super::session::Session;
use crate::store::{ErrorClass, StoreError};

/// Code of a transaction that a hook of the replication has refused.
pub(super) const HOOK_REFUSED: u16 = 3100;

/// Bytes that the events around the rows of a transaction take at least in the binary log: its id, its begin, its table, the
/// head of its rows and its end.
const AROUND: u64 = 256;

const EVENT_ID: usize = 36;
const OCCURRED_AT: usize = 8;
const ACTOR_ID: usize = 8;

/// Bytes that a byte of JSON takes at most once it is stored: `[]` and its comma take 13.
const MOST_PER_BYTE: u64 = 5;

/// Statement for the bytes of a payload as the server stores it.
const STORED: &str = "SELECT CAST(JSON_STORAGE_SIZE(CAST(? AS JSON)) AS SIGNED)";

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
        let Some(limit) = self.group_limit().await else {
            return Err(error);
        };
        match self.reached(limit, rows).await {
            Some(size) => Err(StoreError::new(
                ErrorClass::TooBig,
                format!(
                    "{error}: a transaction takes at most {limit} bytes \
                     (`group_replication_transaction_size_limit`), and this one {size} or more"
                ),
            )),
            None => Err(error),
        }
    }

    /// Returns the bytes of the first rows that reach the limit together; `None` if they do not, or if it is not known.
    async fn reached(&mut self, limit: u64, rows: &[Activity<'_>]) -> Option<u64> {
        if rows.iter().map(most_of).sum::<u64>() < limit {
            return None;
        }
        let mut size = AROUND;
        for row in rows {
            let stored = query_scalar(STORED).bind(&*row.payload);
            let stored: i64 = stored.fetch_one(&mut self.connection).await.ok()?;
            size += columns_of(row) + u64::try_from(stored).ok()?;
            if size >= limit {
                return Some(size);
            }
        }
        None
    }

    /// Returns the largest transaction that the group takes, in bytes; `None` for no limit, and if it is not known.
    async fn group_limit(&mut self) -> Option<u64> {
        let row = self.connection.fetch_one(raw_sql(LIMIT)).await.ok()?;
        let limit: i64 = row.try_get_unchecked(0).ok()?;
        u64::try_from(limit).ok().filter(|limit| *limit > 0)
    }
}

/// Returns the bytes that the columns of a row take at least in the binary log, without its payload.
fn columns_of(row: &Activity<'_>) -> u64 {
    let given = [&row.actor_type, &row.action, &row.resource];
    let optional = [
        &row.resource_id,
        &row.correlation_id,
        &row.request_id,
        &row.route_name,
        &row.ip_address,
        &row.user_agent,
    ];
    let texts = given.into_iter().chain(optional.into_iter().flatten());
    let texts: usize = texts.map(|text| text.len()).sum();
    (EVENT_ID + OCCURRED_AT + texts + row.actor_id.map_or(0, |_| ACTOR_ID)) as u64
}

/// Returns more bytes than a row takes with its payload, so that the server is asked only where it can matter.
fn most_of(row: &Activity<'_>) -> u64 {
    2 * (AROUND + columns_of(row)) + MOST_PER_BYTE * row.payload.len() as u64
}
