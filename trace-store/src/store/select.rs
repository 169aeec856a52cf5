//! Text and bound values of the statements for pages and counts. Only names and placeholders are written into the text.

use behavior_trace_core::Timestamp;

use super::Dialect;
use super::filter::{Condition, Filter, Order, Select, Table};
#[cfg(feature = "mysql")]
use super::of_php::{ACTOR_ID, PAYLOAD};

/// A value bound to a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BindValue {
    Text(String),
    Integer(i64),
}

/// A statement with its values, ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) arguments: Vec<BindValue>,
}

impl Statement {
    /// Creates a statement without bound values.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            arguments: Vec::new(),
        }
    }
}

/// Returns the statement for one page of a table. The keyset is written out, because both servers read the whole index for
/// `(a, b) < (?, ?)`.
pub(crate) fn page(dialect: Dialect, table: Table, select: Select<'_>) -> Statement {
    let (comparison, direction) = match select.order {
        Order::NewestFirst => ('<', "DESC"),
        Order::OldestFirst => ('>', "ASC"),
    };
    let mut clauses = Clauses::of(dialect, select.filter);
    if let Some(after) = select.after {
        let moment = || BindValue::Text(after.occurred_at.clone());
        clauses.add(
            format!(
                "occurred_at {comparison}= ? AND (occurred_at {comparison} ? OR id {comparison} ?)"
            ),
            [
                moment(),
                moment(),
                BindValue::Integer(after.id.cast_signed()),
            ],
        );
    }
    let Clauses {
        text,
        mut arguments,
        ..
    } = clauses;
    arguments.push(BindValue::Integer(
        i64::try_from(select.limit).unwrap_or(i64::MAX),
    ));
    Statement {
        text: format!(
            "SELECT {} FROM {}{text} ORDER BY occurred_at {direction}, id {direction} LIMIT ?",
            selected(dialect),
            table.name(),
        ),
        arguments,
    }
}

