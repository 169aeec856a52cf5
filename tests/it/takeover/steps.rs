//! The two steps, and what each changes.

use behavior_trace::Actor;
use behavior_trace::erasure::Erasure;
use behavior_trace::query::StoredActivity;
use behavior_trace::schema::{MigrationState, Migrations, Role, grants};
use behavior_trace_servers::{Kind, Server};
use sqlx::{Connection as _, Executor as _, MySqlConnection, query_as};

use super::{number, on_both_servers, read_all};
use crate::database::Database;
use crate::php::{G1, run};

on_both_servers! {
    a_dry_run_lists_both_steps_and_changes_nothing
    the_second_step_makes_the_table_the_recorders_own
    rows_that_php_stores_meanwhile_keep_the_second_step_from_ending
    the_printed_statements_do_the_same
    a_table_that_an_earlier_release_left_as_it_was_is_taken_over
    the_migrators_grants_suffice
    an_actor_is_erased_from_rows_without_a_payload
    a_payload_as_deep_as_the_server_takes_it_is_kept_beside_an_actor_beyond_i64
}

/// Name, type, default, NULL and collation of each column.
type Columns = Vec<(String, String, String, String)>;

async fn columns(host: &mut MySqlConnection) -> Columns {
    let text = "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), CAST(is_nullable AS CHAR), \
         CAST(COALESCE(collation_name, '') AS CHAR) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name = 'operational_activity' ORDER BY ordinal_position";
    query_as(text).fetch_all(host).await.expect("the columns")
}

/// Returns the columns of a table that the migrations created.
async fn reference(kind: Kind) -> Columns {
    let database = Database::on(kind, "the_reference_of_a_takeover");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    assert!(migrations.takeover().await.expect("a plan").is_finished());
    assert!(!migrations.finish_takeover().await.expect("nothing to do"));
    columns(&mut database.mysql().await).await
}

/// Checks that the table equals the recorder's own, whose columns are given, and that nothing is left to do.
async fn is_finished(database: &Database, reference: Columns) {
    let migrations = Migrations::new(database.url());
    let takeover = migrations.takeover().await.expect("a plan");
    assert!(takeover.is_finished(), "{takeover:?}");
    assert!(!migrations.finish_takeover().await.expect("nothing to do"));
    let status = migrations.status().await.expect("a status");
    assert!(
        status
            .iter()
            .all(|migration| migration.state == MigrationState::Applied),
        "{status:?}"
    );
    let found = columns(&mut database.mysql().await).await;
    assert_eq!(found, reference);
}

async fn the_second_step_makes_the_table_the_recorders_own(kind: Kind) {
    let database = Database::on(kind, "the_second_step");
    G1.fill(&database, 12_000).await;
    let migrations = Migrations::new(database.url());
    let before = migrations.status().await.expect("a status");
    assert_eq!(before[0].state, MigrationState::TakeoverPending);
    let applied = migrations.run().await.expect("it runs");
    assert_eq!(applied[0].state, MigrationState::TakenOver);
    assert_eq!(migrations.run().await.expect("it runs again"), []);

    let takeover = migrations.takeover().await.expect("a plan");
    for difference in ["`actor_id` is bigint", "`payload` may be NULL"] {
        assert!(
            takeover
                .differences
                .iter()
                .any(|found| found.starts_with(difference)),
            "{takeover:?}"
        );
    }
    let rows = read_all(&database).await;
    assert!(migrations.finish_takeover().await.expect("it is finished"));
    assert_eq!(read_all(&database).await, rows, "no row reads differently");
    is_finished(&database, reference(kind).await).await;
    let mut host = database.mysql().await;
    let keys = "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics WHERE table_schema = DATABASE() \
         AND table_name = 'operational_activity' AND index_name LIKE 'operational_activity%'";
    assert_eq!(number(&mut host, keys).await, 4);
}

