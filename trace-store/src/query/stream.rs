//! All pages, one row at a time.

use std::vec;

use super::{Query, QueryError, StoredActivity};

/// The rows of a query, one by one, fetched a page at a time. No connection is held between pages.
#[derive(Debug)]
pub struct ActivityStream {
    /// `None` after the last page or an error.
    query: Option<Query>,
    page: vec::IntoIter<StoredActivity>,
}

impl Query {
    /// All rows, one by one; `limit` is the size of a page. Rows that are stored meanwhile are met if they belong
    /// behind the place that was reached, and no row is met twice.
    pub fn stream(self) -> ActivityStream {
        ActivityStream {
            query: Some(self),
            page: Vec::new().into_iter(),
        }
    }
}

impl ActivityStream {
    /// The next row; `None` after the last, and after an error.
    pub async fn next(&mut self) -> Option<Result<StoredActivity, QueryError>> {
        if let Some(row) = self.page.next() {
            return Some(Ok(row));
        }
        let query = self.query.take()?;
        match query.fetch().await {
            Ok(page) => {
                self.query = page.next.map(|cursor| query.after(cursor));
                self.page = page.items.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => Some(Err(error)),
        }
    }
}
