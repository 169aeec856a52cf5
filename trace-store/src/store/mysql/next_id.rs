//! The id that the next row gets.

use sqlx::Row as _;

use super::classify::failed;
use super::pool::Pool;
use crate::store::StoreError;
use crate::store::filter::Table;
use crate::store::select::Statement;

/// Name of the counter in the text of a table. It is missing there while the counter is 1.
const COUNTER: &str = " AUTO_INCREMENT=";

impl Pool {
    /// Returns the id that the next row gets at the earliest.
    ///
    /// It comes from `SHOW CREATE TABLE`, which asks the table itself. In `information_schema`, MySQL keeps the counter for a
    /// day.
    pub(crate) async fn next_id(&self) -> Result<u64, StoreError> {
        let text = format!("SHOW CREATE TABLE {}", Table::Live.name());
        let rows = self.fetch(Statement::plain(text)).await?;
        let first = rows.first().ok_or(sqlx::Error::RowNotFound);
        first
            .and_then(|row| row.try_get_unchecked::<String, _>(1))
            .map(|text| counter(&text))
            .map_err(|error| failed(&error))
    }
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
