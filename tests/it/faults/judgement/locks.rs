//! H1, H2, H3: a store that answers reads, but whose INSERTs hang or are refused because of another session's lock.

use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::{Config, DatabaseUrl, ErrorOutput};
use behavior_trace::retention::Partitions;
use behavior_trace_servers::Kind;
use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, Row as _};

use super::others::OtherSession;
use super::trial::Trial;
use super::{lasts, limit, side_by_side};
use crate::faults::report::Row;
use crate::faults::site::{Site, migrate};
use crate::faults::{on_both, rounds};

on_both! {
    a_read_lock_alters_no_row => super::read_lock;
    a_backup_under_a_global_read_lock_alters_no_row => super::backup;
    changing_the_layout_of_a_large_table_alters_no_row => super::partitions;
}

/// Words of the health cause for a store that hangs behind a lock.
const HANGS: [&str; 6] = [
    "lock",
    "busy",
    "timed out",
    "timeout",
    "no answer",
    "max_statement_time",
];

fn read_lock(kind: Kind) {
    side_by_side(kind, |kind| {
        locked(
            kind,
            "H1 read lock",
            "LOCK TABLES {activity} READ",
            lasts(4, 130),
        );
    });
}

fn backup(kind: Kind) {
    side_by_side(kind, |kind| {
        locked(
            kind,
            "H1b global read lock of a backup",
            "FLUSH TABLES WITH READ LOCK",
            lasts(4, 60),
        );
    });
}

/// Records one event alone behind a lock, then some more.
fn locked(kind: Kind, fault: &'static str, lock: &str, time: Duration) {
    let site = Site::new(kind);
    let mut other = OtherSession::new(&site);
    let mut trial = Trial::on(&site, 101, fault);
    trial.connect();
    other.sql(&[lock]);
    trial.record("alone");
    trial.suffer(time / 2, &HANGS);
    let load = trial.load("during", 500);
    trial.suffer(time / 2, &HANGS);
    trial.absorb(load);
    other.sql(&["UNLOCK TABLES"]);
    trial.recover();
    trial.conclude();
}

/// Converts the table to partitions, which rebuilds it while INSERTs wait.
fn partitions(kind: Kind) {
    let site = Site::new(kind);
    let rows = rounds(200_000, 2_000_000);
    fill(&site, rows);
    let mut trial = Trial::with(
        &site,
        103,
        "H3 our own change to partitions under a short timeout",
        |config| {
            config.statement_timeout = Duration::from_millis(300);
        },
    );
    trial.connect();
    let url: DatabaseUrl = site.url.parse().expect("a good URL");
    let begun = Instant::now();
    let adopting = thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(Partitions::daily(&url).convert())
    });
    let running = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'ALTER%'";
    trial.wait(Duration::from_secs(5), |_| {
        site.sql(running).trim() != "0" || adopting.is_finished()
    });
    // First a batch of one row, since earlier code blamed such a row for the fault.
    trial.record("alone");
    trial.wait(lasts(1, 20), |_| adopting.is_finished());
    let load = trial.load("during", 500);
    trial.wait(Duration::from_mins(5), |_| adopting.is_finished());
    let took = begun.elapsed();
    let adopted = adopting.join().expect("it ends");
    assert!(adopted.expect("the server changes the layout"));
    let noticed = trial.has_noticed() || took < Duration::from_secs(2);
    trial
        .row
        .promise(noticed, || format!("health was green for all of {took:?}"));
    trial.absorb(load);
    trial.row.extra = json!({"rows_before": rows, "took_ms": took.as_millis()});
    trial.recover();
    trial.conclude();
}

/// Inserts a row of another resource, and doubles the rows until there are enough.
fn fill(site: &Site, wanted: u32) {
    let columns = "event_id, occurred_at, actor_type, action, resource, resource_id, payload";
    let values = "UUID(), NOW(6), 'SYSTEM', 'stock.fill', 'Stock', '1', '{}'";
    site.sql(&format!(
        "INSERT INTO operational_activity ({columns}) VALUES ({values})"
    ));
    let mut rows = 1;
    while rows < wanted {
        let more = rows.min(wanted - rows);
        site.sql(&format!(
            "INSERT INTO operational_activity ({columns}) SELECT {values} FROM operational_activity LIMIT {more}"
        ));
        rows += more;
    }
}

#[test]
fn sqlite_under_the_lock_of_another_process_alters_no_row() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", directory.path().join("activity.db").display());
    migrate(&url);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let connect = || runtime.block_on(SqliteConnection::connect(&url));
    let mut config = Config::default();
    config.database_url = Some(url.parse().expect("a good URL"));
    config.spool_dir = Some(directory.path().join("spool"));
    config.statement_timeout = limit();
    config.error_output = ErrorOutput::Off;
    let table = || {
        let mut reader = connect().expect("connects");
        let rows = reader.fetch_all("SELECT resource_id, payload FROM operational_activity");
        let rows = runtime.block_on(rows).expect("it answers");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let row = Row::on(102, "H2 write lock of another process", "SQLite");
    let mut trial = Trial::of(row, config, Box::new(table));
    trial.connect();
    let mut other = connect().expect("connects");
    let locked = runtime.block_on(other.execute("BEGIN IMMEDIATE"));
    locked.expect("there is no other writer");
    trial.record("alone");
    trial.suffer(lasts(3, 50), &HANGS);
    let load = trial.load("during", 500);
    trial.suffer(lasts(3, 50), &HANGS);
    trial.absorb(load);
    let unlocked = runtime.block_on(other.execute("ROLLBACK"));
    unlocked.expect("it rolls back");
    trial.recover();
    trial.conclude();
}
