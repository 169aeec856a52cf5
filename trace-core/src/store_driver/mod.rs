//! What delivery needs of a store. A package of its own may implement it.

mod error;

use crate::{Activity, Timestamp};

pub use error::{ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};

/// A store as the writer sees it; the tests script one. Its calls run on the writer's thread alone.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of whoever delivers, alone"
)]
pub trait StoreDriver: Clone + Send + 'static {
    /// One connection.
    type Connection: 'static;

    /// Connects.
    async fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// The name by which another connection finds this one's session on the server, if anything can be left there.
    fn name(connection: &Self::Connection) -> Option<SessionName>;

    /// Ends a session that was given up, if it is on this connection's server.
    async fn end(
        connection: &mut Self::Connection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError>;

    /// Makes sure that the table takes rows.
    async fn check(&self, connection: &mut Self::Connection) -> Result<(), StoreError>;

    /// Stores rows, each once however often it is sent. An error says how many, from the front, are stored all the same.
    async fn insert(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<(), StoreError>;

    /// Stores every row that the store takes, and returns those it refused although each was sent alone. With an error
    /// nothing is stored.
    async fn sift(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError>;

    /// Stores a row of full reference width at this time, and takes it back.
    async fn probe(
        connection: &mut Self::Connection,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Closes the connection in good order.
    async fn close(connection: Self::Connection);
}
