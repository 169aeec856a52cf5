//! A database for one test, and an independent view of its content.

use std::borrow::Cow;
use std::time::Duration;

use behavior_trace_core::Activity;
use behavior_trace_core::activity;
use behavior_trace_servers::{Kind, Server};
use sqlx::mysql::MySqlRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ConnectOptions as _, Executor as _, Row, raw_sql};
use tempfile::TempDir;

use super::{Connection, Dialect};
use crate::migrate::Migrations;
use crate::store::{DatabaseUrl, Purpose, Store, Target};

pub(super) struct Shelf {
    pub(super) url: DatabaseUrl,
    /// Temporary folder of the database, removed when the test ends.
    _folder: Option<TempDir>,
}

impl Shelf {
    pub(super) fn memory() -> Self {
        Self {
            url: DatabaseUrl::memory(),
            _folder: None,
        }
    }

    pub(super) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("activity.db").display());
        Self {
            url: url.parse().expect("a good URL"),
            _folder: Some(folder),
        }
        .migrated()
        .await
    }

    pub(super) async fn server(kind: Kind, name: &str) -> Self {
        Self::on(Server::shared(kind).expect("a server"), name).await
    }

    /// Wraps an existing database and migrates nothing.
    pub(super) const fn of(url: DatabaseUrl) -> Self {
        Self { url, _folder: None }
    }

    pub(super) async fn on(server: &Server, name: &str) -> Self {
        let url = server.database(name).expect("a database");
        Self {
            url: url.parse().expect("a good URL"),
            _folder: None,
        }
        .migrated()
        .await
    }

    async fn migrated(self) -> Self {
        Migrations::new(&self.url)
            .run()
            .await
            .expect("the migrations run");
        self
    }

    pub(super) async fn connect(&self) -> Connection {
        self.connect_for(Purpose::Maintainer).await
    }

    /// Connects as the recorder does.
    pub(super) async fn connect_as_writer(&self) -> Connection {
        let statement_timeout = Duration::from_secs(5);
        self.connect_for(Purpose::Writer { statement_timeout })
            .await
    }

    async fn connect_for(&self, purpose: Purpose) -> Connection {
        Store::open(&self.url)
            .connect(purpose)
            .await
            .expect("a connection")
    }

    /// Returns every row in the order of insertion.
    pub(super) async fn stored(&self) -> Vec<Activity<'static>> {
        match &self.url.0 {
            Target::Memory(memory) => memory.read(<[Activity<'static>]>::to_vec),
            Target::MySql(options) => {
                let mut connection = options.connect().connect().await.expect("a connection");
                let text = "SELECT event_id, CAST(occurred_at AS CHAR), actor_type, actor_id, action, resource, resource_id, \
                            CAST(payload AS CHAR), correlation_id, request_id, route_name, ip_address, user_agent \
                            FROM operational_activity ORDER BY id";
                connection
                    .fetch_all(raw_sql(text))
                    .await
                    .expect("rows")
                    .iter()
                    .map(of_mysql)
                    .collect()
            }
            Target::Sqlite(options) => {
                let mut connection = options.connect.connect().await.expect("a connection");
                let text = "SELECT event_id, occurred_at, actor_type, actor_id, action, resource, resource_id, payload, \
                            correlation_id, request_id, route_name, ip_address, user_agent \
                            FROM operational_activity ORDER BY id";
                connection
                    .fetch_all(raw_sql(text))
                    .await
                    .expect("rows")
                    .iter()
                    .map(of_sqlite)
                    .collect()
            }
        }
    }

    /// Runs SQL, if the store supports it.
    pub(super) async fn sql(&self, text: &'static str) {
        self.sql_with("SELECT 1", text.to_owned()).await;
    }

    /// Runs SQL in a session after a setup statement.
    pub(super) async fn sql_with(&self, set_up: &'static str, text: String) {
        let text = sqlx::AssertSqlSafe(text);
        match &self.url.0 {
            Target::Memory(_) => {}
            Target::MySql(options) => {
                let mut connection = options.connect().connect().await.expect("a connection");
                connection.execute(raw_sql(set_up)).await.expect(set_up);
                connection.execute(raw_sql(text)).await.expect("it runs");
            }
            Target::Sqlite(options) => {
                let mut connection = options.connect.connect().await.expect("a connection");
                connection.execute(raw_sql(set_up)).await.expect(set_up);
                connection.execute(raw_sql(text)).await.expect("it runs");
            }
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        Store::open(&self.url).dialect()
    }

    pub(super) const fn speaks_sql(&self) -> bool {
        !matches!(self.url.0, Target::Memory(_))
    }
}

fn of_mysql(row: &MySqlRow) -> Activity<'static> {
    let text = |column: usize| row.get_unchecked::<Option<String>, _>(column);
    activity(text, row.get_unchecked(3))
}

fn of_sqlite(row: &SqliteRow) -> Activity<'static> {
    let text = |column: usize| row.get::<Option<String>, _>(column);
    activity(text, row.get(3))
}

fn activity(text: impl Fn(usize) -> Option<String>, actor_id: Option<i64>) -> Activity<'static> {
    let text = |column: usize| text(column).map(Cow::<str>::Owned);
    let needed = |column: usize| text(column).expect("no NULL");
    activity! {
        event_id: needed(0).parse().expect("a UUID"),
        occurred_at: needed(1).parse().expect("a moment"),
        actor_type: needed(2),
        actor_id,
        action: needed(4),
        resource: needed(5),
        resource_id: text(6),
        payload: needed(7),
        correlation_id: text(8),
        request_id: text(9),
        route_name: text(10),
        ip_address: text(11),
        user_agent: text(12),
    }
}
