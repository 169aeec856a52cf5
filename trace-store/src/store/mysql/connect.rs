//! Connections with a session set up, or the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use tokio::time::timeout;

use super::classify::{not_connected, number};
use super::options::Options;
use super::set_up::{Learned, set_up};
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Error code of a refused account or password.
const DENIED: u16 = 1045;

/// Time limit for one of several hosts, so that one that hangs leaves time for the next.
const PER_HOST: Duration = Duration::from_secs(3);

/// A session on one of the hosts.
pub(super) struct Connected {
    pub(super) connection: MySqlConnection,
    pub(super) learned: Learned,
    /// The options of the host that answered.
    pub(super) host: Arc<MySqlConnectOptions>,
}

impl Options {
    /// Connects and sets up the session, for statements outside this module.
    pub(crate) async fn session(&self, purpose: Purpose) -> Result<MySqlConnection, StoreError> {
        Ok(self.connected(purpose).await?.connection)
    }

    /// Connects to the first host whose session may write, and sets the session up. With a single host, a server that may not
    /// write is found by the statement that it refuses. For reading, a server that may not write is better than none.
    pub(super) async fn connected(&self, purpose: Purpose) -> Result<Connected, StoreError> {
        if let Some(only) = self.hosts.only() {
            return self.connected_to(only, purpose).await;
        }
        let mut read_only = None;
        let mut failures = Vec::new();
        let mut class = ErrorClass::ReadOnly;
        for (index, host) in self.hosts.in_turn() {
            let name = format!("{}:{}", host.get_host(), host.get_port());
            let answer = timeout(PER_HOST, self.connected_to(host, purpose)).await;
            match answer.unwrap_or_else(|_| Err(no_answer())) {
                Ok(connected) if connected.learned.is_read_only => {
                    failures.push(format!("{name} is read-only"));
                    read_only.get_or_insert(connected);
                }
                Ok(connected) => {
                    self.hosts.prefer(index);
                    return Ok(connected);
                }
                Err(error) => {
                    class = error.class();
                    failures.push(format!("{name}: {error}"));
                }
            }
        }
        match read_only {
            Some(connected) if purpose == Purpose::Reader => Ok(connected),
            // A host that may not write now may do so soon, as after a failover.
            Some(_) => Err(none_of(ErrorClass::ReadOnly, &failures)),
            None => Err(none_of(class, &failures)),
        }
    }

    /// Connects to a host and sets up the session.
    async fn connected_to(
        &self,
        host: &Arc<MySqlConnectOptions>,
        purpose: Purpose,
    ) -> Result<Connected, StoreError> {
        let connected = host.connect().await;
        let mut connection = connected.map_err(|error| refused(host, &error))?;
        let learned = set_up(&mut connection, purpose).await?;
        Ok(Connected {
            connection,
            learned,
            host: Arc::clone(host),
        })
    }
}

/// Converts a connection error. Over a socket the server expects the plain password, but the driver first asks for a key
/// to encrypt it with. The server takes that request for the password, and refuses a correct password like a wrong one.
fn refused(host: &MySqlConnectOptions, error: &sqlx::Error) -> StoreError {
    if number(error) == Some(DENIED) && host.get_socket().is_some() {
        return StoreError::new(
            ErrorClass::Configuration,
            format!(
                "{error}; if the password is right, the account's plugin is `caching_sha2_password`, whose password \
                 the driver cannot send over a socket until the server has seen it on another connection; connect \
                 over TCP with TLS (`?ssl-mode=required`), or identify the account with `auth_socket`"
            ),
        );
    }
    not_connected(error)
}

fn no_answer() -> StoreError {
    StoreError::new(
        ErrorClass::Unavailable,
        format!("no answer within {} s", PER_HOST.as_secs()),
    )
}

fn none_of(class: ErrorClass, failures: &[String]) -> StoreError {
    StoreError::new(
        class,
        format!("no host of the URL takes writes: {}", failures.join("; ")),
    )
}
