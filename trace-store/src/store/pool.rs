//! Small connection pools for reading, on the caller's runtime.

use super::filter::{Filter, Order, Position, Select, Table};
use super::group::{self, CountBy, Counted};
use super::memory::MemoryStore;
#[cfg(feature = "mysql")]
use super::mysql;
use super::rows::StoredRow;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
use super::select;
#[cfg(feature = "sqlite")]
use super::sqlite;
use super::url::{DatabaseUrl, Target};
use super::{ErrorClass, StoreError};

/// A pool that opens connections on first use. They belong to the runtime that was current at that time.
#[derive(Debug)]
pub(crate) enum Pool {
    /// No database was named.
    None,
    Memory(MemoryStore),
    #[cfg(feature = "mysql")]
    MySql(mysql::Pool),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Pool),
}

impl Pool {
    pub(crate) fn of(url: &DatabaseUrl) -> Self {
        match &url.0 {
            Target::Memory(memory) => Self::Memory(memory.clone()),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => Self::MySql(mysql::Pool::of(options)),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => Self::Sqlite(sqlite::Pool::of(options)),
        }
    }

    pub(crate) async fn page(
        &self,
        table: Table,
        select: Select<'_>,
    ) -> Result<Vec<StoredRow>, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(match table {
                Table::Live => memory.read(|rows| page(rows, select)),
                Table::Archive => Vec::new(),
            }),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                pool.rows(select::page(super::Dialect::MySql, table, select))
                    .await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                pool.rows(select::page(super::Dialect::Sqlite, table, select))
                    .await
            }
        }
    }

    /// Returns rows in the order of storing: those with an id greater than `after`, up to and including `up_to`.
    pub(crate) async fn stored_between(
        &self,
        table: Table,
        filter: &Filter,
        after: u64,
        up_to: u64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(_) if table == Table::Archive => Ok(Vec::new()),
            Self::Memory(memory) => Ok(memory.read(|rows| {
                let admitted = (1..).zip(rows).filter(|(_, row)| filter.admits(row));
                admitted
                    .map(|(id, row)| StoredRow::sound(id, row))
                    .filter(|row| row.id > after && row.id <= up_to)
                    .take(limit)
                    .collect()
            })),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                pool.rows(select::stored_between(
                    super::Dialect::MySql,
                    table,
                    filter,
                    after,
                    up_to,
                    limit,
                ))
                .await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                pool.rows(select::stored_between(
                    super::Dialect::Sqlite,
                    table,
                    filter,
                    after,
                    up_to,
                    limit,
                ))
                .await
            }
        }
    }

    /// Returns the highest id of a table; 0 if it is empty.
    pub(crate) async fn last_id(&self, table: Table) -> Result<u64, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(_) if table == Table::Archive => Ok(0),
            Self::Memory(memory) => Ok(memory.read(|rows| rows.len() as u64)),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.number(select::last_id(table)).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => pool.number(select::last_id(table)).await,
        }
    }

    pub(crate) async fn count(
        &self,
        table: Table,
        filter: &Filter,
        most: u64,
    ) -> Result<u64, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => Ok(match table {
                Table::Live => memory
                    .read(|rows| {
                        rows.iter()
                            .filter(|row| filter.admits(row))
                            .map(|_| 1)
                            .sum::<u64>()
                    })
                    .min(most),
                Table::Archive => 0,
            }),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                pool.number(select::count(super::Dialect::MySql, table, filter, most))
                    .await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                pool.number(select::count(super::Dialect::Sqlite, table, filter, most))
                    .await
            }
        }
    }

    /// Counts rows by group: hours latest first, other groups largest first.
    #[cfg_attr(
        not(any(feature = "mysql", feature = "sqlite")),
        expect(unused_variables, reason = "memory has no archive")
    )]
    pub(crate) async fn count_by(
        &self,
        by: CountBy,
        filter: &Filter,
        with_archive: bool,
        limit: usize,
    ) -> Result<Counted, StoreError> {
        match self {
            Self::None => Err(no_url()),
            Self::Memory(memory) => {
                Ok(memory.read(|rows| group::count_in_memory(rows, by, filter, limit)))
            }
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                let dialect = super::Dialect::MySql;
                pool.counted(group::counts(dialect, by, filter, with_archive, limit))
                    .await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => {
                let dialect = super::Dialect::Sqlite;
                pool.counted(group::counts(dialect, by, filter, with_archive, limit))
                    .await
            }
        }
    }
}

pub(super) fn no_url() -> StoreError {
    StoreError::new(
        ErrorClass::Configuration,
        "there is no database to read from; call `.database_url(\"mysql://…\")` or set BEHAVIOR_TRACE_DATABASE_URL",
    )
}

/// Selects a page from the rows in memory, as a database does with its index.
fn page(rows: &[behavior_trace_core::Activity], select: Select<'_>) -> Vec<StoredRow> {
    let mut found: Vec<StoredRow> = (1..)
        .zip(rows)
        .filter(|(_, row)| select.filter.admits(row))
        .map(|(id, row)| StoredRow::sound(id, row))
        .filter(|row| {
            select
                .after
                .is_none_or(|after| is_after(row, after, select.order))
        })
        .collect();
    found.sort_by_key(|row| (row.activity.occurred_at, row.id));
    if select.order == Order::NewestFirst {
        found.reverse();
    }
    found.truncate(select.limit);
    found
}

fn is_after(row: &StoredRow, position: &Position, order: Order) -> bool {
    let (row, position) = (
        (&row.occurred_at, row.id),
        (&position.occurred_at, position.id),
    );
    match order {
        Order::NewestFirst => row < position,
        Order::OldestFirst => row > position,
    }
}