async fn a_dry_run_lists_both_steps_and_changes_nothing(kind: Kind) {
    let database = Database::on(kind, "a_dry_run_lists_both_steps");
    G1.fill(&database, 60).await;
    let mut host = database.mysql().await;
    let of_php = columns(&mut host).await;
    let migrations = Migrations::new(database.url());
    let preview = migrations.preview().await.expect("a preview");
    let states: Vec<_> = preview.pending.iter().map(|one| one.state).collect();
    assert_eq!(
        states,
        [MigrationState::TakeoverPending, MigrationState::Pending]
    );
    let added = &preview.statements[0];
    assert!(added.contains("ADD UNIQUE KEY"), "{preview:?}");
    assert_eq!(preview.takeover.statements.len(), 2, "{preview:?}");
    assert_eq!(columns(&mut host).await, of_php);
    let tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()";
    assert_eq!(number(&mut host, tables).await, 1);

    let applied = migrations.run().await.expect("it runs");
    assert_eq!(applied.len(), preview.pending.len());
    let takeover = migrations.takeover().await.expect("a plan");
    assert_eq!(takeover, preview.takeover);
    let second = migrations.preview().await.expect("a preview");
    assert!(second.is_empty() && second.statements.is_empty());
    assert_eq!(second.takeover, takeover);
}

async fn rows_that_php_stores_meanwhile_keep_the_second_step_from_ending(kind: Kind) {
    let database = Database::on(kind, "rows_that_php_stores_meanwhile");
    G1.fill(&database, 100).await;
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let rows = read_all(&database).await;
    // As a writer that stores a NULL after the old ones were replaced.
    let mut host = database.mysql().await;
    host.execute(
        "CREATE TRIGGER still_php BEFORE UPDATE ON operational_activity FOR EACH ROW SET NEW.payload = NULL",
    )
    .await
    .expect("a trigger");
    let error = migrations
        .finish_takeover()
        .await
        .expect_err("NULLs remain");
    assert!(error.to_string().contains("PHP"), "{error}");
    assert!(!migrations.takeover().await.expect("a plan").is_finished());
    host.execute("DROP TRIGGER still_php")
        .await
        .expect("dropped");
    let ids = |rows: &[StoredActivity]| -> Vec<_> {
        rows.iter().map(|row| row.activity.event_id).collect()
    };
    assert_eq!(ids(&read_all(&database).await), ids(&rows));
    assert!(migrations.finish_takeover().await.expect("it is finished"));
}

async fn the_printed_statements_do_the_same(kind: Kind) {
    let database = Database::on(kind, "the_printed_statements");
    G1.fill(&database, 500).await;
    let migrations = Migrations::new(database.url());
    let takeover = migrations.takeover().await.expect("a plan");
    assert_eq!(takeover.statements.len(), 3, "{takeover:?}");
    let mut administrator = database.mysql().await;
    for statement in takeover.statements {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.as_str()));
        done.execute(&mut administrator).await.expect(&statement);
    }
    migrations.run().await.expect("it runs");
    is_finished(&database, reference(kind).await).await;
}

/// Checks a table of PHP that the first release recorded as its own, and then stored nothing in.
async fn a_table_that_an_earlier_release_left_as_it_was_is_taken_over(kind: Kind) {
    let database = Database::on(kind, "a_table_that_an_earlier_release_left");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let mut host = database.mysql().await;
    host.execute("DROP TABLE operational_activity")
        .await
        .expect("dropped");
    G1.create_table(&database).await;
    run(&mut G1.recorder(&database, 60));
    let applied = migrations.run().await.expect("it runs");
    let states: Vec<_> = applied.iter().map(|one| (one.version, one.state)).collect();
    assert_eq!(states, [(1, MigrationState::TakenOver)]);
    assert_eq!(read_all(&database).await.len(), 60);
}

