//! Databases with rows, and the archives that are made of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use behavior_trace_archive::{Archive, ArchiveError, Manifest, Publication, PublicationReport};
use behavior_trace_core::{Activity, Timestamp, activity};
use behavior_trace_servers::{DuckDb, Kind, Server};
use behavior_trace_store::testing::insert_rows;
use behavior_trace_store::{DatabaseUrl, Migrations, Reader};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

/// 2026-11-30 at 23:59:59.5 UTC.
pub(crate) const EVENING: i64 = 1_796_083_199_500_000;

/// A migrated database, and the folder of its archive.
pub(crate) struct Place {
    pub(crate) url: DatabaseUrl,
    pub(crate) store: &'static str,
    folder: TempDir,
}

impl Place {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("activity.db").display());
        Self::on(&url, "SQLite", folder).await
    }

    /// Returns a database on each store.
    pub(crate) async fn each(test: &str) -> Vec<Self> {
        let mut places = vec![Self::sqlite().await];
        for (kind, store) in [(Kind::MariaDb, "MariaDB"), (Kind::MySql, "MySQL")] {
            let server = Server::shared(kind).expect("a server");
            let url = server.database(test).expect("a database");
            places.push(Self::on(&url, store, tempfile::tempdir().expect("a folder")).await);
        }
        places
    }

    async fn on(url: &str, store: &'static str, folder: TempDir) -> Self {
        let url: DatabaseUrl = url.parse().expect("a URL");
        Migrations::new(&url).run().await.expect("migrated");
        Self { url, store, folder }
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::new(&self.url)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    pub(crate) fn archive(&self) -> Archive {
        Archive::open(&format!("parquet:{}", self.path().display())).expect("a folder")
    }

    pub(crate) async fn insert(&self, rows: &[Activity<'_>]) {
        insert_rows(&self.url, rows).await.expect("stored");
    }

    /// Stores rows of two days, every second one late in the evening of the first.
    pub(crate) async fn fill(&self, rows: u32) {
        let rows: Vec<_> = (0..rows)
            .map(|number| row(number, EVENING + i64::from(number % 2) * 1_000_000))
            .collect();
        self.insert(&rows).await;
    }

    /// Returns a publication of the rows of now, which waits for no transactions.
    pub(crate) fn publication(&self) -> Publication {
        Publication::new(self.reader(), self.archive())
            .settle_delay(Duration::ZERO)
            .poll_interval(Duration::from_millis(5))
    }

    pub(crate) async fn publish(&self) -> Result<PublicationReport, ArchiveError> {
        self.publication()
            .once()
            .run(std::future::pending(), |_| {})
            .await
    }

    /// Returns all manifests, in their order.
    pub(crate) fn manifests(&self) -> Vec<Manifest> {
        let mut manifests: Vec<Manifest> = paths(&self.path().join("manifests"))
            .iter()
            .map(|path| serde_json::from_slice(&fs::read(path).expect("a manifest")).expect("JSON"))
            .collect();
        manifests.sort_by_key(|manifest| manifest.seal);
        let seals: Vec<_> = manifests.iter().map(|manifest| manifest.seal).collect();
        assert_eq!(seals, (1..=seals.len() as u64).collect::<Vec<_>>());
        manifests
    }

    /// Returns the paths of the files that the manifests name.
    pub(crate) fn files(&self) -> Vec<String> {
        let manifests = self.manifests();
        let files = manifests.iter().flat_map(|manifest| &manifest.files);
        files.map(|file| file.path.clone()).collect()
    }

    /// Runs a query of DuckDB over the files that the manifests name, as `files`, and as `activity` with ids that its JSON has
    /// as numbers.
    pub(crate) fn duckdb(&self, sql: &str) -> Vec<Value> {
        let files: Vec<_> = self
            .files()
            .iter()
            .map(|path| format!("'{path}'"))
            .collect();
        let duckdb = DuckDb::find().unwrap_or_else(|error| panic!("{error}"));
        let view = format!(
            "CREATE VIEW files AS SELECT * FROM read_parquet([{}], hive_partitioning = true); \
             CREATE VIEW activity AS SELECT * REPLACE (id::BIGINT AS id) FROM files",
            files.join(", ")
        );
        let rows = duckdb.query(&self.path(), &format!("{view}; {sql}"));
        rows.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Fails unless each row of the table is once in the files that the manifests name.
    pub(crate) async fn assert_each_row_once(&self) {
        let mut there: Vec<u64> = self
            .duckdb("SELECT id FROM activity ORDER BY id")
            .iter()
            .map(|row| row["id"].as_u64().expect("an id"))
            .collect();
        let rows = self.rows().await;
        let ids: Vec<_> = rows
            .iter()
            .map(|row| row["id"].as_u64().expect("an id"))
            .collect();
        assert_eq!(there, ids, "{}", self.store);
        there.dedup();
        assert_eq!(there.len(), ids.len(), "{}", self.store);
    }

    /// Returns the rows of the table as an export has them.
    pub(crate) async fn rows(&self) -> Vec<Value> {
        let mut text = Vec::new();
        let export = self.reader().export().settle_delay(Duration::ZERO);
        export.write_to(&mut text, |_| {}).await.expect("exported");
        let text = String::from_utf8(text).expect("UTF-8");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

/// Returns the files of a folder; none if it is not there.
pub(crate) fn paths(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// Returns a row with what each column can have.
pub(crate) fn row(number: u32, at: i64) -> Activity<'static> {
    let is_full = !number.is_multiple_of(3);
    let text = |text: &str| is_full.then(|| format!("{text}{number}").into());
    activity! {
        event_id: Uuid::from_u128(u128::from(number) + 1),
        occurred_at: Timestamp::from_micros(at + i64::from(number) * 7 % 400_000),
        actor_type: if is_full { "USER" } else { "SYSTEM" }.into(),
        actor_id: is_full.then(|| i64::from(number) - 50),
        action: "order.update".into(),
        resource: "Order".into(),
        resource_id: text("o-'\"\\ ,ж"),
        payload: format!("{{\"actor_label\":\"canary-label\",\"contact\":{{\"Email\":\"canary@example.org\"}},\"total\":{number}}}").into(),
        correlation_id: text("c-"),
        request_id: text("r-"),
        route_name: text("/orders/{id}/"),
        ip_address: text("192.0.2."),
        user_agent: text("canary-agent "),
    }
}
