//! Migrations, run as an application runs them.

use std::sync::mpsc;
use std::time::Duration;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::{MigrationState, MigrationStatus, Migrations};
use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_servers::{Kind, Server};
use sqlx::{Connection as _, MySqlConnection, query, query_scalar, raw_sql};
use tracing_subscriber::prelude::*;

use crate::database::Database;

async fn eight_at_once_all_succeed(database: &Database) {
    let migrators: Vec<_> = (0..8)
        .map(|_| {
            let migrations = Migrations::new(database.url());
            tokio::spawn(async move { migrations.run().await })
        })
        .collect();
    let mut applied = 0;
    for migrator in migrators {
        applied += migrator
            .await
            .expect("no panic")
            .expect("each migrator succeeds")
            .len();
    }
    let status = Migrations::new(database.url())
        .status()
        .await
        .expect("a status");
    assert_eq!(
        applied,
        status.len(),
        "each migration was applied by one of them"
    );
    assert!(
        status
            .iter()
            .all(|migration| migration.state == MigrationState::Applied),
        "{status:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_migrators_at_once_all_succeed_on_mariadb() {
    eight_at_once_all_succeed(&Database::on(Kind::MariaDb, "eight_migrators")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_migrators_at_once_all_succeed_on_mysql() {
    eight_at_once_all_succeed(&Database::on(Kind::MySql, "eight_migrators")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_migrators_at_once_all_succeed_on_sqlite() {
    eight_at_once_all_succeed(&Database::sqlite()).await;
}

fn states(status: &[MigrationStatus]) -> Vec<MigrationState> {
    status.iter().map(|migration| migration.state).collect()
}

async fn a_second_run_finds_nothing_to_do(database: &Database) {
    let migrations = Migrations::new(database.url());
    let before = migrations.status().await.expect("a status");
    assert!(
        states(&before)
            .iter()
            .all(|state| *state == MigrationState::Pending),
        "{before:?}"
    );
    let applied = migrations.run().await.expect("it runs");
    assert_eq!(applied, migrations.status().await.expect("a status"));
    assert_eq!(migrations.run().await.expect("it runs again"), []);
    assert_eq!(migrations.repair().await.expect("nothing is broken"), 0);
}

#[tokio::test]
async fn a_second_run_finds_nothing_to_do_on_any_store() {
    a_second_run_finds_nothing_to_do(&Database::sqlite()).await;
    a_second_run_finds_nothing_to_do(&Database::on(Kind::MariaDb, "a_second_run")).await;
    a_second_run_finds_nothing_to_do(&Database::on(Kind::MySql, "a_second_run")).await;
}

#[tokio::test]
async fn the_store_in_memory_needs_none() {
    let migrations = Migrations::new(&DatabaseUrl::memory());
    assert_eq!(migrations.run().await.expect("nothing to do"), []);
    assert_eq!(migrations.to_sql(), "");
}

#[tokio::test]
async fn a_hosts_own_migrations_are_left_alone() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let database = Database::on(kind, "a_hosts_own_migrations");
        let mut host = database.mysql().await;
        raw_sql(
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP \
             NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT \
             NOT NULL); INSERT INTO _sqlx_migrations VALUES (1, 'theirs', '2026-01-01', TRUE, 'c', 7)",
        )
        .execute(&mut host)
        .await
        .expect("the host's table");
        Migrations::new(database.url())
            .run()
            .await
            .expect("ours run beside it");
        let theirs: (i64, String, i64) =
            sqlx::query_as("SELECT version, description, execution_time FROM _sqlx_migrations")
                .fetch_one(&mut host)
                .await
                .expect("one line");
        assert_eq!(theirs, (1, "theirs".to_owned(), 7));
    }
}

/// Checks the state that a release left which marked each migration before running it.
#[tokio::test]
async fn a_run_that_broke_off_is_taken_up_by_the_next() {
    for database in [
        Database::on(Kind::MariaDb, "a_run_that_broke_off"),
        Database::on(Kind::MySql, "a_run_that_broke_off"),
    ] {
        let migrations = Migrations::new(database.url());
        let all = migrations.run().await.expect("it runs");
        let mut host = database.mysql().await;
        for text in [
            "UPDATE _behavior_trace_migrations SET success = FALSE WHERE version = 2",
            "DROP TABLE operational_activity_archive",
        ] {
            query(text).execute(&mut host).await.expect("broken");
        }
        let broken = states(&migrations.status().await.expect("a status"));
        assert_eq!(
            broken,
            [MigrationState::Applied, MigrationState::Incomplete]
        );

        let applied = migrations.run().await.expect("it goes on by itself");
        assert_eq!(applied, all[1..]);
        assert_eq!(migrations.status().await.expect("a status"), all);
        query("SELECT COUNT(*) FROM operational_activity_archive")
            .execute(&mut host)
            .await
            .expect("the table is there");
        assert_eq!(migrations.repair().await.expect("nothing is left"), 0);
    }
}

/// Checksums that sqlx computed and stored for the first texts.
const FIRST_TEXTS: [&str; 2] = [
    "0da468260e93bcb4904578c6af69ae5f8fee3f03d3cb6d4871a07ba1b583c54645988a453d9a085d7e48d2f6b29de799",
    "eee937943fad2024913cf86db60983b076fd8facae8aeb5cda3f556873d9b2280a96a925f3de3b7979bb4ee089c822ea",
];

#[tokio::test]
async fn a_database_of_the_first_release_goes_on_and_a_new_one_is_known_to_it() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let database = Database::on(kind, "a_database_of_the_first_release");
        let migrations = Migrations::new(database.url());
        let all = migrations.run().await.expect("it runs");
        let mut host = database.mysql().await;
        let written: Vec<String> = query_scalar(
            "SELECT LOWER(HEX(checksum)) FROM _behavior_trace_migrations ORDER BY version",
        )
        .fetch_all(&mut host)
        .await
        .expect("two lines");
        assert_eq!(
            written, FIRST_TEXTS,
            "the first release would refuse another"
        );
        let times: Vec<i64> =
            query_scalar("SELECT execution_time FROM _behavior_trace_migrations WHERE success")
                .fetch_all(&mut host)
                .await
                .expect("two lines");
        assert!(times.iter().all(|time| *time > 0), "{times:?}");

        // The table as sqlx created it, without engine, character set and row format.
        let theirs = "DROP TABLE _behavior_trace_migrations; CREATE TABLE _behavior_trace_migrations (version BIGINT \
             PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success \
             BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";
        raw_sql(theirs).execute(&mut host).await.expect("made");
        for (migration, checksum) in all.iter().zip(FIRST_TEXTS) {
            query("INSERT INTO _behavior_trace_migrations (version, description, success, checksum, execution_time) VALUES (?, ?, TRUE, UNHEX(?), 7)")
                .bind(migration.version)
                .bind(&migration.description)
                .bind(checksum)
                .execute(&mut host)
                .await
                .expect("written");
        }
        assert_eq!(migrations.status().await.expect("a status"), all);
        assert_eq!(migrations.run().await.expect("it runs"), []);
    }
}