/// Returns the statement for rows in the order of storing, with ids greater than `after`, up to and including `up_to`.
pub(super) fn stored_between(
    dialect: Dialect,
    table: Table,
    filter: &Filter,
    after: u64,
    up_to: u64,
    limit: usize,
) -> Statement {
    let mut clauses = Clauses::of(dialect, filter);
    clauses.add("id > ?", [BindValue::Integer(after.cast_signed())]);
    clauses.add("id <= ?", [BindValue::Integer(up_to.cast_signed())]);
    let Clauses {
        text,
        mut arguments,
        ..
    } = clauses;
    arguments.push(BindValue::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    Statement {
        text: format!(
            "SELECT {} FROM {}{text} ORDER BY id LIMIT ?",
            selected(dialect),
            table.name()
        ),
        arguments,
    }
}

/// Returns the statement for the highest id of a table; its result is 0 if the table is empty.
pub(super) fn last_id(table: Table) -> Statement {
    Statement::plain(format!(
        "SELECT CAST(COALESCE(MAX(id), 0) AS SIGNED) FROM {}",
        table.name()
    ))
}

/// Returns the statement that counts rows of a table. Reading stops at `most`, so the count is never higher.
pub(super) fn count(dialect: Dialect, table: Table, filter: &Filter, most: u64) -> Statement {
    let Clauses {
        text,
        mut arguments,
        ..
    } = Clauses::of(dialect, filter);
    arguments.push(BindValue::Integer(i64::try_from(most).unwrap_or(i64::MAX)));
    Statement {
        text: format!(
            "SELECT COUNT(*) FROM (SELECT id FROM {}{text} LIMIT ?) AS bounded",
            table.name()
        ),
        arguments,
    }
}

/// Returns the columns in the order in which `rows` reads them. Times come as text, so that no session's time zone matters.
pub(crate) fn selected(dialect: Dialect) -> String {
    let (occurred_at, actor_id, payload) = match dialect {
        #[cfg(feature = "mysql")]
        Dialect::MySql => (
            "CAST(occurred_at AS CHAR)",
            ACTOR_ID,
            format!("CAST({PAYLOAD} AS CHAR)"),
        ),
        _ => ("occurred_at", "actor_id", "payload".to_owned()),
    };
    format!(
        "id, event_id, {occurred_at}, actor_type, {actor_id}, action, resource, resource_id, {payload}, correlation_id, \
         request_id, route_name, ip_address, user_agent"
    )
}

/// Bounds of MySQL's DATETIME, which covers the years 1000 to 9999. No row is outside them.
pub(crate) const EARLIEST: Timestamp = Timestamp::from_micros(-30_610_224_000_000_000);
const LATEST: Timestamp = Timestamp::from_micros(253_402_300_799_999_999);

/// Converts a timestamp to a text that every server accepts and that sorts correctly among the others.
fn written(moment: Timestamp) -> BindValue {
    BindValue::Text(moment.clamp(EARLIEST, LATEST).to_string())
}

/// A WHERE clause under construction.
pub(super) struct Clauses {
    dialect: Dialect,
    pub(super) text: String,
    pub(super) arguments: Vec<BindValue>,
}

impl Clauses {
    pub(super) fn of(dialect: Dialect, filter: &Filter) -> Self {
        let mut clauses = Self {
            dialect,
            text: String::new(),
            arguments: Vec::new(),
        };
        for condition in &filter.0 {
            clauses.condition(condition);
        }
        clauses
    }

    fn condition(&mut self, condition: &Condition) {
        let text = |text: &String| BindValue::Text(text.clone());
        match condition {
            Condition::Is(column, value) => {
                self.add(format!("{} = ?", column.name()), [text(value)]);
                self.not_padded(column.name(), value);
            }
            Condition::ActorId(id) => self.add("actor_id = ?", [BindValue::Integer(*id)]),
            Condition::From(moment) => {
                self.add("occurred_at >= ?", [written(*moment)]);
            }
            Condition::Until(moment) => {
                self.add("occurred_at < ?", [written(*moment)]);
            }
            Condition::ActorRef(id) => self.add(self.payload_text("actor_ref"), [text(id)]),
            Condition::Impersonator(word) => {
                self.add(self.payload_text("impersonator"), [text(word)]);
            }
            Condition::PayloadKey(key) => self.add(self.payload_key(), [text(key)]),
            Condition::ActionPrefix(prefix) => self.action_prefix(prefix),
        }
    }

    /// Excludes values that differ only in trailing spaces. MySQL and MariaDB look up `a` in the index and treat `a ` as
    /// equal, so the length decides.
    fn not_padded(&mut self, column: &str, value: &str) {
        match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => {
                let bytes = i64::try_from(value.len()).unwrap_or(i64::MAX);
                self.add(
                    format!("OCTET_LENGTH({column}) = ?"),
                    [BindValue::Integer(bytes)],
                );
            }
            _ => {
                let _ = (column, value);
            }
        }
    }

    /// Returns the condition that a text at the top of the payload is the bound one.
    fn payload_text(&self, key: &'static str) -> String {
        match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => format!(
                "CAST(JSON_UNQUOTE(JSON_EXTRACT({PAYLOAD}, '$.{key}')) AS BINARY) = CAST(? AS BINARY)"
            ),
            _ => format!(
                "CASE WHEN json_valid(payload) THEN json_extract(payload, '$.{key}') = ? END"
            ),
        }
    }

    /// Returns the condition for a key of the payload. It compares the keys as values, since the dialects quote a bound key
    /// in a path differently.
    const fn payload_key(&self) -> &'static str {
        match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => "JSON_CONTAINS(JSON_KEYS(payload), JSON_QUOTE(?))",
            _ => {
                "CASE WHEN json_valid(payload) THEN EXISTS (SELECT 1 FROM json_each(payload) AS top WHERE top.key = ?) END"
            }
        }
    }

    /// Adds the condition for a prefix. Both forms can use an index. SQLite's LIKE ignores case, and MySQL's comparison pads
    /// with spaces.
    fn action_prefix(&mut self, prefix: &str) {
        match self.dialect {
            #[cfg(feature = "mysql")]
            Dialect::MySql => {
                let escaped = prefix
                    .replace('|', "||")
                    .replace('%', "|%")
                    .replace('_', "|_");
                self.add(
                    "action LIKE ? ESCAPE '|'",
                    [BindValue::Text(format!("{escaped}%"))],
                );
            }
            _ => {
                let beyond = format!("{prefix}\u{10ffff}");
                self.add(
                    "action >= ? AND action < ?",
                    [BindValue::Text(prefix.to_owned()), BindValue::Text(beyond)],
                );
            }
        }
    }

    fn add<const N: usize>(&mut self, condition: impl AsRef<str>, arguments: [BindValue; N]) {
        self.add_all(condition.as_ref(), arguments);
    }

    pub(super) fn add_all(
        &mut self,
        condition: &str,
        arguments: impl IntoIterator<Item = BindValue>,
    ) {
        self.text.push_str(if self.text.is_empty() {
            " WHERE "
        } else {
            " AND "
        });
        self.text.push_str(condition);
        self.arguments.extend(arguments);
    }
}

#[cfg(all(test, feature = "mysql"))]
mod tests {
    use super::*;
    use crate::store::filter::{Column, Position};

    #[test]
    fn a_page_is_a_written_out_keyset_with_everything_bound() {
        let filter = Filter(vec![Condition::Is(
            Column::Resource,
            "x' OR 1=1 --".to_owned(),
        )]);
        let after = Position {
            occurred_at: "2026-01-01 00:00:00.000000".to_owned(),
            id: 7,
        };
        let select = Select {
            filter: &filter,
            order: Order::NewestFirst,
            after: Some(&after),
            limit: 50,
        };
        let Statement { text, arguments } = page(Dialect::MySql, Table::Live, select);
        assert!(text.ends_with(
            "FROM operational_activity WHERE resource = ? AND OCTET_LENGTH(resource) = ? AND occurred_at <= ? AND (occurred_at < ? OR id < ?) \
             ORDER BY occurred_at DESC, id DESC LIMIT ?"
        ));
        assert_eq!(text.matches('?').count(), arguments.len());
        assert!(!text.contains("OR 1=1"));
    }
}
