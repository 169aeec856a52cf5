//! One connection.

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::classify::failed;
use super::options::Options;
use crate::store::error::{SessionEnd, SessionName, StoreError};
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;

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
            Purpose::Keeper | Purpose::Reader => options.open().await,
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

    /// The name by which another session finds this one.
    pub(crate) fn name(&self) -> Option<SessionName> {
        None
    }

    /// Ends another session, if it is there.
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
