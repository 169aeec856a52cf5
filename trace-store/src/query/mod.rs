//! Finding rows.

mod cursor;
mod error;
mod fetch;
mod filters;
mod stored;
mod stream;

use std::sync::Arc;

pub use cursor::Cursor;
pub use error::QueryError;
pub(crate) use fetch::in_time;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use filters::conditions_of;
pub use stored::{Page, StoredActivity};
pub use stream::ActivityStream;

use crate::store::Pool;
use crate::store::filter::{Filter, Order};

/// Which rows are wanted, and how. Made by [`Reader::query`](crate::Reader::query); without any filter it finds
/// everything, newest first.
///
/// Filters add up: a row must meet each of them. Texts are compared exactly, capitals and blanks at their end included. One
/// that is longer than its column is cut as it was when it was stored; [`is_by_prefix`](Query::is_by_prefix) tells.
///
/// Which filters an index serves: the time range always; `resource` with or without `resource_id`; `correlation`. The
/// others read through the time range until the page is full, so give them one, or add an index
/// (`ExtraIndex`) for an actor, an action, a request or an event.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is fetched, streamed or counted"]
pub struct Query {
    pool: Arc<Pool>,
    filter: Filter,
    order: Order,
    after: Option<Cursor>,
    limit: usize,
    with_archive: bool,
}

impl Query {
    /// The rows of a page unless `limit` says otherwise.
    pub const DEFAULT_LIMIT: usize = 50;
    /// The most rows of a page.
    pub const MAX_LIMIT: usize = 1_000;

    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            filter: Filter::default(),
            order: Order::default(),
            after: None,
            limit: Self::DEFAULT_LIMIT,
            with_archive: false,
        }
    }

    /// The latest first; the default.
    pub const fn newest_first(mut self) -> Self {
        self.order = Order::NewestFirst;
        self
    }

    /// The earliest first.
    pub const fn oldest_first(mut self) -> Self {
        self.order = Order::OldestFirst;
        self
    }

    /// How many rows a page has: 1 to [`MAX_LIMIT`](Self::MAX_LIMIT), and what lies outside is moved there.
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = rows.clamp(1, Self::MAX_LIMIT);
        self
    }

    /// Begins where an earlier page of the same query ended. A cursor of another filter or order is refused when the
    /// page is fetched.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// Looks into `operational_activity_archive` as well, where retention moved rows to. It costs a second statement.
    pub const fn with_archive(mut self) -> Self {
        self.with_archive = true;
        self
    }
}
