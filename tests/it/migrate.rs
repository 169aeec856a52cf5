//! Migrations, run as a host runs them.

use behavior_trace_runtime::{DatabaseUrl, MigrationState, MigrationStatus, Migrations};
use behavior_trace_servers::Kind;
use sqlx::{Connection as _, MySqlConnection, query, query_scalar, raw_sql};

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
    assert_eq!(migrations.print(), "");
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

#[tokio::test]
async fn a_run_that_broke_off_is_named_and_repaired() {
    let database = Database::on(Kind::MariaDb, "a_run_that_broke_off");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let mut host = database.mysql().await;
    query("UPDATE _behavior_trace_migrations SET success = FALSE")
        .execute(&mut host)
        .await
        .expect("broken");

    let error = migrations.run().await.expect_err("it is broken");
    assert!(
        error.is_broken_off() && error.to_string().contains("repair"),
        "{error}"
    );
    let broken = states(&migrations.status().await.expect("a status"));
    assert!(
        broken
            .iter()
            .all(|state| *state == MigrationState::BrokenOff),
        "{broken:?}"
    );
    assert_eq!(
        migrations.repair().await.expect("repaired"),
        broken.len() as u64
    );
    assert_eq!(migrations.run().await.expect("it runs").len(), broken.len());
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
    assert_eq!(states.last(), Some(&MigrationState::Later));
    assert_eq!(
        states
            .iter()
            .filter(|state| **state == MigrationState::Later)
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
        // Seen waiting by the server itself.
        let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User lock'";
        let mut watcher = database.mysql().await;
        while query_scalar::<_, i64>(waiting)
            .fetch_one(&mut watcher)
            .await
            .expect("a count")
            == 0
        {
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
        raw_sql(sqlx::AssertSqlSafe(migrations.print()))
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
