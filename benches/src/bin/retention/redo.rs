//! The server's redo log: the bytes written to it, and its capacity.

use std::error::Error;

use sqlx::{AssertSqlSafe, MySqlConnection, query_as};

/// Returns the bytes written to the log since the server started.
pub(crate) async fn written(connection: &mut MySqlConnection) -> Result<u64, Box<dyn Error>> {
    let asked = "SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'";
    let (_, bytes): (String, String) = query_as(asked).fetch_one(connection).await?;
    Ok(bytes.parse()?)
}

/// Returns the capacity of the log in bytes. MySQL has its own name for it and may still accept the other one.
pub(crate) async fn capacity(connection: &mut MySqlConnection) -> Result<u64, Box<dyn Error>> {
    for name in ["innodb_redo_log_capacity", "innodb_log_file_size"] {
        // The text contains one of two constant names.
        let asked = AssertSqlSafe(format!("SHOW GLOBAL VARIABLES LIKE '{name}'"));
        let found: Option<(String, String)> =
            query_as(asked).fetch_optional(&mut *connection).await?;
        if let Some((_, bytes)) = found {
            return Ok(bytes.parse()?);
        }
    }
    Err("the server does not say how large its redo log is".into())
}
