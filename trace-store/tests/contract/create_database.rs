//! A missing database is created once, and never by an account without the right.

use std::fs;

use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, query_scalar};
use url::Url;

use crate::grants::{Role, grants};
use crate::migrate::Migrations;
use crate::store::{DatabaseUrl, Target};

fn migrations(url: &str) -> Migrations {
    Migrations::new(&url.parse().expect("a good URL"))
}

/// Removes the database and returns its URL.
fn without(server: &Server, name: &str) -> String {
    let drop = format!("DROP DATABASE IF EXISTS `{name}`");
    server.sql(&drop).expect("dropped");
    server.url(name)
}

async fn a_missing_database_is_created_once_with_the_collation_of_the_table(kind: Kind) {
    let server = Server::shared(kind).expect("a server");
    let url = without(server, "a_missing_database_is_created");
    let preview = migrations(&url).preview().await.expect("a preview");
    let statement = preview.database.expect("a statement");
    let expected =
        "CREATE DATABASE `a_missing_database_is_created` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    assert_eq!(statement, expected);
    let created = [(); 4].map(|()| {
        let migrations = migrations(&url);
        tokio::spawn(async move { migrations.create_database().await })
    });
    let mut times = 0;
    for created in created {
        let created = created.await.expect("no panic").expect("created by one");
        times += usize::from(created);
    }
    assert_eq!(times, 1);
    let migrations = migrations(&url);
    assert!(!migrations.create_database().await.expect("it exists"));
    let after = migrations.preview().await.expect("a preview");
    assert_eq!((after.database, after.pending), (None, preview.pending));
    assert_eq!(after.statements, preview.statements);
    assert!(!migrations.run().await.expect("it runs").is_empty());
    let url: DatabaseUrl = url.parse().expect("a good URL");
    let Target::MySql(options) = &url.0 else {
        panic!("not MySQL")
    };
    let mut connection = options.connect().connect().await.expect("a connection");
    let collation: String = query_scalar("SELECT @@collation_database")
        .fetch_one(&mut connection)
        .await
        .expect("a collation");
    assert_eq!(collation, "utf8mb4_bin");
}

/// Returns the URL with the account that has these rights.
fn account(server: &Server, url: &str, rights: &[String]) -> String {
    let mut statements = vec!["CREATE USER 'narrow'@'%' IDENTIFIED BY 'canary-7f3a'".to_owned()];
    statements.extend_from_slice(rights);
    server.sql(&statements.join("; ")).expect("an account");
    let mut url: Url = url.parse().expect("a URL");
    url.set_username("narrow").expect("a name");
    url.set_password(Some("canary-7f3a")).expect("a password");
    url.to_string()
}

async fn an_account_without_the_right_is_told_the_statement(kind: Kind) {
    const NAME: &str = "an_account_without_the_right";
    let server = &Server::start(kind).expect("a server of its own");
    let url = without(server, NAME);
    let rights = grants(Role::Migrator, NAME, "'narrow'@'%'");
    let narrow = account(server, &url, &rights);
    let error = migrations(&narrow).create_database().await;
    let error = error.expect_err("it may not");
    let statement = format!("CREATE DATABASE `{NAME}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    let text = error.to_string();
    assert!(text.contains(&format!("run `{statement}`")), "{text}");
    assert!(!text.contains("canary"), "{text}");
    assert!(!error.is_transient() && error.step().is_none(), "{text}");

    server.sql(&statement).expect("an administrator may");
    let migrations = migrations(&narrow);
    assert!(!migrations.create_database().await.expect("it exists"));
    assert!(!migrations.run().await.expect("it runs").is_empty());
}

async fn the_right_to_create_this_database_suffices(kind: Kind) {
    const NAME: &str = "the_right_to_create";
    let server = &Server::start(kind).expect("a server of its own");
    let url = without(server, NAME);
    let rights = [format!("GRANT CREATE ON `{NAME}`.* TO 'narrow'@'%'")];
    let narrow = migrations(&account(server, &url, &rights));
    assert!(narrow.create_database().await.expect("it may"));
    assert!(!narrow.create_database().await.expect("it exists"));
}

async fn a_wrong_password_does_not_pass_and_a_stopped_server_does(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let mut url: Url = without(&server, "a_wrong_password").parse().expect("a URL");
    let right = url.to_string();
    url.set_password(Some("canary-7f3a")).expect("a password");
    let error = migrations(url.as_str()).create_database().await;
    let error = error.expect_err("a wrong password");
    assert!(!error.is_transient(), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    server.stop().expect("stopped");
    let error = migrations(&right).create_database().await;
    let error = error.expect_err("nobody answers");
    assert!(error.is_transient(), "{error}");
    let error = migrations(&right).preview().await;
    assert!(error.expect_err("nobody answers").is_transient());
}

/// Turns each `async fn(Kind)` into a test on MariaDB and on MySQL.
macro_rules! on_both_servers {
    ($($test:ident)*) => {
        mod mariadb {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(behavior_trace_servers::Kind::MariaDb).await; }
        )*}

        mod mysql {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(behavior_trace_servers::Kind::MySql).await; }
        )*}
    };
}

on_both_servers! {
    a_missing_database_is_created_once_with_the_collation_of_the_table
    an_account_without_the_right_is_told_the_statement
    the_right_to_create_this_database_suffices
    a_wrong_password_does_not_pass_and_a_stopped_server_does
}

#[tokio::test]
async fn a_missing_file_is_created_once_and_no_folder_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("activity.db");
    let migrations_of_file = migrations(&format!("sqlite:{}", file.display()));
    assert!(migrations_of_file.create_database().await.expect("created"));
    assert!(file.exists());
    let again = migrations_of_file.create_database().await;
    assert!(!again.expect("it exists"));
    let applied = migrations_of_file.run().await.expect("it runs");
    assert!(!applied.is_empty());

    let missing = folder.path().join("missing");
    let url = format!("sqlite:{}", missing.join("activity.db").display());
    let error = migrations(&url).create_database().await;
    let error = error.expect_err("no folder");
    assert!(
        error.to_string().contains("its folder does not exist"),
        "{error}"
    );
    assert!(!error.is_transient(), "{error}");
    assert!(!fs::exists(missing).expect("an answer"));
    let memory = Migrations::new(&DatabaseUrl::memory());
    assert!(!memory.create_database().await.expect("nothing to do"));
}