/// Checks that an applied schema needs no right to create tables.
#[tokio::test]
async fn a_migrator_with_nothing_to_do_needs_no_rights_to_make_tables() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::start(kind).expect("a server of its own");
        let name = "a_migrator_with_nothing_to_do";
        let url = server.database(name).expect("a database");
        let migrations = Migrations::new(&url.parse().expect("a good URL"));
        migrations.run().await.expect("it runs");
        let account = account(&server, name, &[&format!("GRANT SELECT ON `{name}`.*")]);
        let migrations = Migrations::new(&account.parse().expect("a good URL"));
        assert_eq!(migrations.run().await.expect("nothing to do"), []);
    }
}

/// Creates an account with these rights on the test's own server, and returns its URL.
fn account(server: &Server, database: &str, grants: &[&str]) -> String {
    let mut statements = vec!["CREATE USER 'migrator'@'%' IDENTIFIED BY 'pass-7f3a'".to_owned()];
    let granted = grants
        .iter()
        .map(|grant| format!("{grant} TO 'migrator'@'%'"));
    statements.extend(granted);
    server.sql(&statements.join("; ")).expect("an account");
    let url = server.url(database);
    let (_, place) = url.split_once('@').expect("a user");
    format!("mysql://migrator:pass-7f3a@{place}")
}

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u64) -> Result<u64, String> {
    Ok(id)
}

