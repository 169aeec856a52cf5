//! Row 38 on SQLite: the processes of the writers are killed.
//!
//! One writer at a time has the file, so a transaction that stays open keeps the others waiting, and their rows go into the
//! spool meanwhile.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use behavior_trace::config::{Config, Durability, ErrorOutput, Pipeline};
use behavior_trace::spool::Spools;
use rustix::process::Signal;
use serde_json::json;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, raw_sql};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::Extent;
use super::followers::{Followers, Stored};
use super::writers::{HostRow, insertion};
use crate::faults::child::{Host, written};
use crate::faults::host::YOUNG;
use crate::faults::load::Acked;
use crate::faults::report::Row;
use crate::faults::site::{migrate, settle, wait};

/// Processes that write at the same time.
const HOSTS: usize = 3;
/// Time within which a recorder takes over the spools, which it looks for every 15 s.
const PATIENCE: Duration = Duration::from_mins(2);

#[test]
fn ten_followers_see_each_row_of_sqlite_once() {
    let extent = Extent::of_this_run();
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", directory.path().join("activity.db").display());
    migrate(&url);
    let runtime = Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let followers = Followers::start(&url, &extent);
    let mut hosts = Hosts::start(&url, directory);
    for round in 0..extent.kills as usize {
        wait(extent.load);
        hosts.kill(round % HOSTS);
    }
    let begun = Instant::now();
    let transaction = runtime.block_on(begin(&url));
    wait(extent.open);
    runtime.block_on(commit(transaction));
    let open = begun.elapsed();
    while runtime.block_on(count(&url)) < extent.rows {
        wait(extent.load);
    }
    let mut row = Row::on(38, "ten followers through kills", "SQLite");
    let (young, acked, recorder, directory) = hosts.end();
    runtime.block_on(drained(&directory.path().join("spool")));
    row.may_lose = young;
    row.recovery = settle(&recorder);
    let table = runtime.block_on(stored(&url));
    let comparison = runtime.block_on(followers.stop(&table));
    comparison.check(&mut row, extent.rows);
    row.extra = json!({
        "followed": comparison.report(), "kills": extent.kills, "open_s": open.as_secs_f64(),
    });
    row.stats = recorder.stats();
    row.compare(&acked, runtime.block_on(occurrences(&url)));
    row.conclude();
}

/// Processes that record, with one spool directory.
struct Hosts {
    url: String,
    directory: TempDir,
    running: Vec<Host>,
    started: usize,
}

impl Hosts {
    fn start(url: &str, directory: TempDir) -> Self {
        let mut hosts = Self {
            url: url.to_owned(),
            directory,
            running: Vec::new(),
            started: 0,
        };
        for _ in 0..HOSTS {
            let host = hosts.another();
            hosts.running.push(host);
        }
        hosts
    }

    fn another(&mut self) -> Host {
        let log = self.log(self.started);
        self.started += 1;
        Host::at("slow", &self.url, &self.spool(), Durability::Spool, &log)
    }

    fn log(&self, number: usize) -> PathBuf {
        self.directory.path().join(format!("log-{number}"))
    }

    fn spool(&self) -> PathBuf {
        self.directory.path().join("spool")
    }

    /// Kills a process, and starts another in its place.
    fn kill(&mut self, place: usize) {
        self.running[place].signal(Signal::KILL);
        self.running[place] = self.another();
    }

    /// Kills all processes. Returns how many events may be gone with them, what they have recorded, and a recorder that takes
    /// over what they have left.
    fn end(mut self) -> (usize, Acked, Pipeline, TempDir) {
        for mut host in std::mem::take(&mut self.running) {
            host.signal(Signal::KILL);
        }
        let (mut young, mut acked) = (0, Vec::new());
        for number in 0..self.started {
            let (few, ids) = written(&self.log(number), YOUNG);
            young += few;
            acked.extend(ids);
        }
        let mut config = Config::default();
        config.database_url = Some(self.url.parse().expect("a good URL"));
        config.spool_dir = Some(self.spool());
        config.error_output = ErrorOutput::Off;
        let recorder = Pipeline::start(config).expect("a good configuration");
        let begun = Instant::now();
        while recorder.stats().recovered == 0 && begun.elapsed() < Duration::from_secs(3) {
            wait(Duration::from_millis(10));
        }
        (young, Acked::of(acked), recorder, self.directory)
    }
}

async fn connect(url: &str) -> SqliteConnection {
    SqliteConnection::connect(url).await.expect("a connection")
}

/// Stores rows in a transaction that stays open.
async fn begin(url: &str) -> SqliteConnection {
    let mut connection = connect(url).await;
    let wait = "PRAGMA busy_timeout = 60000";
    connection.execute(raw_sql(wait)).await.expect("it waits");
    let begin = "BEGIN IMMEDIATE";
    connection.execute(raw_sql(begin)).await.expect("begins");
    let rows: Vec<_> = (0..3).map(|_| HostRow::draw()).collect();
    let insert = raw_sql(AssertSqlSafe(insertion(&rows)));
    connection.execute(insert).await.expect("stores");
    connection
}

async fn commit(mut transaction: SqliteConnection) {
    let commit = transaction.execute(raw_sql("COMMIT")).await;
    commit.expect("commits");
}

/// Returns the number of rows. It may be less than the highest id.
async fn count(url: &str) -> usize {
    let mut connection = connect(url).await;
    let count = "SELECT COUNT(*) FROM operational_activity";
    let row = connection.fetch_one(count).await.expect("it answers");
    usize::try_from(row.get::<i64, _>(0)).expect("a number")
}

/// Waits until a recorder has taken over and stored what the killed processes have left.
async fn drained(spool: &Path) {
    let begun = Instant::now();
    loop {
        let slots = Spools::new(spool).list().await.expect("the slots");
        if slots.iter().all(|slot| slot.rows == Some(0)) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{slots:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Returns the number of occurrences of each recorded event.
async fn occurrences(url: &str) -> HashMap<String, u64> {
    let mut connection = connect(url).await;
    let counts = "SELECT resource_id, COUNT(*) FROM operational_activity GROUP BY resource_id";
    let rows = connection.fetch_all(counts).await.expect("it answers");
    let count = |row: &SqliteRow| (row.get(0), row.get::<i64, _>(1).unsigned_abs());
    rows.iter().map(count).collect()
}

async fn stored(url: &str) -> Vec<Stored> {
    let mut connection = connect(url).await;
    let all = "SELECT id, event_id, resource FROM operational_activity ORDER BY id";
    let rows = connection.fetch_all(all).await.expect("it answers");
    let stored = |row: &SqliteRow| Stored {
        id: row.get::<i64, _>(0).unsigned_abs(),
        event: row.get::<String, _>(1).parse().expect("a UUID"),
        resource: row.get(2),
    };
    rows.iter().map(stored).collect()
}
