//! One connection, and what is known about its session.

use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use super::classify::failed;
use super::options::Options;
use super::set_up::Learned;
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;
use crate::store::{SessionName, StoreError};

/// Leaves a row alone that is there already. `id = id` fails with 1869 on MySQL, and `INSERT IGNORE` would cut values and
/// accept NULLs in silence.
///
/// For a session of the application's, which may not be strict. A session of ours proves that the row is the same.
pub(super) const LEAVE: &str = "ON DUPLICATE KEY UPDATE event_id = event_id";

/// Does so only if the row that is there is the same event. If another unique key brought the two together, the NULL fails
/// with 1048, since the session is strict, and nothing is swallowed.
const PROVE: &str = "AS sent ON DUPLICATE KEY UPDATE event_id = \
     IF(operational_activity.event_id = sent.event_id, operational_activity.event_id, NULL)";

/// In the words of MariaDB, which has no alias for what was sent; on MySQL they are deprecated.
const PROVE_ON_MARIADB: &str =
    "ON DUPLICATE KEY UPDATE event_id = IF(event_id = VALUES(event_id), event_id, NULL)";

/// MySQL writes a warning for each of the above into a binary log of statements; 1062 is settled by a look at the rows.
const PLAIN: &str = "";

#[derive(Debug)]
pub(crate) struct Session {
    pub(super) connection: MySqlConnection,
    pub(super) inserts: Inserts,
    pub(super) learned: Learned,
    /// The most bytes of a statement with several rows.
    pub(super) statement: usize,
    /// The server prepares no more statements for this session: values go as text.
    pub(super) unprepared: bool,
    pub(super) name: Option<SessionName>,
}

impl Session {
    pub(crate) async fn connect(options: &Options, purpose: Purpose) -> Result<Self, StoreError> {
        let (connection, learned) = options.connected(purpose).await?;
        let duplicate = match learned {
            Learned {
                logs_statements: true,
                ..
            } => PLAIN,
            Learned {
                is_mariadb: true, ..
            } => PROVE_ON_MARIADB,
            _ => PROVE,
        };
        let mut session = Self {
            connection,
            inserts: Inserts::new(duplicate),
            learned,
            statement: options.statement(&learned),
            unprepared: false,
            name: None,
        };
        if matches!(purpose, Purpose::Writer { .. }) {
            session.take_name().await?;
        }
        Ok(session)
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::of_packet(self.learned.packet)
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.connection
            .close()
            .await
            .map_err(|error| failed(&error))
    }
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
            let session = Session::connect(&options, Purpose::Maintainer).await;
            session.unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
    }
}
