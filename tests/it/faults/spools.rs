//! Rows 14, 16 and 18: what befalls the spool.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace_core::Sink;
use behavior_trace_runtime::{Recorder, Status};
use behavior_trace_servers::Kind;
use serde_json::json;

use super::load::{Acked, Load};
use super::report::Row;
use super::site::{RATE, Site, settle, wait};

/// The spool is ours whatever the server is: one kind will do.
const KIND: Kind = Kind::MariaDb;

#[test]
fn a_full_spool_drops_the_newest_and_counts_every_one() {
    let site = Site::new(KIND);
    let mut row = Row::new(14, "spool full", KIND);
    let mut config = site.config();
    config.spool_bytes = 2 << 20;
    config.queue_bytes = 1 << 20;
    let recorder = Recorder::start(config).expect("a good configuration");
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
    assert_eq!(recorder.health().status, Status::Red);
    let during = load.stop();
    row.during = Some(during.latency());
    acked.absorb(during);
    site.server.restart().expect("starts");
    row.recovery = settle(&recorder);
    let stats = recorder.stats();
    // Each event either went into the queue, and then into the table, or was told to be dropped.
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

#[test]
fn a_damaged_spool_is_set_aside_and_the_start_does_not_wait() {
    let site = Site::new(KIND);
    let mut row = Row::new(16, "spool damaged", KIND);
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

#[test]
fn two_recorders_of_one_directory_disturb_each_other_in_nothing() {
    let site = Site::new(KIND);
    let mut row = Row::new(18, "two recorders, one spool directory", KIND);
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
    // Only the first is left to deliver what the second left behind.
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
