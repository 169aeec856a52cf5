//! Counting rows by group: the statement of each dialect, and its counterpart for the store in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use behavior_trace_core::Activity;

#[cfg(any(feature = "mysql", feature = "sqlite"))]
use super::Dialect;
use super::filter::Filter;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
use super::filter::Table;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
use super::select::{BindValue, Clauses, Statement};

/// Property by which rows are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CountBy {
    /// The action, such as `order.approve`.
    Action,
    /// The actor: kind and id, such as `USER:7`. An actor without an id is its kind alone, such as `SYSTEM`.
    Actor,
    /// The kind of the resource, such as `Order`.
    Resource,
    /// The hour in UTC, by its start, such as `2026-09-21T14:00:00Z`.
    Hour,
}

/// Groups in the order of the statement, and the rows of all groups.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Key and number of rows of each group. The key of an hour is its first 13 characters, such as `2026-09-21 14`.
    pub(crate) groups: Vec<(String, u64)>,
    /// Number of rows, with those of groups beyond the limit.
    pub(crate) rows: u64,
}

impl Counted {
    /// Collects the rows of the statement: key, number of rows, number of rows of all groups.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(super) fn collect(rows: impl IntoIterator<Item = (String, u64, u64)>) -> Self {
        let mut counted = Self::default();
        for (key, rows, all) in rows {
            counted.groups.push((key, rows));
            counted.rows = all;
        }
        counted
    }
}

/// Returns the statement that counts the rows of each group. Hours come latest first, other groups largest first.
///
/// Each table is grouped by itself, so that few rows are brought together. One statement sees one state of both tables, and a
/// row that is being moved is in one of them.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(super) fn counts(
    dialect: Dialect,
    by: CountBy,
    filter: &Filter,
    with_archive: bool,
    limit: usize,
) -> Statement {
    let mut tables = vec![Table::Live];
    if with_archive {
        tables.push(Table::Archive);
    }
    let key = key_of_sql(dialect, by);
    let mut parts = Vec::new();
    let mut arguments = Vec::new();
    for table in tables {
        let clauses = Clauses::of(dialect, filter);
        parts.push(format!(
            "SELECT {key} AS word, COUNT(*) AS n FROM {}{} GROUP BY 1",
            table.name(),
            clauses.text
        ));
        arguments.extend(clauses.arguments);
    }
    arguments.push(BindValue::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    let order = match by {
        CountBy::Hour => "word DESC",
        _ => "SUM(n) DESC, word",
    };
    Statement {
        text: format!(
            "SELECT word, CAST(SUM(n) AS SIGNED), CAST(SUM(SUM(n)) OVER () AS SIGNED) FROM ({}) AS counted \
             GROUP BY word ORDER BY {order} LIMIT ?",
            parts.join(" UNION ALL ")
        ),
        arguments,
    }
}

/// Returns the expression for the key of a group.
#[cfg(any(feature = "mysql", feature = "sqlite"))]
fn key_of_sql(dialect: Dialect, by: CountBy) -> &'static str {
    match dialect {
        #[cfg(feature = "mysql")]
        Dialect::MySql => key_of_mysql(by),
        _ => match by {
            CountBy::Action => "action",
            CountBy::Actor => {
                "actor_type || COALESCE(':' || actor_id, CASE WHEN json_valid(payload) \
                 THEN ':' || json_extract(payload, '$.actor_ref') END, '')"
            }
            CountBy::Resource => "resource",
            CountBy::Hour => "substr(occurred_at, 1, 13)",
        },
    }
}

/// Writes a text as its bytes. Every collation of the table's texts ignores trailing blanks, and that of a table taken over
/// from PHP also ignores case.
#[cfg(feature = "mysql")]
macro_rules! bytes {
    ($text:literal) => {
        concat!("CAST(CONVERT(", $text, " USING utf8mb4) AS BINARY)")
    };
}

/// Returns the expression of MySQL and MariaDB. An id beyond `i64`, as PHP stores one, is its digits, as in `actor_ref`. The
/// length keeps MariaDB's temporary table in memory, which has no place for a long text.
#[cfg(feature = "mysql")]
const fn key_of_mysql(by: CountBy) -> &'static str {
    match by {
        CountBy::Action => bytes!("action"),
        CountBy::Actor => concat!(
            "LEFT(CONCAT(",
            bytes!("actor_type"),
            ", COALESCE(CONCAT(':', ",
            bytes!("actor_id"),
            "), IF(JSON_VALID(payload), CONCAT(':', ",
            bytes!("JSON_UNQUOTE(JSON_EXTRACT(payload, '$.actor_ref'))"),
            "), NULL), '')), 1200)"
        ),
        CountBy::Resource => bytes!("resource"),
        CountBy::Hour => "LEFT(CAST(occurred_at AS CHAR), 13)",
    }
}

/// Counts the rows in memory, in the order of the statement.
pub(super) fn count_in_memory(
    rows: &[Activity<'_>],
    by: CountBy,
    filter: &Filter,
    limit: usize,
) -> Counted {
    let mut groups = BTreeMap::<String, u64>::new();
    for row in rows.iter().filter(|row| filter.admits(row)) {
        *groups.entry(key(row, by).into_owned()).or_default() += 1;
    }
    let rows = groups.values().sum();
    let mut groups: Vec<_> = groups.into_iter().collect();
    match by {
        CountBy::Hour => groups.reverse(),
        _ => groups.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows)),
    }
    groups.truncate(limit);
    Counted { groups, rows }
}

fn key<'r>(row: &'r Activity<'_>, by: CountBy) -> Cow<'r, str> {
    match by {
        CountBy::Action => Cow::Borrowed(&row.action),
        CountBy::Actor => Cow::Owned(actor(row)),
        CountBy::Resource => Cow::Borrowed(&row.resource),
        CountBy::Hour => {
            let text = row.occurred_at.to_string();
            Cow::Owned(text[..13].to_owned())
        }
    }
}

fn actor(row: &Activity<'_>) -> String {
    let id = row.actor_id.map(|id| id.to_string());
    let id = id.or_else(|| {
        let payload: serde_json::Value = serde_json::from_str(&row.payload).ok()?;
        Some(payload.get("actor_ref")?.as_str()?.to_owned())
    });
    match id {
        Some(id) => format!("{}:{id}", row.actor_type),
        None => row.actor_type.to_string(),
    }
}
