//! Text of the insert statements, and their numbers of rows. Values are always bound and never written into the text.

use std::fmt::Write as _;
use std::sync::Arc;

use behavior_trace_core::Activity;

use super::limits::Limits;
use super::{ErrorClass, StoreError};

/// Column names in the order in which `bind` adds their values.
macro_rules! columns {
    () => {
        "event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, correlation_id, \
         request_id, route_name, ip_address, user_agent"
    };
}

pub(crate) const COLUMNS: usize = Activity::COLUMNS.len();

/// Names of the columns, separated by `, `.
#[cfg(feature = "sqlite")]
pub(crate) const COLUMN_NAMES: &str = columns!();

pub(crate) const INSERT: &str = concat!(
    "INSERT INTO operational_activity (",
    columns!(),
    ") VALUES "
);

const PLACEHOLDERS: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// Possible numbers of rows in a statement. Few sizes leave few prepared statements to keep; close sizes need few round
/// trips for a partial batch.
pub(super) const STATEMENT_SIZES: [usize; 10] = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];

/// Returns the approximate number of bytes that a row takes in a statement.
pub(crate) fn weight(row: &Activity<'_>) -> usize {
    // The event id, the time, the actor's id, the lengths and the types.
    const FIXED: usize = 36 + 26 + 8 + COLUMNS * 5;
    let optional = [
        &row.resource_id,
        &row.correlation_id,
        &row.request_id,
        &row.route_name,
        &row.ip_address,
        &row.user_agent,
    ];
    let given = row.actor_type.len() + row.action.len() + row.resource.len() + row.payload.len();
    FIXED
        + given
        + optional
            .into_iter()
            .flatten()
            .map(|text| text.len())
            .sum::<usize>()
}

/// Splits the rows into pieces that are committed one by one, each within the limits but with at least one row.
pub(crate) fn pieces<'r>(
    mut rows: &'r [Activity<'r>],
    limits: Limits,
) -> impl Iterator<Item = &'r [Activity<'r>]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = rows
            .iter()
            .take(limits.rows)
            .take_while(|row| {
                bytes += weight(row);
                bytes <= limits.bytes
            })
            .count();
        let (piece, rest) = rows.split_at(fitting.max(1).min(rows.len()));
        rows = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Splits a piece into statements of up to `bytes` bytes, each with at least one row.
pub(crate) fn statements<'r>(
    mut piece: &'r [Activity<'r>],
    bytes: usize,
) -> impl Iterator<Item = &'r [Activity<'r>]> {
    std::iter::from_fn(move || {
        let mut weighed = 0;
        let fitting = piece
            .iter()
            .take(STATEMENT_SIZES[0])
            .take_while(|row| {
                weighed += weight(row);
                weighed <= bytes
            })
            .count();
        let most = fitting.max(1).min(piece.len());
        let count = STATEMENT_SIZES.into_iter().find(|count| *count <= most)?;
        let (statement, rest) = piece.split_at(count);
        piece = rest;
        Some(statement)
    })
}

/// Text of one dialect's INSERT for each statement size, built on first use.
#[derive(Debug)]
pub(crate) struct Inserts {
    duplicate: &'static str,
    texts: [Option<Arc<str>>; STATEMENT_SIZES.len()],
}

impl Inserts {
    /// Creates an empty cache. `duplicate` is the dialect's clause that leaves an existing row unchanged.
    pub(crate) const fn new(duplicate: &'static str) -> Self {
        Self {
            duplicate,
            texts: [const { None }; STATEMENT_SIZES.len()],
        }
    }

    #[cfg(feature = "mysql")]
    pub(crate) const fn duplicate(&self) -> &'static str {
        self.duplicate
    }

    pub(crate) fn text(&mut self, rows: usize) -> Arc<str> {
        let duplicate = self.duplicate;
        match STATEMENT_SIZES.iter().position(|count| *count == rows) {
            Some(step) => self.texts[step]
                .get_or_insert_with(|| insert(rows, duplicate).into())
                .clone(),
            None => insert(rows, duplicate).into(),
        }
    }
}

fn insert(rows: usize, duplicate: &str) -> String {
    let mut text = String::with_capacity(256 + rows * (PLACEHOLDERS.len() + 2));
    let _ = write!(text, "{INSERT}{PLACEHOLDERS}");
    for _ in 1..rows {
        text.push_str(", ");
        text.push_str(PLACEHOLDERS);
    }
    text.push(' ');
    text.push_str(duplicate);
    text
}

/// A statement that reads no row and fails unless every column the recorder writes exists. Columns added by a later release
/// do no harm.
pub(crate) const COLUMNS_ARE_THERE: &str =
    concat!("SELECT ", columns!(), " FROM operational_activity LIMIT 0");

pub(crate) const NO_UNIQUE_KEY: &str = "`operational_activity` has no unique key over (occurred_at, event_id), without which a row sent twice \
     is stored twice; run the migrations";

/// Returns the error for a table with a foreign unique key, which could merge two events into one.
pub(crate) fn foreign_key(name: Option<&str>) -> StoreError {
    let named = name.map_or_else(String::new, |name| format!(" `{name}`"));
    StoreError::new(
        ErrorClass::Configuration,
        format!(
            "`operational_activity` has another unique key{named}, under which two events may collide; drop it, or make \
             it an index that is not unique"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use behavior_trace_core::activity;

    fn rows(count: usize, payload: usize) -> Vec<Activity<'static>> {
        let row = activity! {
            payload: "x".repeat(payload).into(),
            ..Activity::default()
        };
        vec![row; count]
    }

    #[test]
    fn a_piece_stays_within_rows_and_bytes_and_no_row_is_left_out() {
        let limits = Limits {
            rows: 100,
            bytes: 10_000,
        };
        for (count, payload) in [
            (0, 0),
            (1, 0),
            (1, 50_000),
            (1_000, 10),
            (777, 900),
            (5, 20_000),
        ] {
            let rows = rows(count, payload);
            let mut seen = 0;
            for piece in pieces(&rows, limits) {
                let bytes: usize = piece.iter().map(weight).sum();
                assert!(
                    piece.len() == 1 || (piece.len() <= 100 && bytes <= 10_000),
                    "{} rows, {bytes} bytes",
                    piece.len()
                );
                seen += piece.len();
            }
            assert_eq!(seen, count);
        }
    }

    #[test]
    fn a_piece_goes_down_the_ladder() {
        let rows = rows(1_563, 0);
        let counts: Vec<_> = statements(&rows, usize::MAX)
            .map(<[Activity]>::len)
            .collect();
        assert_eq!(counts, [1000, 500, 50, 10, 2, 1]);
    }

    #[test]
    fn no_batch_takes_more_than_nine_statements() {
        let rows = rows(1000, 0);
        let counts = (1..=1000).map(|count| statements(&rows[..count], usize::MAX).count());
        assert_eq!(counts.max(), Some(9));
    }

    #[test]
    fn a_text_has_a_placeholder_for_each_column_of_each_row() {
        assert_eq!(columns!(), Activity::COLUMNS.join(", "));
        assert_eq!(insert(10, "").matches('?').count(), 10 * COLUMNS);
        assert!(STATEMENT_SIZES[0] * COLUMNS <= 32_766);
    }
}
