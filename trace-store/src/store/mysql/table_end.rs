//! The end of the table: its last rows, and the id that the next one gets.

use std::ops::RangeInclusive;

use sqlx::mysql::MySqlRow;
use sqlx::{Decode, MySql, Row as _};

use super::classify::failed;
use super::pool::{ConnectionLease, Pool, events_of};
use crate::store::filter::Table;
use crate::store::follow::TableEnd;
use crate::store::select::Statement;
use crate::store::{ErrorClass, StoreError, ranges};

/// Name of the counter in the text of a table. It is missing there while the counter is 1.
const COUNTER: &str = " AUTO_INCREMENT=";

impl Pool {
    /// Returns the last rows up to an id. One connection answers all questions, since another may be to another server.
    pub(crate) async fn table_end(
        &self,
        within: &RangeInclusive<u64>,
        limit: usize,
    ) -> Result<TableEnd, StoreError> {
        let mut lent = self.lend().await?;
        let takes_writes = takes_writes(&mut lent).await?;
        let statement = ranges::events_within(std::slice::from_ref(within), limit);
        let events = events_of(&lent.answer(statement).await?)?;
        let has_last = events.last().is_some_and(|(id, _)| id == within.end());
        let next_id = if takes_writes && !has_last {
            Some(next_id(&mut lent).await?)
        } else {
            None
        };
        lent.give_back();
        Ok(TableEnd {
            events,
            takes_writes,
            next_id,
        })
    }

    /// Returns the id that the next row gets at the earliest; `None` if the server takes no writes.
    pub(crate) async fn next_id(&self) -> Result<Option<u64>, StoreError> {
        let mut lent = self.lend().await?;
        let next = if takes_writes(&mut lent).await? {
            Some(next_id(&mut lent).await?)
        } else {
            None
        };
        lent.give_back();
        Ok(next)
    }
}

/// Returns whether the server takes writes and has all that others took.
async fn takes_writes(lent: &mut ConnectionLease<'_>) -> Result<bool, StoreError> {
    if first::<i64>(&lent.answer(ranges::read_only()).await?, 0)? != 0 {
        return Ok(false);
    }
    Ok(
        is_none(lent, ranges::replicates()).await?
            && is_none(lent, ranges::other_writers()).await?,
    )
}

/// Returns whether a number is 0, or may not be known: MySQL refuses the question unless the account may SELECT from the tables
/// of replication.
async fn is_none(lent: &mut ConnectionLease<'_>, number: Statement) -> Result<bool, StoreError> {
    match lent.fetch(number).await? {
        Ok(rows) => Ok(first::<i64>(&rows, 0)? == 0),
        Err(error) => match failed(&error) {
            // Only a refusal says that nothing can be known. Another failure may pass.
            refused if refused.class() == ErrorClass::Configuration => Ok(true),
            error => Err(error),
        },
    }
}

/// Returns the id that the next row gets at the earliest.
///
/// It comes from `SHOW CREATE TABLE`, which asks the table itself. In `information_schema`, MySQL keeps the counter for a
/// day.
async fn next_id(lent: &mut ConnectionLease<'_>) -> Result<u64, StoreError> {
    let text = format!("SHOW CREATE TABLE {}", Table::Live.name());
    let rows = lent.answer(Statement::plain(text)).await?;
    first::<String>(&rows, 1).map(|text| counter(&text))
}

fn first<'r, T: Decode<'r, MySql>>(rows: &'r [MySqlRow], column: usize) -> Result<T, StoreError> {
    let first = rows.first().ok_or(sqlx::Error::RowNotFound);
    first
        .and_then(|row| row.try_get_unchecked(column))
        .map_err(|error| failed(&error))
}

/// Returns the counter in the text of a table. It is behind the columns and keys.
fn counter(text: &str) -> u64 {
    let options = text.rsplit_once("\n) ").map_or("", |(_, options)| options);
    let (_, counter) = options.split_once(COUNTER).unwrap_or_default();
    let end = counter.find(|digit: char| !digit.is_ascii_digit());
    let digits = &counter[..end.unwrap_or(counter.len())];
    digits.parse().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_read_from_the_options_of_the_table() {
        let table = |options: &str| {
            format!(
                "CREATE TABLE `operational_activity` (\n  `id` bigint unsigned NOT NULL AUTO_INCREMENT,\n  \
                 `note` text COMMENT ' AUTO_INCREMENT=7',\n  PRIMARY KEY (`id`)\n) {options}"
            )
        };
        for (options, next) in [
            (
                "ENGINE=InnoDB AUTO_INCREMENT=43 DEFAULT CHARSET=utf8mb4",
                43,
            ),
            ("ENGINE=InnoDB DEFAULT CHARSET=utf8mb4", 1),
            ("ENGINE=InnoDB AUTO_INCREMENT=5", 5),
            (
                "ENGINE=InnoDB AUTO_INCREMENT=6 DEFAULT CHARSET=utf8mb4\n PARTITION BY RANGE COLUMNS(`occurred_at`)\n\
                 (PARTITION `future` VALUES LESS THAN (MAXVALUE) ENGINE = InnoDB)",
                6,
            ),
        ] {
            assert_eq!(counter(&table(options)), next, "{options}");
        }
    }
}
