//! One connection.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::classify::failed;
use super::options::Options;
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;
use crate::store::{SessionEnd, SessionName, StoreError};

/// On this key alone: a violation of any other rule is an error, never a row left out.
pub(super) const DUPLICATE: &str = "ON CONFLICT (occurred_at, event_id) DO NOTHING";

/// SQLite's own limit for one value is a thousand million bytes; a quarter of this is what a statement may weigh.
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
            _ => options.open().await,
        };
        let connection = opened.map_err(|error| failed(&error))?;
        Ok(Self {
            connection,
            inserts: Inserts::new(DUPLICATE),
        })
    }

    #[expect(
        clippy::unused_self,
        reason = "the other dialect learns its limits when it connects"
    )]
    pub(crate) fn limits(&self) -> Limits {
        Limits::of_packet(PACKET)
    }

    /// Returns no name: what a process leaves behind of a file's session ends with the process.
    #[expect(clippy::unused_self, reason = "a session of the other dialect has one")]
    pub(crate) fn name(&self) -> Option<SessionName> {
        None
    }

    /// Does nothing: no session has a name.
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
