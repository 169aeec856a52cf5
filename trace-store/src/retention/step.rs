//! One step of retention: choosing, copying and deleting the oldest rows.

use behavior_trace_core::{Activity, Timestamp};

use super::error::{Kind, RetentionError};
use super::path::Path;
use super::window::Range;
#[cfg(feature = "mysql")]
use crate::store::of_php;
use crate::store::{BindValue, Connection, Dialect, ErrorClass, Statement, StoreError};

/// Settings of a step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) dialect: Dialect,
    pub(super) archive: bool,
    pub(super) path: Path,
}

/// Result of a step.
#[derive(Debug)]
pub(super) struct Taken {
    /// Rows removed from the table.
    pub(super) rows: u64,
    /// Times of the oldest and the youngest chosen row, if readable.
    pub(super) times: Option<(Timestamp, Timestamp)>,
    /// Set if as many rows were chosen as a step may take.
    pub(super) full: bool,
}

/// Chosen rows: their ids, and the first and the last of their times, if readable.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) ids: Vec<i64>,
    pub(super) times: Option<(Timestamp, Timestamp)>,
}

const COLUMNS: [&str; 13] = Activity::COLUMNS;

impl Step {
    /// Removes the oldest rows in a time range, at most `most`; returns `None` if there are none to remove.
    pub(super) async fn take(
        &self,
        connection: &mut Connection,
        most: usize,
        range: Range,
    ) -> Result<Option<Taken>, RetentionError> {
        let Some(chosen) = self.choose(connection, most, range).await? else {
            return Ok(None);
        };
        let rows = if self.archive {
            Some(self.archived(connection, &chosen).await?)
        } else {
            self.deleted(connection, &chosen).await?
        };
        Ok(rows.map(|rows| Taken {
            rows,
            times: chosen.times,
            full: chosen.ids.len() == most,
        }))
    }

    async fn deleted(
        &self,
        connection: &mut Connection,
        chosen: &Chosen,
    ) -> Result<Option<u64>, RetentionError> {
        let gone = connection.execute(self.delete(chosen)).await?;
        // Another process may have removed all of them; rows held in place otherwise must not be retried for ever.
        let goes_on = gone > 0 || self.left(connection, chosen).await?.is_empty();
        Ok(goes_on.then_some(gone))
    }

    async fn archived(
        &self,
        connection: &mut Connection,
        chosen: &Chosen,
    ) -> Result<u64, RetentionError> {
        let statements = vec![self.copy(chosen), self.delete_archived(chosen)];
        let touched = connection.execute_together(statements).await?;
        let gone = touched.last().copied().unwrap_or_default();
        if usize::try_from(gone).is_ok_and(|gone| gone == chosen.ids.len()) {
            return Ok(gone);
        }
        let left = self.left(connection, chosen).await?;
        if left.is_empty() {
            // Another process took some of them.
            Ok(gone)
        } else {
            Err(Kind::Differs(left).into())
        }
    }

    /// Returns the chosen rows that are still in the table.
    async fn left(
        &self,
        connection: &mut Connection,
        chosen: &Chosen,
    ) -> Result<Vec<i64>, StoreError> {
        let ids = "SELECT CAST(id AS SIGNED) FROM operational_activity";
        connection.numbers(self.of(chosen, ids, "")).await
    }

    pub(super) fn delete(&self, chosen: &Chosen) -> Statement {
        self.of(chosen, self.delete_from(chosen), "")
    }

