//! Statements that change the partition layout.

use behavior_trace_core::Timestamp;

use super::layout::{FUTURE, Merge, Partition};

const TABLE: &str = "ALTER TABLE operational_activity";

/// Returns the statement that partitions a table. Every unique key must include the time, as the key of the event does
/// already. The server rewrites the table, in the given row format, or else in its default.
pub(super) fn adoption(now: Timestamp) -> String {
    format!(
        "{TABLE} DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at), ROW_FORMAT=DYNAMIC PARTITION BY RANGE COLUMNS \
         (occurred_at) ({}, {})",
        definition(now),
        future()
    )
}

/// Returns the statement that splits partitions from the one for the future.
pub(super) fn extension(ends: &[Timestamp]) -> String {
    let each: Vec<_> = ends.iter().map(|end| definition(*end)).collect();
    let each = each.join(", ");
    format!(
        "{TABLE} REORGANIZE PARTITION {FUTURE} INTO ({each}, {})",
        future()
    )
}

/// Returns the statement that merges several partitions into one. It keeps the rows they hold by then.
pub(super) fn merger(merge: &Merge) -> String {
    let Partition { name, limit, .. } = &merge.into;
    let from: Vec<_> = merge.from.iter().map(|name| format!("`{name}`")).collect();
    let from = from.join(", ");
    format!(
        "{TABLE} REORGANIZE PARTITION {from}, `{name}` INTO (PARTITION `{name}` VALUES LESS THAN ({limit}))"
    )
}

pub(super) fn drop(name: &str) -> String {
    format!("{TABLE} DROP PARTITION `{name}`")
}

fn future() -> String {
    format!("PARTITION {FUTURE} VALUES LESS THAN (MAXVALUE)")
}

/// Returns the definition of a partition.
fn definition(end: Timestamp) -> String {
    let text = end.to_string();
    format!(
        "PARTITION {} VALUES LESS THAN ('{}')",
        name(end),
        &text[..19]
    )
}

/// Returns the name of a partition, which is that of its end.
pub(super) fn name(end: Timestamp) -> String {
    let text = end.to_string();
    let digits = text[..13].chars().filter(char::is_ascii_digit);
    format!("before_{}", digits.collect::<String>())
}
