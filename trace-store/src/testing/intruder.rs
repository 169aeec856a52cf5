//! A second writer to a spool, for tests.

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection, query_scalar, raw_sql};
use tokio::runtime::{Builder, Runtime};

/// A connection of another process that writes to the spool's file.
pub struct Intruder {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Intruder {
    pub fn at(directory: &Path) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let file = directory.join("0/spool.db");
        let options = SqliteConnectOptions::new().filename(file);
        let connection = runtime.block_on(options.connect()).expect("the spool");
        Self {
            runtime,
            connection,
        }
    }

    pub fn say(&mut self, statement: &'static str) {
        let said = raw_sql(statement).execute(&mut self.connection);
        self.runtime.block_on(said).expect("it is obeyed");
    }

    pub fn rows(&mut self) -> i64 {
        let count = query_scalar("SELECT count(*) FROM spool").fetch_one(&mut self.connection);
        self.runtime.block_on(count).expect("a number")
    }

    /// Returns the actions of the spooled rows, in the order of the file.
    pub fn actions(&mut self) -> Vec<String> {
        let text = "SELECT json_extract(row, '$.action') FROM spool ORDER BY seq";
        let actions = query_scalar(text).fetch_all(&mut self.connection);
        self.runtime.block_on(actions).expect("rows")
    }
}
