//! One connection to a SQLite file.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::classify::failed;
use super::options::Options;
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;
use crate::store::{SessionEnd, SessionName, StoreError};

/// Clause that ignores a conflict on this key alone. A violation of any other rule is an error and never skips a row.
pub(super) const DUPLICATE: &str = "ON CONFLICT (occurred_at, event_id) DO NOTHING";

/// Value in place of a packet limit: a statement may weigh a quarter of it. SQLite's own limit for one value is a thousand
/// million bytes.
const PACKET: usize = 64 << 20;

#[derive(Debug)]
pub(crate) struct Session {
    pub(super) connection: SqliteConnection,
    pub(super) inserts: Inserts,
}

impl Session {
    pub(crate) async fn connect(options: &Options, purpose: Purpose) -> Result<Self, StoreError> {
        let opened = match purpose {
            Purpose::Writer { statement_timeout } => options.open_for(statement_timeout).await,
            // A mistyped path creates no file.
            #[cfg(feature = "mysql")]
            Purpose::Reader => options.open_existing().await,
            Purpose::Maintainer => options.open_existing().await,
        };
        opened.map(Self::over).map_err(|error| failed(&error))
    }

    /// Connects to a file that exists, for an inspection, and leaves its journal as it is.
    pub(crate) async fn connect_as_found(options: &Options) -> Result<Self, StoreError> {
        let opened = options.open_as_found().await;
        opened.map(Self::over).map_err(|error| failed(&error))
    }

    fn over(connection: SqliteConnection) -> Self {
        Self {
            connection,
            inserts: Inserts::new(DUPLICATE),
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "the other dialect learns its limits when it connects"
    )]
    pub(crate) fn limits(&self) -> Limits {
        Limits::of_packet(PACKET)
    }

    /// Returns `None`: a session on a file ends with its process, so nothing is left to end.
    #[expect(clippy::unused_self, reason = "a session of the other dialect has one")]
    pub(crate) fn name(&self) -> Option<SessionName> {
        None
    }

    /// Does nothing, because no session has a name.
    #[expect(clippy::unused_async, reason = "the other dialect asks its server")]
    pub(crate) async fn end(&mut self, _: &SessionName) -> Result<SessionEnd, StoreError> {
        Ok(SessionEnd::Ended)
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.connection
            .close()
            .await
            .map_err(|error| failed(&error))
    }
}
