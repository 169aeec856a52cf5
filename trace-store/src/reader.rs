//! Access to stored rows.

use std::sync::Arc;

use crate::export::Export;
use crate::follow::Follow;
use crate::query::{Query, QueryError, in_time};
use crate::store::filter::Table;
use crate::store::{DatabaseUrl, Pool};

/// Reader of stored rows, on the caller's tokio runtime, with a pool of up to four connections.
///
/// Connections are opened on first use and belong to the runtime of that use, so use a reader on one runtime only. Clones
/// share the connections. A reader needs no recorder and works in another process too. It needs only the rights that
/// [`grants`](crate::grants) returns for a reader.
///
/// ```
/// use behavior_trace::config::DatabaseUrl;
/// use behavior_trace::query::Reader;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let reader = Reader::new(&DatabaseUrl::memory());
/// let history = reader.query().resource("User", 7).limit(20);
/// let page = history.fetch().await?;
/// for row in &page.items {
///     println!("{} {} by {}", row.activity.occurred_at, row.activity.action, row.activity.actor_type);
/// }
/// if let Some(next) = page.next {
///     let older = history.after(next).fetch().await?;
///     println!("{} more", older.items.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reader(Arc<Pool>);

impl Reader {
    /// Creates a reader of the database behind a URL. It opens no connection yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self(Arc::new(Pool::of(url)))
    }

    /// Returns a reader without a database: each query answers with an error that names the remedy.
    #[doc(hidden)]
    pub fn without_url() -> Self {
        Self(Arc::new(Pool::None))
    }

    /// Returns a query without filters, which finds all rows, newest first.
    pub fn query(&self) -> Query {
        Query::new(Arc::clone(&self.0))
    }

    /// Returns the highest id of the table; 0 if it is empty. It costs one look at the end of an index.
    #[doc(hidden)]
    pub async fn last_id(&self) -> Result<u64, QueryError> {
        in_time(self.0.last_id(Table::Live)).await
    }

    /// Returns an export of all rows in storing order, for an archive.
    pub fn export(&self) -> Export {
        Export::new(Arc::clone(&self.0))
    }

    /// Returns a follower, which gives rows in storing order as they appear, from the end of the table on.
    pub fn follow(&self) -> Follow {
        Follow::new(Arc::clone(&self.0))
    }
}
