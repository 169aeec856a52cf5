//! The dry run of the migrations, and the step in which a run fails.

use std::collections::BTreeSet;

use behavior_trace_servers::{Kind, Server};
use url::Url;

use super::{Shelf, on_every_database, rows};
use crate::grants::{Role, grants};
use crate::migrate::{ExtraIndex, MigrationState, Migrations};
use crate::store::DatabaseUrl;

on_every_database! {
    a_dry_run_lists_what_a_run_would_do_and_does_nothing
    a_dry_run_fails_as_a_run_does
    a_missing_index_is_named_before_it_is_made
}

/// Removes what the shelf's own migration made.
async fn emptied(shelf: &Shelf) -> Migrations {
    for table in [
        "operational_activity",
        "operational_activity_archive",
        "_behavior_trace_migrations",
    ] {
        let drop = format!("DROP TABLE {table}");
        shelf.sql_with("SELECT 1", drop).await;
    }
    Migrations::new(&shelf.url)
}

async fn a_dry_run_lists_what_a_run_would_do_and_does_nothing(shelf: Shelf) {
    let migrations = emptied(&shelf).await;
    let preview = migrations.preview().await.expect("a preview");
    let status = migrations.status().await.expect("a status");
    assert_eq!(preview.pending, status);
    let is_pending = |state| state == MigrationState::Pending;
    assert!(status.iter().all(|one| is_pending(one.state)), "{status:?}");
    assert_eq!(preview.statements.len(), status.len() + 1, "{preview:?}");
    assert!(preview.takeover.is_finished());

    // An administrator runs the statements, and a run has only to record them.
    for statement in preview.statements {
        shelf.sql_with("SELECT 1", statement).await;
    }
    let recorded = migrations.preview().await.expect("a preview");
    let creates_records = |text: &String| text.contains("_behavior_trace_migrations");
    assert!(!recorded.statements.iter().any(creates_records));
    assert_eq!(recorded.pending, status);
    assert_eq!(migrations.run().await.expect("it runs").len(), status.len());
    let done = migrations.preview().await.expect("a preview");
    assert!(done.is_empty() && done.statements.is_empty(), "{done:?}");
    shelf
        .connect()
        .await
        .insert(&rows(3))
        .await
        .expect("stored");
}

async fn a_dry_run_fails_as_a_run_does(shelf: Shelf) {
    let migrations = Migrations::new(&shelf.url);
    shelf
        .sql("UPDATE _behavior_trace_migrations SET checksum = 'other' WHERE version = 2")
        .await;
    let error = migrations.preview().await.expect_err("edited");
    let second = error.step().expect("a step");
    assert_eq!(second.version, 2);
    assert!(!error.is_transient());
    let of_run = migrations.run().await.expect_err("edited");
    assert_eq!(of_run.to_string(), error.to_string());
    let shown = format!("migration 0002 ({})", second.description);
    assert!(error.to_string().starts_with(&shown), "{error}");

    let migrations = emptied(&shelf).await;
    shelf
        .sql("CREATE TABLE operational_activity (id INTEGER PRIMARY KEY, note TEXT)")
        .await;
    let error = migrations.preview().await.expect_err("another's");
    assert_eq!(error.step().map(|step| step.version), Some(1));
    let of_run = migrations.run().await.expect_err("another's");
    assert_eq!(of_run.to_string(), error.to_string());
}

async fn a_missing_index_is_named_before_it_is_made(shelf: Shelf) {
    let migrations = Migrations::new(&shelf.url);
    let has = async |index| migrations.has_index(index).await.expect("an answer");
    assert!(!has(ExtraIndex::Actor).await);
    assert!(!has(ExtraIndex::Request).await);
    let to_sql = ExtraIndex::Actor.to_sql();
    shelf.sql_with("SELECT 1", to_sql).await;
    assert!(has(ExtraIndex::Actor).await);
    assert!(!has(ExtraIndex::Request).await);
    let made = migrations.add_index(ExtraIndex::Actor).await;
    assert!(!made.expect("it exists"));
    shelf.sql("DROP TABLE operational_activity").await;
    let error = migrations.has_index(ExtraIndex::Actor).await;
    let error = error.expect_err("no table").to_string();
    assert!(error.contains("run the migrations"), "{error}");
}