/// Checks a right that is missing when the application starts, and is granted while it runs.
async fn a_right_that_comes_late_is_waited_for(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let name = "a_right_that_comes_late";
    server.database(name).expect("a database");
    let all = "GRANT ALL ON";
    let archive = format!("{all} `{name}`.`operational_activity_archive`");
    let rest = ["operational_activity", "_behavior_trace_migrations"]
        .map(|table| format!("{all} `{name}`.`{table}`"));
    let url = account(&server, name, &rest.each_ref().map(String::as_str));
    let (tell, told) = mpsc::channel();
    let trace = BehaviorTrace::builder()
        .database_url(&url)
        .migrate(true)
        .on_error(move |_| {
            let _ = tell.send(());
        })
        .build()
        .expect("a good configuration");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(trace.layer()), || {
        approve(7).expect("approved");
    });
    told.recv_timeout(Duration::from_secs(20)).expect("told");
    let refused = |cause: Option<String>| {
        let cause = cause.expect("it is not well");
        assert!(
            cause.contains("CREATE") && cause.contains("operational_activity_archive"),
            "{cause}"
        );
    };
    refused(trace.health().cause);
    // Further attempts find and report the same error.
    let again = Migrations::new(&url.parse().expect("a good URL"))
        .run()
        .await;
    refused(Some(again.expect_err("a right is missing").to_string()));
    let report = trace.flush(Duration::from_secs(3)).await;
    assert!(!report.is_complete(), "{report}");
    refused(trace.health().cause);
    server
        .sql(&format!("{archive} TO 'migrator'@'%'"))
        .expect("granted");
    let report = trace.flush(Duration::from_mins(1)).await;
    assert!(report.is_complete(), "{report}");
    assert_eq!(trace.health().cause, None);
    assert_eq!(trace.stats().stored, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_comes_late_is_waited_for_on_mariadb() {
    a_right_that_comes_late_is_waited_for(Kind::MariaDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_comes_late_is_waited_for_on_mysql() {
    a_right_that_comes_late_is_waited_for(Kind::MySql).await;
}

#[tokio::test]
async fn an_edited_migration_is_refused_and_the_lock_is_given_back() {
    let database = Database::on(Kind::MySql, "an_edited_migration");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let mut host = database.mysql().await;
    query("UPDATE _behavior_trace_migrations SET checksum = 'other'")
        .execute(&mut host)
        .await
        .expect("edited");

    let error = migrations.run().await.expect_err("it was edited");
    assert!(error.to_string().contains("another text"), "{error}");
    let changed = states(&migrations.status().await.expect("a status"));
    assert!(
        changed
            .iter()
            .all(|state| *state == MigrationState::Changed),
        "{changed:?}"
    );
    assert_eq!(take_lock(&mut host, 10).await, 1);
}

#[tokio::test]
async fn an_older_release_starts_beside_a_newer_schema() {
    let database = Database::on(Kind::MariaDb, "an_older_release");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let mut host = database.mysql().await;
    query("INSERT INTO _behavior_trace_migrations (version, description, success, checksum, execution_time) VALUES (900, 'later', TRUE, 'x', 1)")
        .execute(&mut host)
        .await
        .expect("a later version");
    assert_eq!(migrations.run().await.expect("it runs"), []);
    let states = states(&migrations.status().await.expect("a status"));
    assert_eq!(states.last(), Some(&MigrationState::Newer));
    assert_eq!(
        states
            .iter()
            .filter(|state| **state == MigrationState::Newer)
            .count(),
        1
    );
}

#[tokio::test]
async fn a_migrator_waits_for_the_one_at_work() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let database = Database::on(kind, "a_migrator_waits");
        let mut other = database.mysql().await;
        assert_eq!(take_lock(&mut other, 0).await, 1);
        let migrations = Migrations::new(database.url());
        let mut run = tokio::spawn(async move { migrations.run().await });
        // The server's own list shows that the migrator waits.
        let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User lock'";
        let mut watcher = database.mysql().await;
        loop {
            let count = query_scalar::<_, i64>(waiting)
                .fetch_one(&mut watcher)
                .await;
            match count {
                Ok(0) => {}
                Ok(_) => break,
                // MySQL cannot show a statement of another test that has a character of four bytes.
                Err(error) => assert!(error.to_string().contains("3854"), "{error}"),
            }
            assert!(
                !run.is_finished(),
                "it did not wait: {:?}",
                (&mut run).await
            );
            tokio::task::yield_now().await;
        }
        other.close().await.expect("the other is done");
        assert!(!run.await.expect("no panic").expect("it runs").is_empty());
    }
}

async fn take_lock(connection: &mut MySqlConnection, seconds: u8) -> i64 {
    query_scalar(
        "SELECT GET_LOCK(CONCAT('behavior_trace_migrations:', LEFT(SHA2(DATABASE(), 256), 32)), ?)",
    )
    .bind(seconds)
    .fetch_one(connection)
    .await
    .expect("an answer")
}

#[tokio::test]
async fn what_is_printed_makes_the_table_that_a_run_accepts() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let database = Database::on(kind, "what_is_printed");
        let migrations = Migrations::new(database.url());
        let mut administrator = database.mysql().await;
        raw_sql(sqlx::AssertSqlSafe(migrations.to_sql()))
            .execute(&mut administrator)
            .await
            .expect("it can be run by hand");
        migrations.run().await.expect("it is accepted");
        let engine: (String, String) = sqlx::query_as(
            "SELECT CAST(engine AS CHAR), CAST(table_collation AS CHAR) FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = 'operational_activity'",
        )
        .fetch_one(&mut administrator)
        .await
        .expect("the table");
        assert_eq!(engine, ("InnoDB".to_owned(), "utf8mb4_bin".to_owned()));
    }
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_without_the_password() {
    let url: DatabaseUrl = "mysql://app:hunter2@127.0.0.1:1/app"
        .parse()
        .expect("a good URL");
    let error = Migrations::new(&url)
        .run()
        .await
        .expect_err("nobody is there");
    assert!(
        error.to_string().contains("refused") && !format!("{error:?} {error}").contains("hunter2"),
        "{error:?}"
    );
}