async fn the_migrators_grants_suffice(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let name = "the_migrators_grants_suffice";
    let url = server.database(name).expect("a database");
    let database = Database::at(url);
    G1.fill(&database, 200).await;
    let mut statements = vec!["CREATE USER 'migrator'@'%' IDENTIFIED BY 'pass-7f3a'".to_owned()];
    statements.extend(grants(Role::Migrator, name, "'migrator'@'%'"));
    server.sql(&statements.join("; ")).expect("an account");
    let (_, place) = database.text().split_once('@').expect("a user");
    let url = format!("mysql://migrator:pass-7f3a@{place}");
    MySqlConnection::connect(&url).await.expect("the account");
    let migrations = Migrations::new(&url.parse().expect("a good URL"));
    migrations.run().await.expect("the key is added");
    assert!(migrations.finish_takeover().await.expect("it is finished"));
    assert!(migrations.takeover().await.expect("a plan").is_finished());
}

async fn an_actor_is_erased_from_rows_without_a_payload(kind: Kind) {
    let database = Database::on(kind, "an_actor_is_erased");
    G1.fill(&database, 50).await;
    let mut host = database.mysql().await;
    host.execute(
        "UPDATE operational_activity SET actor_type = 'USER', actor_id = 7 WHERE payload IS NULL",
    )
    .await
    .expect("an actor");
    host.execute(
        "UPDATE operational_activity SET actor_type = 'USER' WHERE actor_id > 9223372036854775808",
    )
    .await
    .expect("an actor");
    Migrations::new(database.url())
        .run()
        .await
        .expect("it runs");
    for (actor, beyond) in [(Actor::user(7), 2), (Actor::user(u64::MAX), 1)] {
        let report = Erasure::new(database.url(), &actor).run().await;
        let report = report.expect("it is erased");
        assert_eq!((report.matched, report.changed), (1, 1), "{actor:?}");
        let left = "SELECT COUNT(*) FROM operational_activity WHERE actor_id > 9223372036854775807";
        assert_eq!(number(&mut host, left).await, beyond, "{actor:?}");
    }
    let rows = read_all(&database).await;
    let found = rows.iter().filter_map(StoredActivity::payload);
    let found = found.filter(|payload| payload["actor_ref"] == "18446744073709551615");
    assert_eq!(found.count(), 1);
}

/// The recorder's form of such a row has one more level, which the server's JSON may not take.
async fn a_payload_as_deep_as_the_server_takes_it_is_kept_beside_an_actor_beyond_i64(kind: Kind) {
    let database = Database::on(kind, "a_payload_as_deep_as_the_server_takes_it");
    G1.create_table(&database).await;
    let mut host = database.mysql().await;
    let mut stored = 0;
    for depth in 1..=110 {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let payload = format!("{}\"kept\"{}", open.repeat(depth), close.repeat(depth));
            let insert = "INSERT INTO operational_activity (event_id, occurred_at, actor_type, actor_id, action, resource, \
                 payload) VALUES (UUID(), '2026-01-02 03:04:05', 'USER', 18446744073709551615, 'user.update', 'User', ?)";
            let done = sqlx::query(insert).bind(payload).execute(&mut host).await;
            stored += usize::from(done.is_ok());
        }
    }
    assert!(stored >= 60, "the server takes {stored} of them");
    let migrations = Migrations::new(database.url());
    migrations.run().await.expect("it runs");
    let all_kept = |rows: &[StoredActivity]| {
        assert_eq!(rows.len(), stored);
        for row in rows {
            assert!(row.damaged.is_empty(), "{row:?}");
            let payload = row.payload().expect("an object");
            assert_eq!(payload["actor_ref"], "18446744073709551615");
            assert!(row.activity.payload.contains("kept"), "{row:?}");
        }
    };
    let rows = read_all(&database).await;
    all_kept(&rows);
    assert!(migrations.finish_takeover().await.expect("it is finished"));
    let finished = read_all(&database).await;
    all_kept(&finished);
    assert_eq!(finished, rows, "no row reads differently");
}
