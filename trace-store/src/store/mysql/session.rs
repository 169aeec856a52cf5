//! One connection with the state of its session.

use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use super::classify::failed;
use super::connect::Connected;
use super::hosts::{Hosts, Stay};
use super::options::{Options, statement_size};
use super::set_up::Learned;
use crate::store::limits::Limits;
use crate::store::purpose::Purpose;
use crate::store::sql::Inserts;
use crate::store::{SessionName, StoreError};

/// Clause that leaves an existing row unchanged. `id = id` fails with 1869 on MySQL, and `INSERT IGNORE` would silently cut
/// values and accept NULLs.
///
/// It is for a session of the application, which may not be strict. The recorder's own sessions prove that the row is the
/// same.
pub(super) const LEAVE: &str = "ON DUPLICATE KEY UPDATE event_id = event_id";

/// Clause that leaves an existing row unchanged only if it is the same event. If another unique key matched, the NULL fails
/// with 1048 in the strict session, so no event is lost silently.
const PROVE: &str = "AS sent ON DUPLICATE KEY UPDATE event_id = \
     IF(operational_activity.event_id = sent.event_id, operational_activity.event_id, NULL)";

/// Equivalent clause in MariaDB's syntax, which has no alias for the sent row. MySQL deprecates this syntax.
const PROVE_ON_MARIADB: &str =
    "ON DUPLICATE KEY UPDATE event_id = IF(event_id = VALUES(event_id), event_id, NULL)";

/// No clause. MySQL writes a warning for each clause above into a binary log of statements; here a look at the rows resolves
/// 1062.
const PLAIN: &str = "";

#[derive(Debug)]
pub(crate) struct Session {
    pub(super) connection: MySqlConnection,
    pub(super) inserts: Inserts,
    pub(super) learned: Learned,
    /// Maximum number of bytes in a statement with several rows.
    pub(super) statement: usize,
    /// The server prepares no more statements for this session, so values go as text.
    pub(super) unprepared: bool,
    pub(super) name: Option<SessionName>,
    /// The last transaction was refused by a group, for a reason that it does not name.
    pub(super) is_hook_refused: bool,
    /// Number of connections that the server had refused when it was asked last.
    pub(super) refusals: Option<u64>,
    stay: Stay,
}

impl Session {
    pub(crate) async fn connect(options: &Options, purpose: Purpose) -> Result<Self, StoreError> {
        Self::over(options.connected(purpose).await?, purpose, &options.hosts).await
    }

    /// Returns the session over a connection that is set up.
    pub(super) async fn over(
        Connected {
            connection,
            learned,
            host,
            index,
        }: Connected,
        purpose: Purpose,
        hosts: &Hosts,
    ) -> Result<Self, StoreError> {
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
            statement: statement_size(&host, &learned),
            unprepared: false,
            name: None,
            is_hook_refused: false,
            refusals: None,
            stay: hosts.stay(index),
        };
        if matches!(purpose, Purpose::Writer { .. }) {
            session.take_name().await?;
        }
        Ok(session)
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits::of_packet(self.learned.packet)
    }

    pub(crate) const fn is_mariadb(&self) -> bool {
        self.learned.is_mariadb
    }

    /// Returns `max_allowed_packet`, in bytes.
    pub(crate) const fn packet(&self) -> usize {
        self.learned.packet
    }

    /// Returns whether the session's writes go to a binary log of statements.
    pub(crate) const fn logs_statements(&self) -> bool {
        self.learned.logs_statements
    }

    pub(crate) async fn close(self) -> Result<(), StoreError> {
        self.stay.end();
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
