//! Inspection of a SQLite file.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use behavior_trace_core::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _, raw_sql};
use tempfile::{TempDir, tempdir};

use super::table::{row, stored};
use super::{Check, FindingLevel, Inspection, finds, inspected, sqlite};
use crate::grants::Role;
use crate::migrate::Migrations;
use crate::store::DatabaseUrl;

async fn migrated() -> (TempDir, DatabaseUrl) {
    let folder = tempdir().expect("a folder");
    let url = sqlite(&folder.path().join("activity.db"));
    Migrations::new(&url).run().await.expect("migrated");
    (folder, url)
}

/// Runs SQL on the file and returns the first value of the last statement.
async fn run(folder: &TempDir, text: &'static str) -> Option<String> {
    let options = SqliteConnectOptions::new().filename(folder.path().join("activity.db"));
    let mut connection = options.connect().await.expect("opens");
    let row = raw_sql(text)
        .fetch_optional(&mut connection)
        .await
        .expect(text);
    connection.close().await.expect("closed");
    row.map(|row| row.get_unchecked(0))
}

#[tokio::test]
async fn a_sound_file_is_found_well_and_left_as_it_is() {
    let (folder, url) = migrated().await;
    run(&folder, "PRAGMA journal_mode = DELETE").await;
    let findings = inspected(&url).await;
    let checks: Vec<_> = findings
        .iter()
        .map(|finding| finding.check.name())
        .collect();
    assert_eq!(
        checks,
        [
            "url",
            "connection",
            "schema",
            "rights",
            "probe-row",
            "indexes",
            "anonymous"
        ]
    );
    let wrong: Vec<_> = findings
        .iter()
        .filter(|finding| finding.level != FindingLevel::Ok)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(
        run(&folder, "PRAGMA journal_mode").await.as_deref(),
        Some("delete")
    );
    let count = "SELECT CAST(COUNT(*) AS TEXT) FROM operational_activity";
    assert_eq!(run(&folder, count).await.as_deref(), Some("0"));
    let reader = Inspection::new(&url).role(Role::Reader).run().await;
    assert!(
        reader
            .iter()
            .all(|finding| finding.check != Check::ProbeRow),
        "{reader:#?}"
    );
}

#[tokio::test]
async fn a_file_that_is_missing_fails_and_is_not_made() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("activity.db");
    let findings = inspected(&sqlite(&file)).await;
    let remedy = finds(
        &findings,
        Check::Connection,
        FindingLevel::Fail,
        "there is no file",
    );
    assert!(remedy.contains("run the migrations"), "{remedy}");
    assert_eq!(findings.len(), 2);
    assert!(!file.exists());
    fs::write(
        &file,
        "no database, but a text of some length that no SQLite has written",
    )
    .expect("written");
    let findings = inspected(&sqlite(&file)).await;
    finds(
        &findings,
        Check::Connection,
        FindingLevel::Fail,
        "not a database",
    );
}

#[tokio::test]
async fn each_check_of_a_file_warns_and_fails() {
    let (folder, url) = migrated().await;
    let file = folder.path().join("activity.db");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("set");
    let findings = inspected(&url).await;
    let remedy = finds(&findings, Check::Rights, FindingLevel::Warn, "mode 644");
    assert!(remedy.starts_with("chmod 600 "), "{remedy}");

    run(
        &folder,
        "CREATE INDEX twice ON operational_activity (resource)",
    )
    .await;
    let findings = inspected(&url).await;
    let remedy = finds(&findings, Check::Indexes, FindingLevel::Warn, "`twice`");
    assert_eq!(remedy, "DROP INDEX `twice`");
    run(
        &folder,
        "DROP INDEX `twice`; DROP INDEX operational_activity_cursor",
    )
    .await;
    finds(
        &inspected(&url).await,
        Check::Indexes,
        FindingLevel::Warn,
        "(occurred_at, id) is missing",
    );

    stored(&url, &[row("ANONYMOUS", Timestamp::now())]).await;
    finds(
        &inspected(&url).await,
        Check::Anonymous,
        FindingLevel::Warn,
        "1 of the 1 rows",
    );

    run(
        &folder,
        "DELETE FROM _behavior_trace_migrations WHERE version = 6",
    )
    .await;
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Warn,
        "migrations 6 pending",
    );
    run(
        &folder,
        "CREATE TRIGGER no BEFORE INSERT ON operational_activity BEGIN SELECT RAISE(ABORT, 'not today'); END",
    )
    .await;
    finds(
        &inspected(&url).await,
        Check::ProbeRow,
        FindingLevel::Fail,
        "not today",
    );
    run(&folder, "DROP INDEX operational_activity_event").await;
    let findings = inspected(&url).await;
    finds(
        &findings,
        Check::Schema,
        FindingLevel::Fail,
        "no unique key",
    );
    run(&folder, "DROP TABLE operational_activity").await;
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Fail,
        "no such table",
    );
    run(&folder, "CREATE TABLE operational_activity (id INTEGER)").await;
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Fail,
        "another's table",
    );
}

#[tokio::test]
async fn an_index_over_a_part_of_the_rows_is_none_of_the_tables_own() {
    let (folder, url) = migrated().await;
    run(
        &folder,
        "DROP INDEX operational_activity_correlation; CREATE INDEX operational_activity_correlation \
         ON operational_activity (correlation_id) WHERE actor_id = 7",
    )
    .await;
    let findings = inspected(&url).await;
    let missing = "(correlation_id) is missing";
    let remedy = finds(&findings, Check::Indexes, FindingLevel::Warn, missing).to_owned();
    let remedy: &'static str = remedy.leak();
    run(&folder, remedy).await;
    let down = "CREATE INDEX down ON operational_activity (correlation_id DESC)";
    run(&folder, down).await;
    let findings = inspected(&url).await;
    let text = "insert: `down` (correlation_id DESC)";
    finds(&findings, Check::Indexes, FindingLevel::Ok, text);
}

#[tokio::test]
async fn a_file_that_cannot_be_looked_at_is_not_taken_for_missing() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("activity.db");
    std::os::unix::fs::symlink(&file, &file).expect("a link to itself");
    let findings = inspected(&sqlite(&file)).await;
    let text = "cannot be looked at";
    finds(&findings, Check::Connection, FindingLevel::Fail, text);
    let status = Migrations::new(&sqlite(&file)).status().await;
    status.expect_err("not pending, but unknown");
}