    /// Copies rows to the archive, except those already there. The rows are locked until both statements are committed. A
    /// concurrent erasure waits, and finds them in the archive.
    pub(super) fn copy(&self, chosen: &Chosen) -> Statement {
        let columns = COLUMNS.join(", ");
        let values = COLUMNS.map(|column| self.as_archived(column)).join(", ");
        let before = format!(
            "INSERT INTO operational_activity_archive (id, {columns}) SELECT id, {values} FROM operational_activity"
        );
        let locked = match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => " FOR UPDATE",
            // In SQLite there is only one write transaction at a time.
            _ => "",
        };
        let new = format!(
            " AND NOT EXISTS (SELECT 1 FROM operational_activity_archive AS archived WHERE archived.id = \
             operational_activity.id){locked}"
        );
        self.of(chosen, &before, &new)
    }

    /// Deletes rows that the archive holds unchanged, compared within the deleting statement.
    pub(super) fn delete_archived(&self, chosen: &Chosen) -> Statement {
        let same = match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => "<=>",
            _ => "IS",
        };
        let equal: Vec<_> = COLUMNS
            .iter()
            .map(|column| format!(" AND archived.{column} {same} {}", self.as_archived(column)))
            .collect();
        let archived = format!(
            " AND EXISTS (SELECT 1 FROM operational_activity_archive AS archived WHERE archived.id = operational_activity.id{})",
            equal.concat()
        );
        self.of(chosen, self.delete_from(chosen), &archived)
    }

    /// Returns a column of the table as the archive holds it.
    fn as_archived(&self, column: &str) -> String {
        match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => of_php::of_live_table(column),
            _ => format!("operational_activity.{column}"),
        }
    }

    /// Returns the start of the deletion. Only its multi-table form accepts an index hint.
    fn delete_from(&self, chosen: &Chosen) -> &'static str {
        match self.times(chosen) {
            None => "DELETE FROM operational_activity",
            Some(_) => "DELETE operational_activity FROM operational_activity",
        }
    }

    /// Returns a statement about the chosen rows, by id: rows that arrive meanwhile are excluded, however old they are.
    fn of(&self, chosen: &Chosen, before: &str, after: &str) -> Statement {
        let ids = &chosen.ids;
        let Some((first, last)) = self.times(chosen) else {
            let placeholders = vec!["?"; ids.len()].join(", ");
            return Statement {
                text: format!("{before} WHERE id IN ({placeholders}){after}"),
                arguments: ids.iter().map(|id| BindValue::Integer(*id)).collect(),
            };
        };
        let ids: Vec<_> = ids.iter().map(i64::to_string).collect();
        let ids = ids.join(", ");
        Statement::plain(format!(
            "{before} FORCE INDEX (operational_activity_cursor) WHERE occurred_at >= '{first}' AND occurred_at <= '{last}' \
             AND id IN ({ids}){after}"
        ))
    }

    /// Returns the times by which the rows are found, on that access path.
    fn times(&self, chosen: &Chosen) -> Option<(Timestamp, Timestamp)> {
        chosen.times.filter(|_| self.path == Path::Time)
    }

    /// Chooses the oldest rows of a time range; returns `None` if there are none.
    async fn choose(
        &self,
        connection: &mut Connection,
        most: usize,
        range: Range,
    ) -> Result<Option<Chosen>, RetentionError> {
        let rows = connection.pairs(self.oldest(most, range)).await?;
        let (Some((_, first)), Some((_, last))) = (rows.first(), rows.last()) else {
            return Ok(None);
        };
        let times = first.parse().ok().zip(last.parse().ok());
        let ids: Result<Vec<_>, _> = rows.iter().map(|(id, _)| id.parse()).collect();
        let unread = |_| StoreError::new(ErrorClass::Other, "an id of the table is no number");
        let ids = ids.map_err(unread)?;
        Ok(Some(Chosen { ids, times }))
    }

    /// Returns the query for the oldest rows. Where times exclude partitions, they are literals, because a server locks all
    /// partitions that a prepared statement might need.
    pub(super) fn oldest(&self, most: usize, range: Range) -> Statement {
        let since = range.since.map(|since| since.to_string());
        let until = range.until.to_string();
        let select = |since: &str, until: &str, most: &str| {
            let since = match since {
                "" => String::new(),
                since => format!("occurred_at >= {since} AND "),
            };
            format!(
                "SELECT CAST(id AS CHAR), CAST(occurred_at AS CHAR) FROM operational_activity WHERE {since}occurred_at < \
                 {until} ORDER BY occurred_at, id LIMIT {most}"
            )
        };
        if self.path == Path::Time {
            let since = since.map_or(String::new(), |since| format!("'{since}'"));
            return Statement::plain(select(&since, &format!("'{until}'"), &most.to_string()));
        }
        let text = select(since.as_ref().map_or("", |_| "?"), "?", "?");
        let times = since.into_iter().chain([until]).map(BindValue::Text);
        let most = BindValue::Integer(i64::try_from(most).unwrap_or(i64::MAX));
        Statement {
            text,
            arguments: times.chain([most]).collect(),
        }
    }
}
