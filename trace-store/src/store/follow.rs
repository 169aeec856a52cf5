//! The pool's part in following the table.

use std::ops::RangeInclusive;

use uuid::Uuid;

use super::StoreError;
use super::filter::Filter;
use super::pool::{Pool, no_url};
#[cfg(any(feature = "mysql", feature = "sqlite"))]
use super::ranges;
use super::rows::StoredRow;

/// The last rows of a table, all as one server shows them. With several hosts, another connection may be to another server.
pub(crate) struct TableEnd {
    /// Ids, lowest first, each with the id of its event.
    pub(crate) events: Vec<(u64, Uuid)>,
    /// A replica takes no writes, and may be behind: what it lacks proves nothing.
    pub(crate) takes_writes: bool,
    /// The id that the next row gets at the earliest; `None` if the server takes no writes, or has the last row that was asked
    /// for.
    pub(crate) next_id: Option<u64>,
}

impl Pool {
    /// Returns whether rows become visible in the order of their ids, because one writer at a time has the table.
    pub(crate) const fn shows_rows_in_order(&self) -> bool {
        match self {
            Self::None | Self::Memory(_) => true,
            #[cfg(feature = "mysql")]
            Self::MySql(_) => false,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => true,
        }
    }

    /// Returns a number that changes after each restart of the server, at the latest with the first answer.
    pub(crate) fn generation(&self) -> u64 {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.opened(),
            _ => 0,
        }
    }

    /// Returns the ids within the ranges, lowest first, each with the id of its event.
    pub(crate) async fn events_within(
        &self,
        within: &[RangeInclusive<u64>],
        limit: usize,
    ) -> Result<Vec<(u64, Uuid)>, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(memory.read(|rows| {
                let rows = (1..).zip(rows).filter(|(id, _)| is_within(*id, within));
                let events = rows.map(|(id, row)| (id, row.event_id));
                events.take(limit).collect()
            })),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.events(ranges::events_within(within, limit)).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.events(ranges::events_within(within, limit)).await,
        }
    }

    /// Returns the last rows of the table up to an id, as one server shows them.
    pub(crate) async fn table_end(
        &self,
        within: &RangeInclusive<u64>,
        limit: usize,
    ) -> Result<TableEnd, StoreError> {
        #[cfg(feature = "mysql")]
        if let Self::MySql(pool) = self {
            return pool.table_end(within, limit).await;
        }
        let events = self
            .events_within(std::slice::from_ref(within), limit)
            .await?;
        Ok(TableEnd {
            events,
            takes_writes: true,
            next_id: self.next_id().await?,
        })
    }

    /// Returns the id that the next row gets at the earliest; `None` if the server takes no writes.
    pub(crate) async fn next_id(&self) -> Result<Option<u64>, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(Some(memory.read(|rows| rows.len() as u64 + 1))),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.next_id().await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                let next = pool.number(ranges::next_id_of_sqlite()).await?;
                Ok(Some(next))
            }
        }
    }

    /// Returns the rows within the ranges that meet the filter, in the order of their ids.
    pub(crate) async fn rows_within(
        &self,
        filter: &Filter,
        within: &[RangeInclusive<u64>],
        limit: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(memory.read(|rows| {
                let rows = (1..).zip(rows).filter(|(id, _)| is_within(*id, within));
                let admitted = rows.filter(|(_, row)| filter.admits(row));
                let rows = admitted.map(|(id, row)| StoredRow::sound(id, row));
                rows.take(limit).collect()
            })),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                let dialect = super::Dialect::MySql;
                pool.rows(ranges::rows_within(dialect, filter, within, limit))
                    .await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                let dialect = super::Dialect::Sqlite;
                pool.rows(ranges::rows_within(dialect, filter, within, limit))
                    .await
            }
        }
    }

    /// Returns the lowest id of the live table; 0 if it is empty.
    pub(crate) async fn first_id(&self) -> Result<u64, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(memory.read(|rows| u64::from(!rows.is_empty()))),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.number(ranges::first_id()).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.number(ranges::first_id()).await,
        }
    }

    /// Returns the ids within the ranges; `None` if another session has stored a row there and not committed it.
    pub(crate) async fn unlocked_within(
        &self,
        within: &[RangeInclusive<u64>],
    ) -> Result<Option<Vec<u64>>, StoreError> {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.unlocked(ranges::locked_within(within)).await,
            _ => {
                let events = self.events_within(within, usize::MAX).await?;
                Ok(Some(events.into_iter().map(|(id, _)| id).collect()))
            }
        }
    }
}

fn is_within(id: u64, within: &[RangeInclusive<u64>]) -> bool {
    within.iter().any(|range| range.contains(&id))
}
