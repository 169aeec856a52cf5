//! Imports from small tables, into SQLite and between servers.

use std::time::Duration;

use behavior_trace_servers::{Kind, Server};
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, SqliteConnection, query_as, raw_sql};
use tempfile::TempDir;

use super::*;
use crate::migrate::Migrations;

/// The old table on a server, and a file as the destination.
struct Site {
    old: DatabaseUrl,
    text: String,
    file: String,
    _directory: TempDir,
}

impl Site {
    /// Creates an empty database on the shared server, and the new table in a file.
    async fn new(kind: Kind, name: &str) -> Self {
        let server = Server::shared(kind).unwrap_or_else(|error| panic!("{error}"));
        let text = server
            .database(&format!("import_{name}"))
            .expect("a database");
        let directory = tempfile::tempdir().expect("a directory");
        let file = format!("sqlite:{}", directory.path().join("activity.db").display());
        let site = Self {
            old: text.parse().expect("a URL"),
            text,
            file,
            _directory: directory,
        };
        Migrations::new(&site.new_url())
            .run()
            .await
            .expect("migrates");
        site
    }

    fn new_url(&self) -> DatabaseUrl {
        self.file.parse().expect("a URL")
    }

    fn import(&self) -> Import {
        Import::new(&self.old, &self.new_url()).pause_factor(0)
    }

    /// Runs statements on the old table's database.
    async fn old(&self, script: impl Into<String>) {
        let mut connection = MySqlConnection::connect(&self.text)
            .await
            .expect("connects");
        let script = raw_sql(AssertSqlSafe(script.into()));
        script.execute(&mut connection).await.expect("runs");
    }

    /// Runs statements on the new table's database.
    async fn new_table(&self, script: &'static str) {
        let mut connection = SqliteConnection::connect(&self.file)
            .await
            .expect("connects");
        raw_sql(script)
            .execute(&mut connection)
            .await
            .expect("runs");
    }

    /// Returns time, action and resource id of each new row, in the order of their times.
    async fn rows(&self) -> Vec<(String, String, Option<String>)> {
        let mut connection = SqliteConnection::connect(&self.file)
            .await
            .expect("connects");
        let text = "SELECT occurred_at, action, resource_id FROM operational_activity ORDER BY occurred_at, id";
        query_as(text)
            .fetch_all(&mut connection)
            .await
            .expect("rows")
    }
}

/// Columns that all generations of the PHP package have.
const REST: &str = "event_id CHAR(36) NOT NULL, occurred_at DATETIME(6) NOT NULL, actor_type VARCHAR(32) NOT NULL, \
     actor_id BIGINT UNSIGNED NULL, action VARCHAR(128) NOT NULL, correlation_id CHAR(36) NULL, request_id VARCHAR(64) NULL, \
     route_name VARCHAR(255) NULL, ip_address VARCHAR(45) NULL, user_agent VARCHAR(512) NULL";

/// Returns the statement for a table of the third generation under a name, with rows of these ids, one second apart.
fn entities(table: &str, ids: &[u64]) -> String {
    let rows: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(place, id)| {
            let event = uuid::Uuid::from_u128(u128::from(*id) + 1);
            format!("({id}, '{event}', '2026-01-02 13:28:{place:02}', 'USER', 7, 'update', 'user', {place}, '{{}}')")
        })
        .collect();
    format!(
        "CREATE TABLE `{table}` (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, {REST}, entity_type VARCHAR(64) NULL, \
         entity_id BIGINT NULL, metadata JSON NOT NULL); \
         INSERT INTO `{table}` (id, event_id, occurred_at, actor_type, actor_id, action, entity_type, entity_id, metadata) \
         VALUES {}",
        rows.join(", ")
    )
}

/// The table of spatie's third version.
const SPATIE: &str = "CREATE TABLE activity_log (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, log_name VARCHAR(255) NULL, \
     description TEXT NOT NULL, subject_type VARCHAR(255) NULL, subject_id CHAR(36) NULL, causer_type VARCHAR(255) NULL, \
     causer_id CHAR(36) NULL, properties LONGTEXT NULL, created_at TIMESTAMP NULL)";

