//! Tables that a migration does not touch.

use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::schema::{MigrationState, Migrations};
use behavior_trace_servers::{Kind, Server};
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, SqliteConnection, query,
};

use super::{number, on_both_servers};
use crate::database::Database;
use crate::php::{G1, G2, run};

on_both_servers! {
    an_event_that_is_stored_twice_is_named_and_nothing_is_changed
    the_table_of_a_later_release_of_php_is_refused
    an_account_that_may_see_some_columns_alone_is_told_so
    a_transaction_that_is_open_on_the_table_makes_no_writer_wait_for_long
}

async fn tables(database: &Database) -> i64 {
    let count = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    number(&mut database.mysql().await, count).await
}

async fn an_event_that_is_stored_twice_is_named_and_nothing_is_changed(kind: Kind) {
    let database = Database::on(kind, "an_event_that_is_stored_twice");
    G1.fill(&database, 30).await;
    run(G1.recorder(&database, 2).arg("--from=7"));
    let migrations = Migrations::new(database.url());
    let error = migrations.run().await.expect_err("two rows are copies");
    let text = error.to_string();
    assert!(text.starts_with("2 rows"), "{text}");
    assert_eq!(error.step().map(|step| step.version), Some(1));
    let previewed = migrations.preview().await.expect_err("two copies");
    assert_eq!(previewed.to_string(), text);
    let (_, statement) = text.split_once('`').expect("a name");
    let (_, statement) = statement.split_once("; `").expect("a statement");
    let (statement, _) = statement.split_once('`').expect("its end");
    let mut host = database.mysql().await;
    let copies = query(AssertSqlSafe(statement)).fetch_all(&mut host).await;
    assert_eq!(copies.expect(statement).len(), 2);
    assert_eq!(tables(&database).await, 1, "there is only the table of PHP");
    let rows = "SELECT COUNT(*) FROM operational_activity";
    assert_eq!(number(&mut host, rows).await, 32);

    let own = "UPDATE operational_activity SET event_id = UUID() WHERE id > 30";
    host.execute(own).await.expect("ids of their own");
    migrations.run().await.expect("it runs");
    assert_eq!(number(&mut host, rows).await, 32);
}

async fn the_table_of_a_later_release_of_php_is_refused(kind: Kind) {
    let database = Database::on(kind, "the_table_of_a_later_release");
    G2.fill(&database, 10).await;
    let migrations = Migrations::new(database.url());
    let error = migrations.run().await.expect_err("another's table");
    for part in [
        "later release",
        "`entity_type`",
        "lacks `resource`",
        "RENAME TABLE operational_activity TO operational_activity_before",
    ] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    let status = migrations.status().await.expect("a status");
    assert_eq!(status[0].state, MigrationState::Refused);
    assert!(migrations.finish_takeover().await.is_err());
    assert_eq!(tables(&database).await, 1);

    let trace = BehaviorTrace::builder()
        .database_url(database.text())
        .migrate(true)
        .build()
        .expect("a good configuration");
    let verification = trace.verify(Duration::from_secs(20)).await;
    let cause = verification.storage.expect_err("another's table");
    assert!(cause.to_string().contains("`entity_type`"), "{cause}");
}

async fn an_account_that_may_see_some_columns_alone_is_told_so(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let name = "an_account_that_may_see_some_columns_alone";
    let database = Database::at(server.database(name).expect("a database"));
    Migrations::new(database.url())
        .run()
        .await
        .expect("it runs");
    let rights = format!(
        "CREATE USER 'narrow'@'%' IDENTIFIED BY 'pass-7f3a'; \
         GRANT SELECT (id, event_id) ON `{name}`.operational_activity TO 'narrow'@'%'; \
         GRANT SELECT ON `{name}`._behavior_trace_migrations TO 'narrow'@'%'"
    );
    server.sql(&rights).expect("an account");
    let (_, place) = database.text().split_once('@').expect("a user");
    let url = format!("mysql://narrow:pass-7f3a@{place}");
    MySqlConnection::connect(&url).await.expect("the account");
    let migrations = Migrations::new(&url.parse().expect("a good URL"));
    let error = migrations.run().await.expect_err("it sees two columns");
    let text = error.to_string();
    assert!(text.contains("as far as this account may see"), "{text}");
    assert!(
        text.contains("give the account rights on the whole table"),
        "{text}"
    );
}

async fn a_transaction_that_is_open_on_the_table_makes_no_writer_wait_for_long(kind: Kind) {
    let database = Database::on(kind, "a_transaction_that_is_open");
    G1.fill(&database, 20).await;
    let mut open = database.mysql().await;
    open.execute("BEGIN").await.expect("begun");
    number(&mut open, "SELECT COUNT(*) FROM operational_activity").await;
    let migrations = Migrations::new(database.url());
    let begun = Instant::now();
    let error = migrations.run().await.expect_err("the table is in use");
    assert!(begun.elapsed() < Duration::from_secs(10), "{error}");
    assert!(error.to_string().contains("SHOW PROCESSLIST"), "{error}");
    assert!(error.is_transient(), "{error}");
    run(G1.recorder(&database, 5).arg("--from=20"));
    open.execute("COMMIT").await.expect("committed");
    migrations.run().await.expect("it runs");
}

#[tokio::test]
async fn a_strangers_table_in_a_file_is_refused() {
    let database = Database::sqlite();
    let mut host = SqliteConnection::connect(&format!("{}?mode=rwc", database.text()))
        .await
        .expect("a file");
    host.execute("CREATE TABLE operational_activity (id INTEGER PRIMARY KEY, note TEXT)")
        .await
        .expect("a table");
    let migrations = Migrations::new(database.url());
    let error = migrations.run().await.expect_err("another's table");
    for part in ["`id`, `note`", "lacks `event_id`", "ALTER TABLE"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    let status = migrations.status().await.expect("a status");
    assert_eq!(status[0].state, MigrationState::Refused);
    assert!(migrations.takeover().await.expect("a plan").is_finished());
}
