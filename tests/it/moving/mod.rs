//! The page about migrating from PHP, word for word: its SQL, and its code.

use behavior_trace::query::Reader;
use behavior_trace_servers::Kind;
use sqlx::{AssertSqlSafe, MySqlConnection, query_as, query_scalar, raw_sql};

use crate::database::Database;

include!("page.rs");

const PAGE: &str = include_str!("../../../docs/guide/src/migrating-from-php.md");

/// Returns the block after a mark of the page.
fn block(mark: &str, language: &str) -> &'static str {
    let (_, after) = PAGE
        .split_once(&format!("<!-- {mark} -->\n```{language}\n"))
        .expect(mark);
    after.split_once("```").expect("an end").0
}

fn statements(mark: &str) -> &'static str {
    block(mark, "sql")
}

/// The PHP table, by the names and types of its columns.
const THEIRS: &str = "CREATE TABLE maa_event_logging_behavior_trace (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, \
     event_id CHAR(36) NOT NULL, actor_type VARCHAR(32) NOT NULL, actor_id BIGINT NULL, action VARCHAR(128) NOT NULL, \
     entity_type VARCHAR(64) NULL, entity_id BIGINT NULL, metadata JSON NOT NULL, correlation_id CHAR(36) NULL, \
     request_id VARCHAR(64) NULL, route_name VARCHAR(255) NULL, ip_address VARCHAR(45) NULL, user_agent VARCHAR(512) NULL, \
     occurred_at DATETIME(6) NOT NULL, UNIQUE KEY (event_id)) \
     ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";

const ROWS: &str = "INSERT INTO maa_event_logging_behavior_trace (event_id, actor_type, actor_id, action, entity_type, \
     entity_id, metadata, correlation_id, request_id, route_name, ip_address, user_agent, occurred_at) VALUES \
     ('6d0f8b5e-6c1f-4c64-9c7e-000000000001', 'ADMIN', 7, 'update', 'user', 42, '{\"old\": 1, \"new\": \"é😀\"}', 'c-1', 'r-1', '/u', '::1', 'php', '2026-01-02 03:04:05.000006'), \
     ('6d0f8b5e-6c1f-4c64-9c7e-000000000002', 'SYSTEM', NULL, 'report_run', NULL, NULL, '[1]', NULL, NULL, NULL, NULL, NULL, '2026-07-02 03:04:05.000006'), \
     ('6d0f8b5e-6c1f-4c64-9c7e-000000000003', 'USER', -1, 'create', 'order', 9223372036854775807, '{}', NULL, NULL, NULL, NULL, NULL, '2025-12-31 23:59:59.999999')";

async fn run(host: &mut MySqlConnection, text: &'static str) {
    raw_sql(text).execute(host).await.expect(text);
}

async fn a_php_table_moves_over(database: Database) {
    let mut host = database.mysql().await;
    run(&mut host, THEIRS).await;
    run(&mut host, ROWS).await;
    moves_over(database, host).await;
}

/// Checks a PHP table under the recorder's table name, as in earlier PHP releases.
async fn a_php_table_with_our_name_moves_over(database: Database) {
    let mut host = database.mysql().await;
    let of_our_name =
        |text: &str| text.replace("maa_event_logging_behavior_trace", "operational_activity");
    for text in [of_our_name(THEIRS), of_our_name(ROWS)] {
        raw_sql(AssertSqlSafe(text))
            .execute(&mut host)
            .await
            .expect("theirs");
    }
    run(&mut host, statements("rename")).await;
    moves_over(database, host).await;
}

async fn moves_over(database: Database, mut host: MySqlConnection) {
    let import = import(database.text(), database.text()).expect("good URLs");
    let asked = ask(&import).await.expect("a dry run");
    let notes: Vec<_> = asked
        .notes
        .iter()
        .map(|note| (note.reason.name(), note.rows, note.example_id))
        .collect();
    assert_eq!(notes, [("payload_under_value", 1, 2)]);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("position");
    for _ in 0..2 {
        bring(&import, database.text(), &file).await.expect("rows");
    }
    assert!(finish(&import).await.expect("runs again"));

    let reader = Reader::new(database.url());
    let rows = reader.query().oldest_first().fetch().await;
    let rows = rows.expect("a page").items;
    let seen: Vec<_> = rows
        .iter()
        .map(|row| {
            assert!(row.damaged.is_empty(), "{row:?}");
            let activity = &row.activity;
            let payload = row.payload().expect("JSON").to_string();
            (
                activity.occurred_at.to_string(),
                &*activity.action,
                &*activity.resource,
                activity.resource_id.as_deref(),
                payload,
            )
        })
        .collect();
    let expected = [
        (
            "2025-12-31 22:59:59.999999",
            "order.create",
            "Order",
            Some("9223372036854775807"),
            "{}",
        ),
        (
            "2026-01-02 02:04:05.000006",
            "user.update",
            "User",
            Some("42"),
            r#"{"new":"é😀","old":1}"#,
        ),
        (
            "2026-07-02 01:04:05.000006",
            "report.run",
            "Report",
            None,
            r#"{"value":[1]}"#,
        ),
    ];
    for (seen, (time, action, resource, id, payload)) in seen.iter().zip(expected) {
        assert_eq!(
            *seen,
            (time.to_owned(), action, resource, id, payload.to_owned())
        );
    }
    assert_eq!(rows.len(), 3, "no run adds a row twice");

    run(&mut host, statements("entity")).await;
    run(&mut host, statements("view")).await;
    old_readers_see_the_view(&mut host).await;
    a_history_reads_the_rows_of_its_entity_alone(&mut host).await;
}