const G3: &str = "maa_event_logging_behavior_trace";

async fn ids_of_any_size_and_names_of_any_spelling_come_along(kind: Kind) {
    let site = Site::new(kind, "ids").await;
    site.old(entities("old ta``ble", &[1, 7, 1 << 63, u64::MAX - 1]))
        .await;
    let import = site.import().table("old ta`ble").generation(Generation::G3);
    let report = import
        .zone("Europe/Berlin")
        .run(|_| ())
        .await
        .expect("runs");
    assert_eq!(
        (report.read, report.stored, report.end_id),
        (4, 4, u64::MAX - 1)
    );
    assert_eq!(report.position.last_id(), u64::MAX - 1);
    let rows = site.rows().await;
    assert_eq!(rows.len(), 4);
    let first = (
        "2026-01-02 12:28:00.000000".into(),
        "user.update".into(),
        Some("0".into()),
    );
    assert_eq!(rows[0], first);
}

async fn what_is_missing_or_wrong_is_named_with_its_remedy(kind: Kind) {
    let site = Site::new(kind, "wrong").await;
    let refusal = async |import: Import| {
        let error = import.dry_run(|_| ()).await.expect_err("refused");
        assert!(
            !error.is_transient() && error.position().is_none(),
            "{error}"
        );
        error.to_string()
    };
    assert!(
        refusal(site.import())
            .await
            .contains("has no table `activity_log` or")
    );
    assert!(
        refusal(site.import().table("t"))
            .await
            .contains("no table `t`")
    );
    site.old("CREATE TABLE t (id INT, what INT)").await;
    let unknown = refusal(site.import().table("t")).await;
    assert!(
        unknown.contains("no known generation: id, what"),
        "{unknown}"
    );
    site.old(entities(G3, &[1])).await;
    assert!(
        refusal(site.import())
            .await
            .contains("give the zone of the writer")
    );
    assert!(
        refusal(site.import().zone("Mars/Olympus"))
            .await
            .contains("`Mars/Olympus`")
    );
    let zoned = || site.import().zone("UTC");
    assert!(
        refusal(zoned().session_zone("Mars/Olympus"))
            .await
            .contains("Mars/Olympus")
    );
    assert!(
        refusal(zoned().max_rows_per_second(0))
            .await
            .contains("at least 1")
    );
    let g1 = refusal(zoned().table(G3).generation(Generation::G1)).await;
    assert!(
        g1.contains("it has no resource, resource_id, payload"),
        "{g1}"
    );
    let other = Import::new(&site.new_url(), &site.old);
    assert!(
        refusal(other)
            .await
            .contains("the source is no MySQL or MariaDB")
    );
    zoned().dry_run(|_| ()).await.expect("nothing is wrong");

    // The old database has no table of the recorder.
    let error = Import::new(&site.old, &site.old)
        .zone("UTC")
        .run(|_| ())
        .await;
    let error = error.expect_err("no table").to_string();
    assert!(error.starts_with("the destination failed: "), "{error}");
}

async fn a_table_of_another_recorder_is_passed_over_and_refused_by_its_name(kind: Kind) {
    let site = Site::new(kind, "generations").await;
    site.old(format!("{SPATIE}; {}", entities(G3, &[1, 2])))
        .await;
    let import = || site.import().zone("UTC");
    let error = import().dry_run(|_| ()).await.expect_err("two tables");
    assert!(error.to_string().contains("name one of them"), "{error}");
    let php = import().generations([Generation::G1, Generation::G2, Generation::G3]);
    let report = php.clone().dry_run(|_| ()).await.expect("one table");
    assert_eq!((report.generation, report.read), (Generation::G3, 2));
    let error = php.table("activity_log").dry_run(|_| ()).await;
    let error = error.expect_err("another recorder's").to_string();
    assert!(
        error.contains("`activity_log` is of spatie-v4, and this import takes g1, g2, g3 alone"),
        "{error}"
    );
}

