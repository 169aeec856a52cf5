//! An application with its items and its activity in one database, where they can be compared.

use std::time::Duration;

use behavior_trace::config::Config;
use behavior_trace::config::Pipeline;
use behavior_trace::health::Stats;
use behavior_trace::schema::Migrations;
use behavior_trace::transaction::{self, ActivityDatabase, Transaction};
use behavior_trace_core::{Call, Field, UnitOfWorkHandle, record};
use behavior_trace_layer::BehaviorTraceLayer;
use behavior_trace_servers::Kind;
use sqlx::pool::PoolOptions;
use sqlx::{MySql, Pool, Sqlite};
use tracing::dispatcher::{DefaultGuard, set_default};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::database::Database;

/// Shop, and the recorder installed on the test's thread.
pub(crate) struct Shop<DB: Engine> {
    pub(crate) pool: Pool<DB>,
    recorder: Pipeline,
    database: Database,
    _installed: DefaultGuard,
}

/// Contents of the database.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Numbers of the items, in order.
    pub(crate) items: Vec<i64>,
    /// Numbers of the items with a row of activity, in order.
    pub(crate) told: Vec<i64>,
    /// Numbers in `told` whose commit is marked as unknown.
    pub(crate) doubted: Vec<i64>,
}

impl<DB: Engine> Shop<DB> {
    async fn open(database: Database) -> Self {
        Migrations::new(database.url())
            .run()
            .await
            .expect("the table of activity");
        let mut config = Config::default();
        config.database_url = Some(database.url().clone());
        let recorder = Pipeline::start(config).expect("a recorder");
        let layer = BehaviorTraceLayer::new(recorder.sink());
        let subscriber = tracing_subscriber::registry().with(layer);
        let installed = set_default(&subscriber.into());
        let pool = pool(database.text(), 4).await;
        DB::prepare(&pool).await.expect("a table of items");
        Self {
            pool,
            recorder,
            database,
            _installed: installed,
        }
    }

    /// Opens a separate pool with one connection.
    pub(crate) async fn one_connection(&self) -> Pool<DB> {
        pool(self.database.text(), 1).await
    }

    /// Returns the database URL.
    pub(crate) fn url(&self) -> &str {
        self.database.text()
    }

    /// Waits until the recorder has stored its accepted events, and reads the database.
    pub(crate) async fn found(&self) -> Found {
        let report = self.recorder.flush(Duration::from_secs(30)).await;
        assert!(report.is_complete(), "{report:?}");
        DB::look(&self.pool).await.expect("the tables")
    }

    /// Asserts that exactly these items exist, each with one row of activity.
    pub(crate) async fn has(&self, items: &[i64]) {
        let expected = Found {
            items: items.to_vec(),
            told: items.to_vec(),
            doubted: Vec::new(),
        };
        assert_eq!(self.found().await, expected);
    }

    pub(crate) fn stats(&self) -> Stats {
        self.recorder.stats()
    }

