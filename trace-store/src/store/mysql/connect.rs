//! Connections with a session set up, or the reason why there is none.

use std::sync::Arc;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};

use super::classify::{not_connected, number};
use super::hosts::Connected;
use super::options::Options;
use super::set_up::set_up;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Error code of a refused account or password.
const DENIED: u16 = 1045;

impl Options {
    /// Connects and sets up the session, for statements outside this module.
    pub(crate) async fn session(&self, purpose: Purpose) -> Result<MySqlConnection, StoreError> {
        Ok(self.connected(purpose).await?.connection)
    }

    /// Connects to a host and sets up the session.
    pub(super) async fn connected_to(
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