async fn the_recorders_own_table_is_refused(kind: Kind) {
    let site = Site::new(kind, "own").await;
    Migrations::new(&site.old).run().await.expect("migrates");
    let error = site
        .import()
        .table("operational_activity")
        .dry_run(|_| ())
        .await;
    let error = error.expect_err("its own").to_string();
    assert!(error.contains("the recorder's own table"), "{error}");
}

async fn a_position_resumes_its_own_import_and_no_other(kind: Kind) {
    let site = Site::new(kind, "position").await;
    site.old(entities(G3, &[1, 2, 3])).await;
    let import = site.import().zone("UTC");
    let first = import.run(|_| ()).await.expect("runs");
    site.old(entities("more", &[4, 5])).await;
    site.old(format!("INSERT INTO {G3} SELECT * FROM more"))
        .await;
    let resumed = import
        .clone()
        .resume(first.position.clone())
        .run(|_| ())
        .await;
    let resumed = resumed.expect("resumes");
    assert_eq!((resumed.read, resumed.position.last_id()), (2, 5));
    assert_eq!(site.rows().await.len(), 5);

    let position = || first.position.clone();
    for other in [
        site.import().zone("Europe/Berlin"),
        import.clone().origin("other"),
        import.clone().session_zone("+00:00"),
        import.clone().table("more").generation(Generation::G3),
        Import::new(&site.old, &site.old).zone("UTC"),
    ] {
        let error = other
            .resume(position())
            .dry_run(|_| ())
            .await
            .expect_err("another import");
        assert!(error.is_position(), "{error}");
    }
    // A row that was deleted proves nothing, but another one does.
    site.old(format!("DELETE FROM {G3} WHERE id = 3")).await;
    let resumed = import.clone().resume(position()).dry_run(|_| ()).await;
    assert_eq!(resumed.expect("resumes").read, 2);
    site.old(format!("UPDATE {G3} SET id = 3 WHERE id = 5"))
        .await;
    let error = import
        .resume(position())
        .dry_run(|_| ())
        .await
        .expect_err("another row");
    assert!(
        error.is_position() && error.to_string().contains("row 3"),
        "{error}"
    );
}

async fn times_of_laravel_are_read_in_the_zone_of_its_connection(kind: Kind) {
    let site = Site::new(kind, "session").await;
    site.old(format!(
        "{SPATIE}; SET time_zone = '+05:00'; \
         INSERT INTO activity_log (description, subject_type, subject_id, created_at) VALUES \
         ('updated', 'App\\\\User', '6d0f8b5e-6c1f-4c64-9c7e-000000000001', '2026-01-02 03:04:05')",
    ))
    .await;
    let import = site.import().zone("UTC").session_zone("+05:00");
    let report = import.run(|_| ()).await.expect("runs");
    assert_eq!(report.generation, Generation::SpatieV4);
    assert_eq!(
        site.rows().await,
        [(
            "2026-01-02 03:04:05.000000".to_owned(),
            "user.update".to_owned(),
            Some("6d0f8b5e-6c1f-4c64-9c7e-000000000001".to_owned())
        )]
    );
}

async fn a_row_that_the_destination_refuses_is_counted_and_the_others_are_stored(kind: Kind) {
    let site = Site::new(kind, "refused").await;
    site.old(entities(G3, &(1..=40).collect::<Vec<_>>())).await;
    site.new_table(
        "CREATE TRIGGER picky BEFORE INSERT ON operational_activity WHEN NEW.resource_id = '17' \
         BEGIN SELECT RAISE(ABORT, 'not seventeen'); END",
    )
    .await;
    let import = site.import().zone("UTC");
    let report = import.run(|_| ()).await.expect("runs");
    assert_eq!((report.read, report.stored, report.refused), (40, 39, 1));
    let note = report.notes.last().expect("a note");
    assert_eq!(
        (note.reason, note.rows, note.example_id),
        (ImportReason::Refused, 1, 18)
    );
    let answer = note.detail.as_deref().unwrap_or_default();
    assert!(answer.contains("not seventeen"), "{answer}");
    site.new_table("DROP TRIGGER picky").await;
    let again = import.run(|_| ()).await.expect("runs");
    assert_eq!((again.stored, again.refused), (40, 0));
    assert_eq!(site.rows().await.len(), 40);
}

