//! A row's store and its spool directory.

use std::path::PathBuf;

use behavior_trace_servers::Kind;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Row as _};
use tempfile::TempDir;

use crate::faults::site::{Site, migrate};

/// A table and a spool directory.
pub(super) struct Place {
    pub(super) url: String,
    pub(super) store: String,
    pub(super) spool: TempDir,
    pub(super) site: Option<Site>,
    sqlite: Option<(PathBuf, TempDir)>,
}

impl Place {
    pub(super) fn server(kind: Kind) -> Self {
        let site = Site::new(kind);
        Self {
            url: site.url.clone(),
            store: kind.to_string(),
            spool: tempfile::tempdir().expect("a directory"),
            site: Some(site),
            sqlite: None,
        }
    }

    pub(super) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("activity.db");
        let url = format!("sqlite:{}", path.display());
        migrate(&url);
        Self {
            url,
            store: "SQLite".to_owned(),
            spool: tempfile::tempdir().expect("a directory"),
            site: None,
            sqlite: Some((path, directory)),
        }
    }

    /// Puts the spool directory on a tmpfs.
    pub(super) fn in_memory(mut self) -> Self {
        self.spool = tempfile::tempdir_in("/dev/shm").expect("a tmpfs");
        self
    }

    /// Returns the resource id and the event id of each row.
    pub(super) fn rows(&self) -> Vec<(String, String)> {
        if let Some(site) = &self.site {
            let text = site.sql("SELECT resource_id, event_id FROM operational_activity");
            let lines = text.lines().filter_map(|line| line.split_once('\t'));
            return lines
                .map(|(id, event)| (id.to_owned(), event.trim().to_owned()))
                .collect();
        }
        let (path, _) = self.sqlite.as_ref().expect("one of both");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().filename(path);
            let mut connection = options.connect().await.expect("a file");
            let rows = sqlx::query("SELECT resource_id, event_id FROM operational_activity")
                .fetch_all(&mut connection)
                .await
                .expect("rows");
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        })
    }
}
