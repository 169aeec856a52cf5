//! Creation of a missing database.

use sqlx::mysql::MySqlConnection;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, query_scalar, raw_sql,
};
use tokio::time::timeout;

use super::classify::{failed, number};
use super::connect::PER_HOST;
use super::options::Options;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Database that every account may use, to connect while another one is missing.
const CATALOGUE: &str = "information_schema";
/// Query for the number of databases with a name, of those that the account may see.
const FOUND: &str =
    "SELECT CAST(COUNT(*) AS SIGNED) FROM information_schema.schemata WHERE schema_name = ?";

/// Code for a database that exists.
const EXISTS: u16 = 1007;
/// Code for a database that does not exist.
const UNKNOWN: u16 = 1049;
/// Code for an account without the right to create the database.
const DENIED: u16 = 1044;

impl Options {
    /// Creates the database of the URL if it is missing; returns whether it was.
    pub(crate) async fn create_database(&self) -> Result<bool, StoreError> {
        let elsewhere = self.in_database(CATALOGUE);
        let mut connection = elsewhere.session(Purpose::Maintainer).await?;
        let created = create(&mut connection, self.database_name()).await;
        // The work is done, even if closing the connection fails.
        let _ = connection.close().await;
        created
    }

    /// Returns the statement that creates the database of the URL.
    pub(crate) fn database_to_sql(&self) -> String {
        statement(self.database_name())
    }

    /// Returns whether the server has no database of the URL's name. It is false if no server answers, or if the account may
    /// not know.
    pub(crate) async fn lacks_database(&self) -> bool {
        for (_, host) in self.hosts.in_turn() {
            match timeout(PER_HOST, host.connect()).await {
                Ok(Ok(_)) => return false,
                Ok(Err(error)) if number(&error) == Some(UNKNOWN) => return true,
                // The next host may answer.
                _ => {}
            }
        }
        false
    }
}

async fn create(connection: &mut MySqlConnection, name: &str) -> Result<bool, StoreError> {
    let found = query_scalar(FOUND).bind(name).fetch_one(&mut *connection);
    let found: i64 = found.await.map_err(|error| failed(&error))?;
    if found > 0 {
        return Ok(false);
    }
    let text = statement(name);
    let made = connection
        .execute(raw_sql(AssertSqlSafe(text.as_str())))
        .await;
    match made {
        Ok(_) => Ok(true),
        Err(error) => match number(&error) {
            // Another process created it meanwhile, or the account has no right on it and does not see it.
            Some(EXISTS) => Ok(false),
            Some(DENIED) => Err(StoreError::new(
                ErrorClass::Configuration,
                format!(
                    "this account may not create the database `{name}`, nor see it: {error}; let an administrator run \
                     `{text}`, and grant the account its rights there (`behavior-trace grants` prints \
                     them, and `behavior_trace::schema::grants` returns them)"
                ),
            )),
            _ => Err(failed(&error)),
        },
    }
}

/// Returns the statement with the character set and the collation of the table.
fn statement(name: &str) -> String {
    format!(
        "CREATE DATABASE `{}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        name.replace('`', "``")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_database_is_quoted() {
        assert_eq!(
            statement("my`shop"),
            "CREATE DATABASE `my``shop` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        );
    }
}
