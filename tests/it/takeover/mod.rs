//! The takeover of a table that the PHP package's first release made.

mod beside;
mod refused;
mod steps;

use behavior_trace::query::{Reader, StoredActivity};
use sqlx::{AssertSqlSafe, MySqlConnection, query_scalar};

use crate::database::Database;

/// Turns each `async fn(Kind)` into a test on MariaDB and on MySQL.
macro_rules! on_both_servers {
    ($($test:ident)*) => {
        mod mariadb {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(behavior_trace_servers::Kind::MariaDb).await;
            }
        )*}

        mod mysql {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(behavior_trace_servers::Kind::MySql).await;
            }
        )*}
    };
}
use on_both_servers;

/// Returns all rows, oldest first, read page by page.
async fn read_all(database: &Database) -> Vec<StoredActivity> {
    let mut stream = Reader::new(database.url())
        .query()
        .oldest_first()
        .limit(500)
        .stream();
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row.expect("a row"));
    }
    rows
}

async fn number(host: &mut MySqlConnection, text: &str) -> i64 {
    let number = query_scalar(AssertSqlSafe(text)).fetch_one(host).await;
    number.expect(text)
}
