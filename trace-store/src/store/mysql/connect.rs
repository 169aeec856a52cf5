//! Connections with a session set up, or the reason why there is none.

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};

use super::classify::{not_connected, number};
use super::options::Options;
use super::race::{Found, search};
use super::set_up::{Learned, set_up};
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Error code of a refused account or password.
const DENIED: u16 = 1045;

/// Time limit for one of several hosts, so that one that hangs leaves time for the next.
pub(super) const PER_HOST: Duration = Duration::from_secs(3);

/// A session on one of the hosts.
pub(super) struct Connected {
    pub(super) connection: MySqlConnection,
    pub(super) learned: Learned,
    /// The options of the host that answered.
    pub(super) host: Arc<MySqlConnectOptions>,
    /// The place of the host in the URL.
    pub(super) index: usize,
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
            return connect_to(only, purpose, 0).await;
        }
        match search(&self.hosts, purpose).await {
            Found::Writable(connected) | Found::ReadOnly(connected) => Ok(connected),
            Found::None(failures) => Err(none_of(&failures)),
        }
    }
}

/// Connects to a host and sets up the session.
pub(super) async fn connect_to(
    host: &Arc<MySqlConnectOptions>,
    purpose: Purpose,
    index: usize,
) -> Result<Connected, StoreError> {
    let connected = host.connect().await;
    let mut connection = connected.map_err(|error| refused(host, &error))?;
    let learned = set_up(&mut connection, purpose).await?;
    Ok(Connected {
        connection,
        learned,
        host: Arc::clone(host),
        index,
    })
}

/// Converts a connection error. Over a socket the server expects the plain password, but the driver first asks for a key
/// to encrypt it with. The server takes that request for the password, and refuses a correct password like a wrong one.
pub(super) fn refused(host: &MySqlConnectOptions, error: &sqlx::Error) -> StoreError {
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

pub(super) fn no_answer() -> StoreError {
    StoreError::new(
        ErrorClass::Unavailable,
        format!("no answer within {} s", PER_HOST.as_secs()),
    )
}

/// Returns the error of a URL none of whose hosts took the session. A read-only host may take writes soon, as after a
/// failover. Hosts that failed differently prove nothing about the one that takes writes: it may be the one that is away.
fn none_of(failures: &[StoreError]) -> StoreError {
    let classes: Vec<_> = failures.iter().map(StoreError::class).collect();
    let class = match classes.as_slice() {
        classes if classes.contains(&ErrorClass::ReadOnly) => ErrorClass::ReadOnly,
        [first, others @ ..] if others.iter().all(|other| other == first) => *first,
        _ => ErrorClass::Unavailable,
    };
    let failures: Vec<_> = failures.iter().map(StoreError::to_string).collect();
    StoreError::new(
        class,
        format!("no host of the URL takes writes: {}", failures.join("; ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_fail_differently_do_not_blame_the_configuration() {
        use ErrorClass::{Configuration, ReadOnly, Unavailable};
        for (classes, expected) in [
            ([Configuration, Configuration], Configuration),
            ([Configuration, Unavailable], Unavailable),
            ([Unavailable, Configuration], Unavailable),
            ([ReadOnly, Configuration], ReadOnly),
            ([Unavailable, ReadOnly], ReadOnly),
        ] {
            let failures = classes.map(|class| StoreError::new(class, "one: away"));
            let error = none_of(&failures);
            assert_eq!(error.class(), expected, "{classes:?}");
            assert!(
                error.to_string().contains("one: away; one: away"),
                "{error}"
            );
        }
    }
}
