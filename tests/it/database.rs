//! A separate database for each test, on each store.

use behavior_trace::config::DatabaseUrl;
use behavior_trace_servers::{Kind, Server};
use sqlx::{Connection as _, MySqlConnection};
use tempfile::TempDir;

/// Empty database without a table. A SQLite file is removed with the test.
#[derive(Debug)]
pub(crate) struct Database {
    url: DatabaseUrl,
    text: String,
    _directory: Option<TempDir>,
}

impl Database {
    /// Creates a SQLite file in its own temporary directory.
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("activity.db");
        Self::of(format!("sqlite:{}", path.display()), Some(directory))
    }

    /// Creates a database on the server that this test process shares. Without a server the test fails.
    pub(crate) fn on(kind: Kind, test: &str) -> Self {
        let server = Server::shared(kind).unwrap_or_else(|error| panic!("{error}"));
        let made = server.database(test);
        Self::of(made.unwrap_or_else(|error| panic!("{error}")), None)
    }

    /// Names a database that exists.
    pub(crate) fn at(url: String) -> Self {
        Self::of(url, None)
    }

    fn of(text: String, directory: Option<TempDir>) -> Self {
        Self {
            url: text.parse().expect("a good URL"),
            text,
            _directory: directory,
        }
    }

    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns the URL as a user writes it, with its password.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Opens a connection apart from the recorder's, for inspection and interference.
    pub(crate) async fn mysql(&self) -> MySqlConnection {
        let connected = MySqlConnection::connect(&self.text).await;
        connected.expect("a connection")
    }
}

/// Turns each `async fn(Database)` into a test on SQLite, on MariaDB and on MySQL.
macro_rules! on_every_store {
    ($($test:ident)*) => {
        mod sqlite {$(
            #[tokio::test(flavor = "current_thread")]
            async fn $test() {
                super::$test($crate::database::Database::sqlite()).await;
            }
        )*}

        mod mariadb {$(
            #[tokio::test(flavor = "current_thread")]
            async fn $test() {
                let kind = behavior_trace_servers::Kind::MariaDb;
                super::$test($crate::database::Database::on(kind, stringify!($test))).await;
            }
        )*}

        mod mysql {$(
            #[tokio::test(flavor = "current_thread")]
            async fn $test() {
                let kind = behavior_trace_servers::Kind::MySql;
                super::$test($crate::database::Database::on(kind, stringify!($test))).await;
            }
        )*}
    };
}

pub(crate) use on_every_store;
