//! A database of its own for each test, on each store.

use std::fs;

use behavior_trace_servers::{Kind, Server};
use tempfile::TempDir;

/// Where one test stores.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    _directory: Option<TempDir>,
}

impl Database {
    /// A SQLite file in a directory that goes with the test.
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = fs::canonicalize(directory.path())
            .expect("the directory's path")
            .join("activity.db");
        Self {
            url: format!("sqlite:{}", path.display()),
            _directory: Some(directory),
        }
    }

    /// A database on the server that this test process shares; without a server the test fails.
    pub(crate) fn on(kind: Kind, test: &str) -> Self {
        let server = Server::shared(kind).unwrap_or_else(|error| panic!("{error}"));
        let url = server
            .database(test)
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            url,
            _directory: None,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Makes of each `async fn(Database)` a test on SQLite, on MariaDB and on MySQL.
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
