//! Applications in PHP that record, for the tests of the way from PHP.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use behavior_trace_servers::{Kind, Php};
use sqlx::{AssertSqlSafe, query_scalar, raw_sql};

use crate::database::Database;

/// Name of a generation, and the statement that creates its table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generation(&'static str, &'static str);

pub(crate) const G1: Generation = Generation("g1", include_str!("../php/schema/g1.sql"));
pub(crate) const G2: Generation = Generation("g2", include_str!("../php/schema/g2.sql"));
pub(crate) const G3: Generation = Generation("g3", include_str!("../php/schema/g3.sql"));
pub(crate) const SPATIE_V4: Generation =
    Generation("spatie-v4", include_str!("../php/schema/spatie-v4.sql"));
pub(crate) const SPATIE_V5: Generation =
    Generation("spatie-v5", include_str!("../php/schema/spatie-v5.sql"));

impl Generation {
    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// Returns the name of the table.
    pub(crate) fn table(self) -> &'static str {
        let after = self.1.strip_prefix("CREATE TABLE ");
        let name = after.and_then(|after| after.split(' ').next());
        name.expect("the statement of a table")
    }

    /// Returns the names of the columns.
    pub(crate) fn columns(self) -> Vec<&'static str> {
        let words = self
            .1
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split(' ').next());
        words
            .filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
            .collect()
    }

    /// Creates the generation's table.
    pub(crate) async fn create_table(self, database: &Database) {
        let made = raw_sql(self.1).execute(&mut database.mysql().await).await;
        made.expect("the table of the generation");
    }

    /// Returns a command that records `rows` rows. Add further options of `tests/php/record.php`.
    pub(crate) fn recorder(self, database: &Database, rows: u32) -> Command {
        let php = Php::find().unwrap_or_else(|error| panic!("{error}"));
        let made = php.recorder(&script("record.php"), self.0, database.text());
        let mut command = made.unwrap_or_else(|error| panic!("{error}"));
        command.arg(format!("--rows={rows}"));
        command.stdin(Stdio::null());
        command
    }

    /// Creates the table and records `rows` rows into it.
    pub(crate) async fn fill(self, database: &Database, rows: u32) {
        self.create_table(database).await;
        run(self.recorder(database, rows).arg("--transaction=500"));
    }
}

/// Reads the table of the first generation in PHP. Returns the numbers of rows and of broken payloads.
pub(crate) fn read(database: &Database) -> String {
    let php = Php::find().unwrap_or_else(|error| panic!("{error}"));
    let options = Php::options(database.text()).unwrap_or_else(|error| panic!("{error}"));
    run(php.command(&script("read.php")).args(options))
}

/// Runs a script to its end, and returns its output.
pub(crate) fn run(script: &mut Command) -> String {
    let output = script.output().expect("PHP starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/php")
        .join(name)
}

async fn each_generation_records(kind: Kind) {
    for (generation, table) in [
        (G1, "operational_activity"),
        (G2, "operational_activity"),
        (G3, "maa_event_logging_behavior_trace"),
        (SPATIE_V4, "activity_log"),
        (SPATIE_V5, "activity_log"),
    ] {
        let database = Database::on(kind, "each_generation_records");
        generation.fill(&database, 60).await;
        run(generation.recorder(&database, 40).arg("--from=60"));
        let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let rows: i64 = query_scalar(count)
            .fetch_one(&mut database.mysql().await)
            .await
            .expect("a count");
        assert_eq!(rows, 100, "{generation:?}");
    }
}

#[tokio::test]
async fn each_generation_records_on_mariadb() {
    each_generation_records(Kind::MariaDb).await;
}

#[tokio::test]
async fn each_generation_records_on_mysql() {
    each_generation_records(Kind::MySql).await;
}

/// The hour that daylight saving time repeats is written twice, as the original's clock does.
#[tokio::test]
async fn the_third_generation_writes_the_repeated_hour_of_its_zone_twice() {
    let database = Database::on(
        Kind::MariaDb,
        "the_third_generation_writes_the_repeated_hour",
    );
    G3.create_table(&database).await;
    // Four rows, from 00:30 UTC on, half an hour apart.
    run(G3
        .recorder(&database, 4)
        .args(["--start=1761438600", "--step=1800000000"]));
    let times: Vec<String> = query_scalar(
        "SELECT DATE_FORMAT(occurred_at, '%H:%i') FROM maa_event_logging_behavior_trace ORDER BY id",
    )
    .fetch_all(&mut database.mysql().await)
    .await
    .expect("the times");
    assert_eq!(times, ["02:30", "02:00", "02:30", "03:00"]);
}
