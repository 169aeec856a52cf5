//! Access of the tests to a spool's file, with a separate connection.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, query_as, query_scalar, raw_sql};
use tokio::runtime::Runtime;

pub(super) struct Sqlite {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let options = SqliteConnectOptions::new().filename(file);
        let connection = runtime.block_on(options.connect()).expect("a spool");
        Self {
            runtime,
            connection,
        }
    }

    pub(super) fn run(&mut self, script: &str) {
        let script = raw_sql(AssertSqlSafe(script.to_owned()));
        let done = self.runtime.block_on(script.execute(&mut self.connection));
        done.expect("a sound script");
    }

    /// Queries pairs of a number and a text.
    pub(super) fn pairs(&mut self, question: &str) -> Vec<(i64, String)> {
        let question = query_as(AssertSqlSafe(question.to_owned()));
        let found = self
            .runtime
            .block_on(question.fetch_all(&mut self.connection));
        found.expect("an answer")
    }

    /// Returns the rows of the spool, each as its number and its event.
    pub(super) fn rows(&mut self) -> Vec<(i64, String)> {
        self.pairs("SELECT seq, json_extract(row, '$.resource_id') FROM spool ORDER BY seq")
    }

    /// Returns the number of rows, if the file can be read.
    pub(super) fn count(&mut self) -> Option<usize> {
        let question = query_scalar("SELECT count(*) FROM spool");
        let found: Result<i64, _> = self
            .runtime
            .block_on(question.fetch_one(&mut self.connection));
        found.ok().and_then(|rows| usize::try_from(rows).ok())
    }

    /// Returns the number of rows in each table, with the first and the last row number, or the error of reading it.
    pub(super) fn tables(&mut self) -> String {
        let of = |table: &str| {
            let question = format!(
                "SELECT count(*) || ' of ' || coalesce(min(seq), 0) || '..' || coalesce(max(seq), 0) FROM {table}"
            );
            let question = query_scalar::<_, String>(AssertSqlSafe(question));
            let found = question.fetch_one(&mut self.connection);
            let found = self.runtime.block_on(found);
            format!(
                "{table} {}",
                found.unwrap_or_else(|error| error.to_string())
            )
        };
        ["spool", "dead_letter"].map(of).join(", ")
    }

    /// Closes the file, which moves its log into it.
    pub(super) fn close(mut self) {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)");
        let closed = self.runtime.block_on(self.connection.close());
        closed.expect("closes");
    }
}
