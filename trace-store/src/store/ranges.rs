//! Statements over ranges of ids, for those who follow the table. They read the live table alone.

use std::ops::RangeInclusive;

use super::Dialect;
use super::filter::{Filter, Table};
use super::select::{BindValue, Clauses, Statement, selected};

/// Numbers of ranges for which there is a statement. Fewer texts than numbers of ranges keep the prepared statements few.
const SIZES: [usize; 3] = [1, 8, super::RANGES_PER_STATEMENT];

/// Returns the statement for the ids within the ranges, lowest first, each with the id of its event.
pub(super) fn events_within(ranges: &[RangeInclusive<u64>], limit: usize) -> Statement {
    let (condition, mut arguments) = within(ranges);
    arguments.push(bounded(limit));
    Statement {
        text: format!(
            "SELECT id, event_id FROM {} WHERE {condition} ORDER BY id LIMIT ?",
            Table::Live.name()
        ),
        arguments,
    }
}

/// Returns the statement for the rows within the ranges that meet the filter, in the order of their ids.
pub(super) fn rows_within(
    dialect: Dialect,
    filter: &Filter,
    ranges: &[RangeInclusive<u64>],
    limit: usize,
) -> Statement {
    let mut clauses = Clauses::of(dialect, filter);
    let (condition, values) = within(ranges);
    clauses.add_all(&condition, values);
    let Clauses {
        text,
        mut arguments,
        ..
    } = clauses;
    arguments.push(bounded(limit));
    Statement {
        text: format!(
            "SELECT {} FROM {}{text} ORDER BY id LIMIT ?",
            selected(dialect),
            Table::Live.name()
        ),
        arguments,
    }
}

/// Returns the statement for the lowest id; its result is 0 if the table is empty.
pub(super) fn first_id() -> Statement {
    Statement::plain(format!(
        "SELECT CAST(COALESCE(MIN(id), 0) AS SIGNED) FROM {}",
        Table::Live.name()
    ))
}

/// Returns the statement for whether a server of the MySQL family takes no writes: 1 or 0. A newer MariaDB has words in
/// `read_only`, which are compared as words.
#[cfg(feature = "mysql")]
pub(super) fn read_only() -> Statement {
    Statement::plain(
        "SELECT CAST(@@GLOBAL.read_only <> 'OFF' OR @@GLOBAL.innodb_read_only <> 'OFF' AS SIGNED)"
            .to_owned(),
    )
}

/// Returns the statement for the number of channels from which a server of the MySQL family may lack rows. MariaDB answers every
/// account. MySQL answers one that may SELECT from the table.
///
/// The channels of a group are none of these: its one primary takes writes after it has applied those of the last one, and its
/// other members are read-only.
#[cfg(feature = "mysql")]
pub(super) fn replicates() -> Statement {
    Statement::plain(
        "SELECT COUNT(*) FROM \
         /*!80000 performance_schema.replication_connection_status WHERE service_state <> 'OFF' \
         AND channel_name NOT LIKE 'group\\_replication\\_%' */ \
         /*M! information_schema.global_status WHERE variable_name = 'SLAVES_RUNNING' AND variable_value > 0 */"
            .to_owned(),
    )
}

/// Returns the statement for the number of other servers of a cluster that take writes too, so that this one may lack theirs.
/// Galera answers every account. A group answers one that may SELECT from the table.
#[cfg(feature = "mysql")]
pub(super) fn other_writers() -> Statement {
    Statement::plain(
        "SELECT CAST(\
         /*!80000 (SELECT COUNT(*) FROM performance_schema.replication_group_members \
         WHERE member_role = 'PRIMARY' AND member_id <> @@server_uuid) \
         + (SELECT COUNT(*) FROM performance_schema.global_status \
         WHERE variable_name = 'wsrep_cluster_size' AND variable_value > 1) */ \
         /*M! (SELECT COUNT(*) FROM information_schema.global_status \
         WHERE variable_name = 'WSREP_CLUSTER_SIZE' AND variable_value > 1) */ AS SIGNED)"
            .to_owned(),
    )
}

/// Returns the statement for the id that SQLite gives to the next row. It keeps the last one of the table apart from the rows.
#[cfg(feature = "sqlite")]
pub(super) fn next_id_of_sqlite() -> Statement {
    Statement::plain(format!(
        "SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence WHERE name = '{}'",
        Table::Live.name()
    ))
}

/// Returns the statement that fails at once if another session has stored a row within the ranges and not committed it.
///
/// Each server reads its own clause and takes the other for a comment. Both let an account that may only read ask so. The
/// index keeps the locks to the ranges.
#[cfg(feature = "mysql")]
pub(super) fn locked_within(ranges: &[RangeInclusive<u64>]) -> Statement {
    let (condition, arguments) = within(ranges);
    Statement {
        text: format!(
            "SELECT id FROM {} FORCE INDEX (PRIMARY) WHERE {condition} \
             /*!80000 FOR SHARE NOWAIT */ /*M! LOCK IN SHARE MODE NOWAIT */",
            Table::Live.name()
        ),
        arguments,
    }
}

/// Returns the condition and its values. The last range fills the places that are left over.
fn within(ranges: &[RangeInclusive<u64>]) -> (String, Vec<BindValue>) {
    let size = SIZES.into_iter().find(|size| ranges.len() <= *size);
    let size = size.unwrap_or(ranges.len());
    let terms = vec!["id BETWEEN ? AND ?"; size];
    let last = ranges.last().into_iter().cycle();
    let values = ranges
        .iter()
        .chain(last)
        .take(size)
        .flat_map(|range| [*range.start(), *range.end()])
        .map(|id| BindValue::Integer(id.cast_signed()))
        .collect();
    (format!("({})", terms.join(" OR ")), values)
}

fn bounded(limit: usize) -> BindValue {
    BindValue::Integer(i64::try_from(limit).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_serve_all_numbers_of_ranges() {
        for (count, size) in [(1, 1), (2, 8), (8, 8), (9, 64), (64, 64)] {
            let ranges: Vec<_> = (1..=count).map(|id| id * 10..=id * 10 + 5).collect();
            let Statement { text, arguments } = events_within(&ranges, 7);
            assert_eq!(text.matches("BETWEEN").count(), size);
            assert_eq!(text.matches('?').count(), arguments.len());
            let last = i64::try_from(count * 10 + 5).expect("small");
            let end = &arguments[arguments.len() - 2..];
            assert_eq!(end, [BindValue::Integer(last), BindValue::Integer(7)]);
        }
    }
}
