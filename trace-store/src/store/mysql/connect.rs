//! A connection whose session is set up, or the reason why there is none.

use sqlx::ConnectOptions as _;
use sqlx::mysql::MySqlConnection;

use super::classify::{not_connected, number};
use super::options::Options;
use super::set_up::{Learned, set_up};
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// The account, or its password, was refused.
const DENIED: u16 = 1045;

impl Options {
    /// Connects and sets the session up, for statements that are not of this module.
    pub(crate) async fn session(&self, purpose: Purpose) -> Result<MySqlConnection, StoreError> {
        Ok(self.connected(purpose).await?.0)
    }

    /// Does so, and returns what was learnt of the server.
    pub(super) async fn connected(
        &self,
        purpose: Purpose,
    ) -> Result<(MySqlConnection, Learned), StoreError> {
        let connected = self.connect.connect().await;
        let mut connection = connected.map_err(|error| self.refused(&error))?;
        let learned = set_up(&mut connection, purpose).await?;
        Ok((connection, learned))
    }

    /// Over a socket the server wants the password as it is, where the driver asks for a key to encrypt it with: the request
    /// is taken for the password, and the right one is refused like a wrong one.
    fn refused(&self, error: &sqlx::Error) -> StoreError {
        if number(error) == Some(DENIED) && self.connect.get_socket().is_some() {
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
}
