//! Sending a query to the store.

use std::time::Duration;

use super::error::Kind;
use super::{Cursor, Page, Query, QueryError, StoredActivity};
use crate::store::filter::{Order, Position, Select, Table};
use crate::store::{StoreError, StoredRow};

/// Time limit of a query, a little more than the 30 s after which a server ends the statement itself.
const PATIENCE: Duration = Duration::from_secs(35);

impl Query {
    /// Fetches one page.
    ///
    /// # Errors
    ///
    /// Fails if the cursor does not fit the query, the store returns an error, or the query times out after 35 s.
    pub async fn fetch(&self) -> Result<Page, QueryError> {
        let after = match &self.after {
            Some(cursor) => Some(cursor.position(&self.filter, self.order)?),
            None => None,
        };
        // One row more than the page, to know whether another page follows.
        let mut rows = self.rows(after, self.limit + 1).await?;
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Cursor::new(&self.filter, self.order, position(row)));
        Ok(Page {
            items: rows.into_iter().map(StoredActivity::from).collect(),
            next,
        })
    }

    /// Fetches the first row, if there is one.
    ///
    /// # Errors
    ///
    /// Fails like [`fetch`](Self::fetch).
    pub async fn first(&self) -> Result<Option<StoredActivity>, QueryError> {
        Ok(self.clone().limit(1).fetch().await?.items.pop())
    }

    /// Counts the rows up to `most`. A result of `most` means "that many or more", because counting stops there. An
    /// unlimited count would read the whole table. The cursor and the limit have no effect.
    ///
    /// # Errors
    ///
    /// Fails if the store returns an error or does not answer in time.
    pub async fn count_up_to(&self, most: u64) -> Result<u64, QueryError> {
        let live = in_time(self.pool.count(Table::Live, &self.filter, most)).await?;
        if !self.with_archive || live >= most {
            return Ok(live);
        }
        Ok(live + in_time(self.pool.count(Table::Archive, &self.filter, most - live)).await?)
    }

    async fn rows(
        &self,
        after: Option<&Position>,
        limit: usize,
    ) -> Result<Vec<StoredRow>, QueryError> {
        let select = Select {
            filter: &self.filter,
            order: self.order,
            after,
            limit,
        };
        let live = in_time(self.pool.page(Table::Live, select)).await?;
        if !self.with_archive {
            return Ok(live);
        }
        // The live table first: a row being moved is in the archive before it leaves the live table.
        let archived = in_time(self.pool.page(Table::Archive, select)).await?;
        Ok(merged(live, archived, self.order, limit))
    }
}

fn position(row: &StoredRow) -> Position {
    Position {
        occurred_at: row.occurred_at.clone(),
        id: row.id,
    }
}

/// Merges both tables in one order, each row once: a row being moved is in both.
fn merged(
    mut rows: Vec<StoredRow>,
    archived: Vec<StoredRow>,
    order: Order,
    limit: usize,
) -> Vec<StoredRow> {
    rows.extend(archived);
    rows.sort_by(|a, b| {
        let ascending = (&a.occurred_at, a.id).cmp(&(&b.occurred_at, b.id));
        if order == Order::NewestFirst {
            ascending.reverse()
        } else {
            ascending
        }
    });
    rows.dedup_by(|a, b| a.id == b.id && a.occurred_at == b.occurred_at);
    rows.truncate(limit);
    rows
}

pub(crate) async fn in_time<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, QueryError> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Kind::TimedOut.into()),
    }
}
