//! Looking rows up.

use std::sync::Arc;

use crate::export::Export;
use crate::query::Query;
use crate::store::{DatabaseUrl, Pool};

/// Looks rows up, on the caller's tokio runtime and with up to four connections of its own.
///
/// Connections are opened when first needed and belong to the runtime on which that was, so keep a reader to one
/// runtime. Clones share the connections. It works without a recorder, in another process for instance, and needs no
/// more than the rights that [`grants`](crate::grants) prints for a reader.
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
    /// Of the database behind a URL. Nothing is opened yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self(Arc::new(Pool::of(url)))
    }

    /// A reader of no database: each query answers with an error that names the remedy.
    #[doc(hidden)]
    pub fn without_url() -> Self {
        Self(Arc::new(Pool::None))
    }

    /// A query that finds everything, newest first, until it is told more.
    pub fn query(&self) -> Query {
        Query::new(Arc::clone(&self.0))
    }

    /// Everything in the order of storing, for an archive.
    pub fn export(&self) -> Export {
        Export::new(Arc::clone(&self.0))
    }
}
