//! All pages of a query as one stream of rows.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;

use super::{Page, Query, QueryError, StoredActivity};

type Fetching = Pin<Box<dyn Future<Output = (Query, Result<Page, QueryError>)> + Send>>;

/// Stream of the rows of a query, fetched a page at a time. It holds no connection between pages.
///
/// It is a [`Stream`] for the combinators of `futures` or `tokio-stream`. Its method [`next`](Self::next) works without
/// them.
///
/// ```no_run
/// # async fn example(reader: behavior_trace::query::Reader) -> Result<(), Box<dyn std::error::Error>> {
/// use tokio_stream::StreamExt;
///
/// let rows = reader.query().resource("User", 7).stream();
/// let actions: Vec<String> = rows.map(|row| row.map(|row| row.activity.action.into_owned())).collect::<Result<_, _>>().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct ActivityStream {
    state: StreamState,
    page: vec::IntoIter<StoredActivity>,
}

enum StreamState {
    /// The next page has to be requested.
    Idle(Box<Query>),
    Fetching(Fetching),
    /// The last page has come, or an error.
    Ended,
}

impl Query {
    /// Returns a stream of all rows; `limit` is the size of a page. The stream includes rows stored meanwhile if they sort
    /// after its position, and returns no row twice.
    pub fn stream(self) -> ActivityStream {
        ActivityStream {
            state: StreamState::Idle(Box::new(self)),
            page: Vec::new().into_iter(),
        }
    }
}

impl ActivityStream {
    /// Returns the next row; `None` after the last row, and after an error.
    ///
    /// # Errors
    ///
    /// Fails like [`Query::fetch`], once.
    pub async fn next(&mut self) -> Option<Result<StoredActivity, QueryError>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for ActivityStream {
    type Item = Result<StoredActivity, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.page.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match std::mem::replace(&mut self.state, StreamState::Ended) {
                StreamState::Ended => return Poll::Ready(None),
                StreamState::Idle(query) => self.state = StreamState::Fetching(fetching(*query)),
                StreamState::Fetching(mut fetching) => {
                    let Poll::Ready((query, answer)) = fetching.as_mut().poll(context) else {
                        self.state = StreamState::Fetching(fetching);
                        return Poll::Pending;
                    };
                    match answer {
                        Ok(page) => self.take(query, page),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
            }
        }
    }
}

impl ActivityStream {
    fn take(&mut self, query: Query, page: Page) {
        if let Some(cursor) = page.next {
            self.state = StreamState::Idle(Box::new(query.after(cursor)));
        }
        self.page = page.items.into_iter();
    }
}

fn fetching(query: Query) -> Fetching {
    Box::pin(async move {
        let answer = query.fetch().await;
        (query, answer)
    })
}

impl fmt::Debug for ActivityStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityStream").finish_non_exhaustive()
    }
}
