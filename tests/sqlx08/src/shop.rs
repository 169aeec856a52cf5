//! An application with its orders and its activity in one database, and the recorder installed on the test's thread.

use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::query::Query;
use behavior_trace_servers::{Kind, Server};
use sqlx::{MySqlConnection, MySqlPool};
use tracing::dispatcher::DefaultGuard;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

pub(crate) struct Shop {
    pub(crate) pool: MySqlPool,
    pub(crate) recorder: BehaviorTrace,
    _installed: DefaultGuard,
}

/// Content of the database: numbers of orders.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) orders: Vec<u32>,
    pub(crate) recorded: Vec<u32>,
    /// Those of `recorded` whose commit is marked as unknown.
    pub(crate) unknown: Vec<u32>,
}

impl Shop {
    pub(crate) async fn open(test: &str) -> Self {
        let server = Server::shared(Kind::MySql).unwrap_or_else(|error| panic!("{error}"));
        let url = server.database(test).expect("a database");
        let recorder = BehaviorTrace::builder().database_url(&url).migrate(true);
        let recorder = recorder.build().expect("a sound configuration");
        let installed = registry().with(recorder.layer()).set_default();
        let pool = MySqlPool::connect(&url).await.expect("a pool");
        let table = "CREATE TABLE orders (id INT UNSIGNED PRIMARY KEY)";
        sqlx::query(table).execute(&pool).await.expect("a table");
        Self {
            pool,
            recorder,
            _installed: installed,
        }
    }

    /// Waits until the recorder has stored its events, and reads the database.
    pub(crate) async fn found(&self) -> Found {
        let report = self.recorder.flush(Duration::from_secs(30)).await;
        assert_eq!((report.dropped.total(), report.pending), (0, 0), "{report}");
        let orders = sqlx::query_scalar("SELECT id FROM orders ORDER BY id");
        let rows = self.recorder.reader().query();
        Found {
            orders: orders.fetch_all(&self.pool).await.expect("the table"),
            unknown: numbers(rows.clone().payload_key("commit")).await,
            recorded: numbers(rows).await,
        }
    }
}

async fn numbers(query: Query) -> Vec<u32> {
    let page = query.limit(10).oldest_first().fetch().await;
    let rows = page.expect("a readable table").items.into_iter();
    rows.map(|row| row.activity.resource_id.expect("a number").parse())
        .collect::<Result<_, _>>()
        .expect("numbers")
}

/// Ends the connection on the server, so that its next statement gets no answer.
pub(crate) async fn cut(
    pool: &MySqlPool,
    connection: &mut MySqlConnection,
) -> Result<(), sqlx::Error> {
    let id = sqlx::query_scalar("SELECT CONNECTION_ID()");
    let id: u64 = id.fetch_one(connection).await?;
    sqlx::raw_sql(&format!("KILL {id}")).execute(pool).await?;
    Ok(())
}
