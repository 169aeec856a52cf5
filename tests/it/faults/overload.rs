//! Row 27: more than the database can take, for long.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace_core::Sink;
use behavior_trace_runtime::Recorder;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::load::Load;
use super::proxy::Proxy;
use super::report::Row;
use super::rounds;
use super::site::{RATE, Site, settle, wait};

const QUEUE: usize = 16 << 20;

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "reads its memory from /proc")]
fn ten_times_too_much_is_dropped_counted_and_fills_no_memory() {
    let kind = Kind::MariaDb;
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let url = site
        .server
        .url_through(proxy.address, "faults")
        .expect("a URL");
    let mut row = Row::new(27, "ten times too much", kind);
    let mut config = site.config();
    config.database_url = Some(url.parse().expect("a good URL"));
    config.spool_dir = None;
    config.queue_bytes = QUEUE;
    let recorder = Recorder::start(config).expect("a good configuration");
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_secs(1));
    row.before = Some(acked.latency());
    // Two connections with a batch of 1000 rows each per answer: this is what the database can take.
    proxy.delay(Duration::from_millis(250));
    let seconds = rounds(3, 60);
    let begun = Instant::now();
    let load = Load::start(&sink, "during", 80_000);
    let mut most = 0;
    while begun.elapsed() < Duration::from_secs(seconds.into()) {
        let stats = recorder.stats();
        most = most.max(stats.in_memory);
        wait(Duration::from_millis(50));
    }
    let during = load.stop();
    row.during = Some(during.latency());
    acked.absorb(during);
    proxy.delay(Duration::ZERO);
    row.recovery = settle(&recorder);
    let stats = recorder.stats();
    assert_eq!(
        stats.accepted,
        acked.ids.len() as u64 + stats.dropped.queue_full
    );
    row.extra = json!({
        "seconds": seconds, "offered": stats.accepted, "dropped": stats.dropped.queue_full,
        "most_in_memory": most, "resident_bytes_at_the_end": resident(),
    });
    site.conclude(row, &recorder, &acked);
}

fn resident() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
