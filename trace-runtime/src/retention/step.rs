//! Some of the oldest rows: which, copied, taken out.

use behavior_trace_core::Timestamp;

use super::error::{Kind, RetentionError};
use crate::store::{Argument, Connection, Dialect, Statement, StoreError};

#[derive(Debug)]
pub(super) struct Step {
    pub(super) dialect: Dialect,
    pub(super) archive: bool,
    pub(super) before: Timestamp,
}

const COLUMNS: [&str; 13] = [
    "event_id",
    "occurred_at",
    "actor_type",
    "actor_id",
    "action",
    "resource",
    "resource_id",
    "payload",
    "correlation_id",
    "request_id",
    "route_name",
    "ip_address",
    "user_agent",
];

const LEFT: &str = "SELECT CAST(id AS SIGNED) FROM operational_activity WHERE ";

impl Step {
    /// Takes the oldest rows, at most so many, out of the table and says how many; `None` if there are none to be taken.
    pub(super) async fn take(
        &self,
        connection: &mut Connection,
        most: usize,
    ) -> Result<Option<u64>, RetentionError> {
        let ids = connection.numbers(self.oldest(most)).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        if !self.archive {
            let gone = connection
                .execute(of(&ids, "DELETE FROM operational_activity WHERE ", ""))
                .await?;
            // Somebody else may have taken all of them; what is held fast by other means must not be tried for ever.
            let goes_on = gone > 0 || left(connection, &ids).await?.is_empty();
            return Ok(goes_on.then_some(gone));
        }
        let statements = vec![self.copy(&ids), self.delete_archived(&ids)];
        let touched = connection.execute_together(statements).await?;
        let gone = touched.last().copied().unwrap_or_default();
        if usize::try_from(gone).is_ok_and(|gone| gone == ids.len()) {
            return Ok(Some(gone));
        }
        let left = left(connection, &ids).await?;
        if left.is_empty() {
            // Somebody else took some of them.
            Ok(Some(gone))
        } else {
            Err(Kind::Differs(left).into())
        }
    }

    /// By id from here on: what arrives meanwhile is in none of the lists, however old it is.
    fn oldest(&self, most: usize) -> Statement {
        Statement {
            text: "SELECT CAST(id AS SIGNED) FROM operational_activity WHERE occurred_at < ? ORDER BY occurred_at, id LIMIT ?"
                .to_owned(),
            arguments: vec![
                Argument::Text(self.before.to_string()),
                Argument::Integer(i64::try_from(most).unwrap_or(i64::MAX)),
            ],
        }
    }

    /// Rows that the archive has are left as they are there. The others are locked until both statements are committed: an
    /// erasure that comes in between waits, and finds them in the archive.
    fn copy(&self, ids: &[i64]) -> Statement {
        let columns = COLUMNS.join(", ");
        let before = format!(
            "INSERT INTO operational_activity_archive (id, {columns}) SELECT id, {columns} FROM operational_activity \
             WHERE NOT EXISTS (SELECT 1 FROM operational_activity_archive AS archived WHERE archived.id = \
             operational_activity.id) AND "
        );
        let locked = match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => " FOR UPDATE",
            // There a transaction that writes is the only one.
            _ => "",
        };
        of(ids, &before, locked)
    }

    /// Only where the archive has the same row, compared within the statement that deletes.
    fn delete_archived(&self, ids: &[i64]) -> Statement {
        let same = match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => "<=>",
            _ => "IS",
        };
        let equal: Vec<_> = COLUMNS
            .iter()
            .map(|column| format!(" AND archived.{column} {same} operational_activity.{column}"))
            .collect();
        let archived = format!(
            " AND EXISTS (SELECT 1 FROM operational_activity_archive AS archived WHERE archived.id = operational_activity.id{})",
            equal.concat()
        );
        of(ids, "DELETE FROM operational_activity WHERE ", &archived)
    }
}

/// Those of these rows that are still in the table.
async fn left(connection: &mut Connection, ids: &[i64]) -> Result<Vec<i64>, StoreError> {
    connection.numbers(of(ids, LEFT, "")).await
}

/// A statement about these rows.
fn of(ids: &[i64], before: &str, after: &str) -> Statement {
    let placeholders = vec!["?"; ids.len()].join(", ");
    Statement {
        text: format!("{before}id IN ({placeholders}){after}"),
        arguments: ids.iter().map(|id| Argument::Integer(*id)).collect(),
    }
}