async fn old_readers_see_the_view(host: &mut MySqlConnection) {
    let seen: Vec<(String, Option<String>, Option<i64>)> =
        query_as("SELECT event_id, entity_type, entity_id FROM maa_event_logging_behavior_trace ORDER BY event_id")
            .fetch_all(&mut *host)
            .await
            .expect("the view reads");
    let expected = [
        ("User", Some(42)),
        ("Report", None),
        ("Order", Some(i64::MAX)),
    ];
    for ((_, kind, id), expected) in seen.iter().zip(expected) {
        assert_eq!((kind.as_deref(), *id), (Some(expected.0), expected.1));
    }
    assert_eq!(seen.len(), 3);
}

/// Adds rows of other entities, and lets the server explain a history in the view.
async fn a_history_reads_the_rows_of_its_entity_alone(host: &mut MySqlConnection) {
    for (resource, times) in [("User", 200), ("Order", 800)] {
        let rows = format!(
            "INSERT INTO operational_activity (event_id, occurred_at, actor_type, action, resource, resource_id, payload) \
             WITH RECURSIVE numbers AS (SELECT 1 AS number UNION ALL SELECT number + 1 FROM numbers WHERE number < {times}) \
             SELECT UUID(), '2025-01-01' + INTERVAL number SECOND, 'USER', 'create', '{resource}', \
             IF(number % 3 = 0, CAST(UUID() AS CHAR), number % 20), '{{}}' FROM numbers"
        );
        let added = raw_sql(AssertSqlSafe(rows)).execute(&mut *host).await;
        added.expect("rows of other entities");
    }
    run(host, "ANALYZE TABLE operational_activity").await;
    // As PDO binds them: a number, or a text.
    for id in ["7", "'7'"] {
        let history = format!(
            "EXPLAIN FORMAT=JSON SELECT * FROM maa_event_logging_behavior_trace WHERE entity_type = 'User' AND \
             entity_id = {id} ORDER BY occurred_at DESC, id DESC LIMIT 50"
        );
        let plan: String = query_scalar(AssertSqlSafe(history))
            .fetch_one(&mut *host)
            .await
            .expect("a plan");
        // MariaDB and MySQL name the key that is used in their own ways.
        let uses_key = ["key", "index_name"]
            .iter()
            .any(|name| plan.contains(&format!("\"{name}\": \"operational_activity_entity\"")));
        assert!(uses_key && !plan.contains("filesort"), "{plan}");
    }
}

#[test]
fn the_code_of_the_page_is_the_code_of_the_test() {
    let hidden = |line: &&str| !line.starts_with("# ");
    let blocks = ["code", "bring", "last"].map(|mark| block(mark, "rust,no_run"));
    let page: Vec<_> = blocks
        .iter()
        .flat_map(|block| block.lines().filter(hidden))
        .collect();
    let test: Vec<_> = include_str!("page.rs").lines().collect();
    let full = |lines: Vec<&'static str>| -> Vec<_> {
        lines.into_iter().filter(|line| !line.is_empty()).collect()
    };
    assert_eq!(full(page), full(test));
}

#[tokio::test]
async fn a_php_table_moves_over_on_mariadb() {
    a_php_table_moves_over(Database::on(Kind::MariaDb, "a_php_table_moves_over")).await;
}

#[tokio::test]
async fn a_php_table_moves_over_on_mysql() {
    a_php_table_moves_over(Database::on(Kind::MySql, "a_php_table_moves_over")).await;
}

#[tokio::test]
async fn a_php_table_with_our_name_moves_over_on_mariadb() {
    let test = "a_php_table_with_our_name_moves_over";
    a_php_table_with_our_name_moves_over(Database::on(Kind::MariaDb, test)).await;
}

#[tokio::test]
async fn a_php_table_with_our_name_moves_over_on_mysql() {
    let test = "a_php_table_with_our_name_moves_over";
    a_php_table_with_our_name_moves_over(Database::on(Kind::MySql, test)).await;
}