async fn a_destination_that_refuses_every_row_ends_the_run(kind: Kind) {
    let site = Site::new(kind, "blamed").await;
    site.old(entities(G3, &(1..=40).collect::<Vec<_>>())).await;
    site.new_table(
        "CREATE TRIGGER closed BEFORE INSERT ON operational_activity BEGIN SELECT RAISE(ABORT, 'closed'); END",
    )
    .await;
    let error = site
        .import()
        .zone("UTC")
        .run(|_| ())
        .await
        .expect_err("ends");
    assert!(error.to_string().contains("closed"), "{error}");
    assert_eq!(error.position().expect("its position").last_id(), 0);
}

macro_rules! on_both {
    ($($test:ident)*) => {
        mod mariadb {
            $(#[tokio::test] async fn $test() { super::$test(behavior_trace_servers::Kind::MariaDb).await; })*
        }
        mod mysql {
            $(#[tokio::test] async fn $test() { super::$test(behavior_trace_servers::Kind::MySql).await; })*
        }
    };
}

on_both! {
    ids_of_any_size_and_names_of_any_spelling_come_along
    what_is_missing_or_wrong_is_named_with_its_remedy
    a_table_of_another_recorder_is_passed_over_and_refused_by_its_name
    the_recorders_own_table_is_refused
    a_position_resumes_its_own_import_and_no_other
    times_of_laravel_are_read_in_the_zone_of_its_connection
    a_row_that_the_destination_refuses_is_counted_and_the_others_are_stored
    a_destination_that_refuses_every_row_ends_the_run
}

#[tokio::test]
async fn an_import_runs_in_a_task_of_any_thread() {
    let site = Site::new(Kind::MariaDb, "task").await;
    site.old(entities(G3, &[1, 2])).await;
    let import = site.import().zone("UTC");
    let run = tokio::spawn(async move { import.run(|_| ()).await });
    let report = run.await.expect("no panic").expect("runs");
    assert_eq!(report.stored, 2);
}

/// Kills the server after the first page, which has both tables, and starts it again meanwhile.
#[tokio::test]
async fn an_outage_in_the_middle_is_waited_for() {
    let server = Server::start(Kind::MariaDb).expect("a server of its own");
    let text = server.database("outage").expect("a database");
    let url: DatabaseUrl = text.parse().expect("a URL");
    Migrations::new(&url).run().await.expect("migrates");
    let mut connection = MySqlConnection::connect(&text).await.expect("connects");
    let script = entities(G3, &(1..=50).collect::<Vec<_>>());
    raw_sql(AssertSqlSafe(script))
        .execute(&mut connection)
        .await
        .expect("runs");
    // Pages of ten rows.
    let import = Import::new(&url, &url)
        .table(G3)
        .zone("UTC")
        .max_rows_per_second(10);
    let mut pages = 0;
    std::thread::scope(|scope| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        scope.spawn(|| {
            let run = import.run(|_| {
                pages += 1;
                if pages == 1 {
                    server.kill().expect("dies");
                    server.restart().expect("starts again");
                }
            });
            let report = runtime.expect("a runtime").block_on(run).expect("runs");
            assert_eq!((report.read, report.stored), (50, 50), "{report:?}");
        });
    });
    assert_eq!(pages, 5);
    server.kill().expect("dies");
    let error = import
        .max_outage(Duration::ZERO)
        .run(|_| ())
        .await
        .expect_err("no server");
    assert!(error.is_transient(), "{error}");
}
