//! A database of a test's own.

use behavior_trace_runtime::DatabaseUrl;
use behavior_trace_servers::{Kind, Server};
use sqlx::{Connection as _, MySqlConnection};
use tempfile::TempDir;

/// An empty database, without a table.
pub(crate) struct Shelf {
    pub(crate) url: DatabaseUrl,
    /// The same, with its password.
    pub(crate) text: String,
    /// Removed when the test ends.
    _folder: Option<TempDir>,
}

pub(crate) fn sqlite() -> Shelf {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("sqlite:{}", folder.path().join("activity.db").display());
    of(text, Some(folder))
}

/// On the server that all tests share; a test that finds none fails.
pub(crate) fn server(kind: Kind, name: &str) -> Shelf {
    let server = Server::shared(kind).expect("a server");
    of(server.database(name).expect("a database"), None)
}

fn of(text: String, folder: Option<TempDir>) -> Shelf {
    Shelf {
        url: text.parse().expect("a good URL"),
        text,
        _folder: folder,
    }
}

impl Shelf {
    /// A connection that is not ours, to look and to meddle.
    pub(crate) async fn mysql(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.text)
            .await
            .expect("a connection")
    }
}
