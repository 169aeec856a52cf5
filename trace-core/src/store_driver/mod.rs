//! The interface between delivery and a store, which another package may implement.

mod error;

use crate::{Activity, Timestamp};

pub use error::{ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};

/// A store, as the writer uses it. Tests script one. All calls run on the writer's thread.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of the one that delivers, alone"
)]
pub trait StoreDriver: Clone + Send + 'static {
    /// A connection to the store.
    type Connection: 'static;

    /// Returns whether the store has several hosts, so that one may take writes soon after another is lost. Default: no.
    fn has_several_hosts(&self) -> bool {
        false
    }

    /// Connects to the store.
    async fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// Returns the name with which another connection can find this session on the server, if a session can remain there.
    fn name(connection: &Self::Connection) -> Option<SessionName>;

    /// Ends an abandoned session, if it is on this connection's server.
    async fn end(
        connection: &mut Self::Connection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError>;

    /// Returns whether the store has refused a connection to others since the last call on this one, because all were taken.
    /// Default: no.
    async fn is_crowded(_connection: &mut Self::Connection) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Checks that the table takes rows.
    async fn check(&self, connection: &mut Self::Connection) -> Result<(), StoreError>;

    /// Stores rows, each only once even if it is sent repeatedly. An error has the number of rows, from the front, that are
    /// stored nevertheless.
    async fn insert(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<(), StoreError>;

    /// Stores every row that the store takes. Returns the refused rows, each of which was sent alone. After an error nothing
    /// is stored.
    async fn sift(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError>;

    /// Stores a row of full reference width with this timestamp, and removes it again.
    async fn probe(
        connection: &mut Self::Connection,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Closes the connection gracefully.
    async fn close(connection: Self::Connection);
}
