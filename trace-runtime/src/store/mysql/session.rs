//! One connection, and what must be true of its session.

use sqlx::mysql::MySqlConnection;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _, raw_sql};

use super::classify::{failed, not_connected};
use super::options::Options;
use crate::store::error::{ErrorClass, SessionEnd, SessionName, StoreError};
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;

/// Strict, or values would be cut in silence. READ COMMITTED, since four writers replaying the same batches met 30
/// deadlocks under the default and 2 to 4 under it. A row lock is waited for briefly: 1205 is a better answer than the
/// writer's own deadline, whose outcome is unknown.
const SET_UP: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
     SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', SESSION autocommit = 1, \
     SESSION innodb_lock_wait_timeout = 3";

const LEARN: &str =
    "SELECT CAST(@@max_allowed_packet AS UNSIGNED), CAST(@@SESSION.sql_mode AS CHAR)";

/// Where a row stands already, `event_id = event_id` leaves it alone. `id = id` fails with 1869 on MySQL, and `INSERT
/// IGNORE` would cut values and accept NULLs in silence.
pub(super) const DUPLICATE: &str = "ON DUPLICATE KEY UPDATE event_id = event_id";

#[derive(Debug)]
pub(crate) struct Session {
    pub(super) connection: MySqlConnection,
    pub(super) inserts: Inserts,
    limits: Limits,
}

impl Session {
    pub(crate) async fn connect(options: &Options, _purpose: Purpose) -> Result<Self, StoreError> {
        let mut connection = options
            .connect
            .connect()
            .await
            .map_err(|error| not_connected(&error))?;
        let limits = set_up(&mut connection).await?;
        Ok(Self {
            connection,
            inserts: Inserts::new(DUPLICATE),
            limits,
        })
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
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

async fn set_up(connection: &mut MySqlConnection) -> Result<Limits, StoreError> {
    let down = |error: sqlx::Error| not_connected(&error);
    connection.execute(raw_sql(SET_UP)).await.map_err(down)?;
    let row = connection.fetch_one(raw_sql(LEARN)).await.map_err(down)?;
    let packet: u64 = row.try_get_unchecked(0).map_err(down)?;
    let mode: String = row.try_get_unchecked(1).map_err(down)?;
    if !mode.contains("STRICT_") {
        return Err(StoreError::new(
            ErrorClass::Configuration,
            format!(
                "the session's `sql_mode` stayed `{mode}` and would cut values in silence; let it be set to \
                     STRICT_ALL_TABLES (a proxy may stand in between)"
            ),
        ));
    }
    Ok(Limits::of_packet(
        usize::try_from(packet).unwrap_or(usize::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use behavior_trace_servers::{Kind, Server};

    use super::*;

    #[tokio::test]
    async fn a_socket_is_connected_to_as_it_is() {
        for kind in Kind::ALL {
            let server = Server::start(kind).expect("a server of its own");
            let name = "a_socket_is_connected_to_as_it_is";
            server.database(name).expect("a database");
            let url = server.socket_url(name).expect("its socket");
            let options = Options::parse(&url).expect("a good URL");
            let session = Session::connect(&options, Purpose::Keeper).await;
            session.unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
    }
}