/// Returns the URL of an account that may do all a migrator does but on the archive.
fn without_right_on_the_archive(server: &Server, url: &str, database: &str) -> DatabaseUrl {
    let mut statements = vec!["CREATE USER 'narrow'@'%' IDENTIFIED BY 'canary-7f3a'".to_owned()];
    let rights = grants(Role::Migrator, database, "'narrow'@'%'").into_iter();
    statements.extend(rights.filter(|grant| !grant.contains("archive")));
    server.sql(&statements.join("; ")).expect("an account");
    let mut url: Url = url.parse().expect("a URL");
    url.set_username("narrow").expect("a name");
    url.set_password(Some("canary-7f3a")).expect("a password");
    url.as_str().parse().expect("a good URL")
}

async fn the_step_that_fails_is_named(kind: Kind) {
    const NAME: &str = "the_step_that_fails";
    let server = Server::start(kind).expect("a server of its own");
    let url = server.database(NAME).expect("a database");
    let url = without_right_on_the_archive(&server, &url, NAME);
    let migrations = Migrations::new(&url);
    let error = migrations.run().await.expect_err("a right is missing");
    let step = error.step().expect("a step");
    assert_eq!(
        (step.version, step.description),
        (2, "operational_activity_archive")
    );
    assert!(!error.is_transient(), "{error}");
    let text = error.to_string();
    let begins = "migration 0002 (operational_activity_archive) failed: ";
    assert!(
        text.starts_with(begins) && text.contains("denied"),
        "{text}"
    );
    let left = migrations.preview().await.expect("a preview").pending;
    assert_eq!(left.iter().map(|one| one.version).collect::<Vec<_>>(), [2]);

    server.stop().expect("stopped");
    let error = migrations.run().await.expect_err("nobody answers");
    assert!(error.is_transient() && error.step().is_none(), "{error}");
}

#[tokio::test]
async fn the_step_that_fails_is_named_on_mariadb() {
    the_step_that_fails_is_named(Kind::MariaDb).await;
}

#[tokio::test]
async fn the_step_that_fails_is_named_on_mysql() {
    the_step_that_fails_is_named(Kind::MySql).await;
}

#[tokio::test]
async fn the_step_that_fails_is_named_on_sqlite_and_none_stays_applied() {
    let shelf = Shelf::sqlite().await;
    let migrations = emptied(&shelf).await;
    // A view under the name passes `IF NOT EXISTS`, and takes no index.
    shelf
        .sql("CREATE VIEW operational_activity_archive AS SELECT 1 AS occurred_at, 2 AS id")
        .await;
    let error = migrations.run().await.expect_err("a view takes no index");
    let step = error.step().expect("a step");
    assert_eq!(step.description, "operational_activity_archive_cursor");
    let states = migrations.status().await.expect("a status");
    let states: BTreeSet<_> = states
        .iter()
        .map(|one| format!("{:?}", one.state))
        .collect();
    assert_eq!(states, ["Pending".to_owned()].into());
}

#[tokio::test]
async fn a_mistyped_path_is_named_and_makes_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("actvity.db");
    let url = format!("sqlite:{}", file.display()).parse();
    let migrations = Migrations::new(&url.expect("a good URL"));
    for error in [
        migrations.has_index(ExtraIndex::Actor).await,
        migrations.add_index(ExtraIndex::Actor).await,
    ] {
        let error = error.expect_err("no such file").to_string();
        assert!(error.contains("there is no such file"), "{error}");
        assert!(error.contains("actvity.db"), "{error}");
    }
    assert!(!file.exists());
}