    /// Runs `work` in a transaction, as the application would.
    pub(crate) async fn trade<T>(
        &self,
        work: impl AsyncFnOnce(&mut Transaction<'_, DB>) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        transaction::run(&self.pool, work).await
    }
}

async fn pool<DB: Engine>(url: &str, connections: u32) -> Pool<DB> {
    let options = PoolOptions::new().max_connections(connections);
    options.connect(url).await.expect("a pool")
}

pub(crate) async fn sqlite() -> Shop<Sqlite> {
    Shop::open(Database::sqlite()).await
}

pub(crate) async fn server(kind: Kind, test: &str) -> Shop<MySql> {
    Shop::open(Database::on(kind, test)).await
}

/// Records the creation of an item, as an annotated function does after its success.
pub(crate) fn tell(item: i64) {
    tell_in(None, item);
}

/// Records the creation of an item in a given unit of work.
pub(crate) fn tell_in(unit: Option<&UnitOfWorkHandle>, item: i64) {
    record(&Call::checked("item.create", "Item"), &mut |draft| {
        draft.fields.put(Field::ResourceId, &item.to_string());
        if let Some(unit) = unit {
            draft.wait_in(unit);
        }
    })
    .expect("a recorder");
}

/// Creates the item and records it.
pub(crate) async fn create<DB: Engine>(
    tx: &mut Transaction<'_, DB>,
    item: i64,
) -> sqlx::Result<()> {
    DB::insert(&mut *tx, item).await?;
    tell(item);
    Ok(())
}

/// Creates an error of the application.
pub(crate) fn refused() -> sqlx::Error {
    sqlx::Error::RowNotFound
}

/// Item whose presence can make the database refuse an event.
pub(crate) const REFUSING: i64 = 99;

/// Database engine of a shop.
pub(crate) trait Engine: ActivityDatabase {
    fn prepare(pool: &Pool<Self>) -> impl Future<Output = sqlx::Result<()>> + Send;
    fn insert(
        connection: &mut Self::Connection,
        item: i64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
    fn look(pool: &Pool<Self>) -> impl Future<Output = sqlx::Result<Found>> + Send;
    fn remove(
        connection: &mut Self::Connection,
        item: i64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
    fn drop_activity(pool: &Pool<Self>) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Makes the database refuse this item's event while [`REFUSING`] is among the items.
    fn refuse_the_event_of(
        item: i64,
        pool: &Pool<Self>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

macro_rules! engine {
    ($database:ty, $when:literal) => {
        impl Engine for $database {
            async fn prepare(pool: &Pool<Self>) -> sqlx::Result<()> {
                let table = "CREATE TABLE item (id BIGINT PRIMARY KEY)";
                sqlx::query(table).execute(pool).await.map(drop)
            }

            async fn insert(connection: &mut Self::Connection, item: i64) -> sqlx::Result<()> {
                let insert = sqlx::query("INSERT INTO item (id) VALUES (?)").bind(item);
                insert.execute(connection).await.map(drop)
            }

            async fn remove(connection: &mut Self::Connection, item: i64) -> sqlx::Result<()> {
                let delete = sqlx::query("DELETE FROM item WHERE id = ?").bind(item);
                delete.execute(connection).await.map(drop)
            }

            async fn refuse_the_event_of(item: i64, pool: &Pool<Self>) -> sqlx::Result<()> {
                let wrong = format!(
                    "NEW.resource_id = '{item}' AND EXISTS (SELECT 1 FROM item WHERE id = {REFUSING})"
                );
                let refuse = format!(
                    concat!("CREATE TRIGGER refuse BEFORE INSERT ON operational_activity ", $when),
                    wrong
                );
                let refuse = sqlx::raw_sql(sqlx::AssertSqlSafe(refuse));
                refuse.execute(pool).await.map(drop)
            }

            async fn look(pool: &Pool<Self>) -> sqlx::Result<Found> {
                let items = sqlx::query_scalar("SELECT id FROM item ORDER BY id");
                let mut found = Found {
                    items: items.fetch_all(pool).await?,
                    ..Found::default()
                };
                let rows: Vec<(String, String)> = sqlx::query_as(
                    "SELECT resource_id, CAST(payload AS CHAR) FROM operational_activity",
                )
                .fetch_all(pool)
                .await?;
                for (id, payload) in rows {
                    let item = id.parse().expect("an item's number");
                    found.told.push(item);
                    let payload: serde_json::Value = serde_json::from_str(&payload).expect("JSON");
                    if payload["commit"] == "unknown" {
                        found.doubted.push(item);
                    }
                }
                found.told.sort_unstable();
                found.doubted.sort_unstable();
                Ok(found)
            }

            async fn drop_activity(pool: &Pool<Self>) -> sqlx::Result<()> {
                sqlx::query("DROP TABLE operational_activity")
                    .execute(pool)
                    .await
                    .map(drop)
            }
        }
    };
}

engine!(
    MySql,
    "FOR EACH ROW BEGIN IF {} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END IF; END"
);
engine!(Sqlite, "WHEN {} BEGIN SELECT RAISE(ABORT, 'refused'); END");
