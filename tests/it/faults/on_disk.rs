//! Rows 14 and 16 to 18: faults of the spool.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::Pipeline;
use behavior_trace::health::HealthStatus;
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, raw_sql};

use super::load::{Acked, Load};
use super::on_both;
use super::report::Row;
use super::site::{RATE, Site, settle, wait};

on_both! {
    mysql in earnest;
    a_full_spool_drops_the_newest_and_counts_every_one => super::full;
    a_damaged_spool_is_set_aside_and_the_start_does_not_wait => super::damaged;
    two_recorders_of_one_directory_disturb_each_other_in_nothing => super::shared;
}

fn full(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(14, "spool full", kind);
    let mut config = site.config();
    config.spool_bytes = 2 << 20;
    config.queue_bytes = 1 << 20;
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
    row.before = Some(acked.latency());
    site.server.stop().expect("stops");
    let load = Load::start(&sink, "during", 20_000);
    let begun = Instant::now();
    while recorder.stats().dropped.queue_full < 1000 {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{:?}",
            recorder.stats()
        );
        wait(Duration::from_millis(20));
    }
    assert_eq!(recorder.health().status, HealthStatus::Unhealthy);
    let during = load.stop();
    row.during = Some(during.latency());
    acked.absorb(during);
    site.server.restart().expect("starts");
    row.recovery = settle(&recorder);
    let stats = recorder.stats();
    // Each event went through the queue into the table, or was counted as dropped.
    assert_eq!(
        stats.accepted,
        acked.ids.len() as u64 + stats.dropped.queue_full
    );
    assert_eq!(stats.stored, acked.ids.len() as u64);
    assert!(
        stats.losses.iter().any(|loss| loss.reason.contains("full")),
        "{stats:?}"
    );
    site.conclude(row, &recorder, &acked);
}

fn damaged(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(16, "spool damaged", kind);
    site.server.stop().expect("stops");
    let first = site.start();
    let sink: Arc<dyn Sink> = first.sink();
    let old = Load::during(&sink, "old", RATE, Duration::from_secs(1));
    let report = first.shutdown_blocking(Duration::from_secs(5));
    assert_eq!(report.spooled, old.ids.len() as u64);
    let path = site.spool.path().join("0/spool.db");
    let mut bytes = fs::read(&path).expect("readable");
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xff);
    fs::write(&path, bytes).expect("writable");

    let begun = Instant::now();
    let recorder = site.start();
    let start = begun.elapsed();
    assert!(start < Duration::from_secs(1), "start took {start:?}");
    let sink: Arc<dyn Sink> = recorder.sink();
    let acked: Acked = Load::during(&sink, "new", RATE, Duration::from_secs(1));
    row.during = Some(acked.latency());
    site.server.restart().expect("starts");
    row.recovery = settle(&recorder);
    let saved = recorder.stats().recovered;
    let told = site.faults.lock().expect("no hook panics").join("\n");
    assert!(told.contains("were saved"), "{told}");
    assert!(saved > 0 && saved <= old.ids.len() as u64, "{saved}");
    row.extra =
        json!({"rows_before": old.ids.len(), "rows_saved": saved, "start_ms": start.as_millis()});
    site.conclude(row, &recorder, &acked);
}

fn shared(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(18, "two recorders, one spool directory", kind);
    site.server.stop().expect("stops");
    let (first, second) = (site.start(), site.start());
    let mut acked = Load::during(&first.sink(), "first", RATE, Duration::from_secs(1));
    acked.absorb(Load::during(
        &second.sink(),
        "second",
        RATE,
        Duration::from_secs(1),
    ));
    row.during = Some(acked.latency());
    let left = second.shutdown_blocking(Duration::from_secs(5));
    assert!(left.is_complete() && left.spooled > 0, "{left:?}");
    // Only the first recorder is left to deliver the rows that the second left behind.
    site.server.restart().expect("starts");
    let begun = Instant::now();
    while first.stats().recovered < left.spooled {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{:?}",
            first.stats()
        );
        wait(Duration::from_millis(50));
    }
    row.recovery = settle(&first);
    row.extra = json!({"adopted": first.stats().recovered});
    site.conclude(row, &first, &acked);
}

/// Spools in the formats of earlier releases, with two rows each.
const FORMAT_1: &str = include_str!("spool-format-1.sql");
const FORMAT_2: &str = include_str!("spool-format-2.sql");

#[test]
fn spools_of_other_releases_are_emptied_or_left_alone() {
    let kind = Kind::MariaDb;
    let site = Site::new(kind);
    let mut row = Row::new(17, "spools of an older, this and a later release", kind);
    plant(&site, 0, FORMAT_1);
    plant(&site, 1, FORMAT_2);
    let later = plant(&site, 2, &format!("{FORMAT_2} PRAGMA user_version = 99;"));
    let untouched = fs::read(&later).expect("readable");
    let recorder = site.start();
    let begun = Instant::now();
    while recorder.stats().recovered < 4 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{:?}",
            recorder.stats()
        );
        wait(Duration::from_millis(10));
    }
    row.recovery = settle(&recorder);
    let ids = ["first-1", "first-2", "second-1", "second-2"];
    let acked = Acked::of(ids.map(str::to_owned).to_vec());
    let stored = site.sql(
        "SELECT occurred_at, actor_id, HEX(payload) LIKE '%F09F9880%' FROM operational_activity WHERE resource_id = 'first-2'",
    );
    assert_eq!(stored.trim(), "2023-11-14 22:13:20.000002\t-7\t1");
    let told = || site.faults.lock().expect("no hook panics").join("\n");
    while !told().contains("a later release wrote it") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", told());
        wait(Duration::from_millis(10));
    }
    assert_eq!(fs::read(&later).expect("readable"), untouched);
    row.extra = json!({"recovered": recorder.stats().recovered});
    site.conclude(row, &recorder, &acked);
}

/// Puts a spool into a slot, as a dead process would have left it.
fn plant(site: &Site, slot: usize, script: &str) -> PathBuf {
    let directory = site.spool.path().join(slot.to_string());
    let file = directory.join("spool.db");
    fs::create_dir(&directory).expect("a slot");
    let set =
        |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
    set(&directory, 0o700);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let mut spool = options.connect().await.expect("a file");
        let script = raw_sql(sqlx::AssertSqlSafe(script.to_owned()));
        script.execute(&mut spool).await.expect("a sound script");
        spool.close().await.expect("closes");
    });
    set(&file, 0o600);
    file
}
