//! Queries for stored rows.

mod count_by;
mod cursor;
mod error;
mod fetch;
mod filters;
mod stored;
mod stream;

use std::sync::Arc;

pub use count_by::{GroupCount, GroupCounts};
pub use cursor::Cursor;
pub(crate) use error::Kind;
pub use error::QueryError;
pub(crate) use fetch::in_time;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub(crate) use filters::conditions_of;
pub use stored::{Page, StoredActivity};
pub use stream::ActivityStream;

use crate::store::Pool;
use crate::store::filter::{Filter, Order};
pub use crate::store::group::CountBy;

/// Query for stored rows, created by [`Reader::query`](crate::Reader::query). Without filters it finds all rows, newest
/// first.
///
/// Filters are combined with AND. Texts are compared exactly, including case and trailing spaces. A text that exceeds its
/// column is clipped as the stored one was; [`is_by_prefix`](Query::is_by_prefix) returns whether one is.
///
/// ```
/// # fn of(reader: &behavior_trace::query::Reader) {
/// let query = reader.query().correlation_id("a-correlation-id-of-more-than-36-characters");
/// assert!(query.is_by_prefix());
/// # }
/// ```
///
/// Indexes serve the time range, `resource` with or without `resource_id`, and `correlation_id`. The other filters scan the
/// time range until the page is full. Give them a time range, or add an index (`ExtraIndex`) for an actor, an action, a
/// request or an event.
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
    /// Default number of rows of a page.
    pub const DEFAULT_LIMIT: usize = 50;
    /// Maximum number of rows of a page.
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

    /// Sorts the latest rows first; the default.
    pub fn newest_first(mut self) -> Self {
        self.order = Order::NewestFirst;
        self
    }

    /// Sorts the earliest rows first.
    pub fn oldest_first(mut self) -> Self {
        self.order = Order::OldestFirst;
        self
    }

    /// Sets the number of rows of a page, clamped to 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub fn limit(mut self, rows: usize) -> Self {
        self.limit = rows.clamp(1, Self::MAX_LIMIT);
        self
    }

    /// Continues after an earlier page of the same query. Fetching refuses a cursor of another filter or order.
    pub fn after(mut self, cursor: Cursor) -> Self {
        self.after = Some(cursor);
        self
    }

    /// Includes `operational_activity_archive`, to which retention moves rows. This costs a second statement.
    pub fn with_archive(mut self) -> Self {
        self.with_archive = true;
        self
    }
}
