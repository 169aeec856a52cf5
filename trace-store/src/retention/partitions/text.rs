//! The statements that change how the table is cut.

use behavior_trace_core::Timestamp;

use super::layout::{FUTURE, Merge, Partition};

const TABLE: &str = "ALTER TABLE operational_activity";

/// Cuts a table in one piece. Every unique key must hold the time; ours over the event does already. The table is written anew,
/// in the row format it says, or else in the server's default.
pub(super) fn adoption(now: Timestamp) -> String {
    format!(
        "{TABLE} DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at), ROW_FORMAT=DYNAMIC PARTITION BY RANGE COLUMNS \
         (occurred_at) ({}, {})",
        definition(now),
        future()
    )
}

/// Makes partitions of the one for the future.
pub(super) fn extension(ends: &[Timestamp]) -> String {
    let each: Vec<_> = ends.iter().map(|end| definition(*end)).collect();
    let each = each.join(", ");
    format!(
        "{TABLE} REORGANIZE PARTITION {FUTURE} INTO ({each}, {})",
        future()
    )
}

/// Makes one partition of several; the rows that are in them then come along.
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

/// Named for its end.
fn definition(end: Timestamp) -> String {
    let text = end.to_string();
    let name: String = text[..13].chars().filter(char::is_ascii_digit).collect();
    format!(
        "PARTITION before_{name} VALUES LESS THAN ('{}')",
        &text[..19]
    )
}
