//! Errors of queries.

use std::fmt;

use crate::store::StoreError;

/// A query that failed. Its message never contains a password.
pub struct QueryError(Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    /// The text is no cursor, or was changed.
    MalformedCursor,
    /// The cursor was made by a query with another filter or order.
    ForeignCursor,
    /// The cursor is from a later release.
    LaterCursor,
    /// The text is no position, or was changed.
    MalformedPosition,
    /// The position is of a follower with another filter, or was changed.
    ForeignPosition,
    /// The position is from a later release.
    LaterPosition,
    /// The position is of another table.
    OtherTable,
    /// The count would read the whole table.
    Unbounded,
    /// The follower failed before.
    Ended,
    /// The store returned an error.
    Store(StoreError),
    /// The store did not answer in time.
    TimedOut,
}

impl QueryError {
    /// Returns whether the cursor cannot be used with this query. Start at the first page then.
    pub const fn is_cursor(&self) -> bool {
        matches!(
            self.0,
            Kind::MalformedCursor | Kind::ForeignCursor | Kind::LaterCursor
        )
    }

    /// Returns whether the position cannot be used with this follower. Start at an id or at the end of the table then.
    pub const fn is_position(&self) -> bool {
        matches!(
            self.0,
            Kind::MalformedPosition
                | Kind::ForeignPosition
                | Kind::LaterPosition
                | Kind::OtherTable
        )
    }

    /// Returns whether the same query may succeed later.
    pub const fn is_transient(&self) -> bool {
        match &self.0 {
            Kind::TimedOut => true,
            Kind::Store(error) => error.class().is_transient(),
            _ => false,
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::MalformedCursor => f.write_str("the cursor is malformed; pass it on as it came, or start at the first page"),
            Kind::ForeignCursor => f.write_str("the cursor belongs to a query with another filter or order; start at the first page"),
            Kind::LaterCursor => f.write_str("the cursor was made by a later release; start at the first page"),
            Kind::MalformedPosition => f.write_str("the position is malformed; pass it on as it came, or start with `after_id`, or without `--after` in the tool"),
            Kind::ForeignPosition => f.write_str("the position was changed, or belongs to a follower with another filter; start with `after_id`, or without `--after` in the tool"),
            Kind::LaterPosition => f.write_str("the position was made by a later release; start with `after_id`, or without `--after` in the tool"),
            Kind::OtherTable => f.write_str("the position belongs to another table, or to one that was restored since; start with `after_id`, or without `--after` in the tool"),
            Kind::Unbounded => f.write_str("a count by group reads every row of its time range, and this query has no start; add `.since(…)`, such as a day ago"),
            Kind::Ended => f.write_str("the follower ended with an earlier error; start another one after its position"),
            Kind::Store(error) => error.fmt(f),
            Kind::TimedOut => f.write_str("no answer in time; narrow the query, by time for instance"),
        }
    }
}

behavior_trace_core::debug_is_display!(QueryError);

impl std::error::Error for QueryError {}

impl From<Kind> for QueryError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<StoreError> for QueryError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}
