//! Row 27: a long load beyond the database's capacity. It runs in a separate process, whose memory is measured.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::Durability;
use behavior_trace::config::Pipeline;
use behavior_trace::health::Stats;
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use serde_json::{Value, json};

use super::child::Host;
use super::load::{Latency, Load, Switches, record};
use super::proxy::Proxy;
use super::report::Row;
use super::site::{RATE, Site, settle, wait};
use super::{on_both, rounds};

on_both! {
    mysql in earnest;
    #[cfg_attr(not(target_os = "linux"), ignore = "reads its memory from /proc")]
    ten_times_too_much_is_dropped_counted_and_fills_no_memory => super::overload;
}

/// Delay of each response, so that the database takes less than a tenth of the load.
const ANSWER: Duration = Duration::from_millis(800);
/// Events per second of the load, or as many as this machine can produce. The queue is full when it begins.
const OFFERED: u32 = 200_000;

fn overload(kind: Kind) {
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy);
    let mut row = Row::new(27, "ten times too much", kind);
    let nowhere = site.spool.path().join("log");
    let mut host = Host::start("overload", &site, Durability::Memory, &nowhere);
    host.wait_for("calm");
    proxy.delay(ANSWER);
    host.wait_for("over");
    proxy.delay(Duration::ZERO);
    let told = host.wait_for("result ");
    host.wait();
    let told: Value = serde_json::from_str(&told).expect("what it saw");
    let number = |name: &str| told[name].as_u64().expect("a number");
    let (taken, dropped) = (number("taken"), number("dropped"));
    row.stats = Stats::default();
    row.stats.accepted = number("accepted");
    row.stats.stored = number("stored");
    row.stats.dropped.queue_full = dropped;
    row.before = Some(latency(&told["before"]));
    row.during = Some(latency(&told["during"]));
    row.recovery = Duration::from_millis(number("recovery_ms"));
    row.rows = site.rows();
    row.acked = usize::try_from(taken).expect("it fits");
    row.lost = row.acked.saturating_sub(row.rows.len());
    assert!(dropped > 0, "{told}");
    assert_eq!(number("accepted"), taken + dropped, "{told}");
    assert_eq!(number("stored"), taken, "{told}");
    assert!(number("offered_per_stored") >= 10, "{told}");
    let (grown, cap) = (number("grown_bytes"), number("cap_bytes"));
    row.extra = told;
    let most = cap + BESIDE;
    row.promise(grown <= most, || {
        format!("grown by {grown} bytes, {most} allowed")
    });
    row.conclude();
}

fn latency(told: &Value) -> Latency {
    let nanos = |name: &str| Duration::from_nanos(told[name].as_u64().unwrap_or_default());
    Latency {
        p50: nanos("p50"),
        p99: nanos("p99"),
        cpu_p99: nanos("cpu_p99"),
        calls: usize::try_from(told["calls"].as_u64().unwrap_or_default()).expect("it fits"),
        switches: Switches {
            waited: told["waited"].as_u64().unwrap_or_default(),
            preempted: told["preempted"].as_u64().unwrap_or_default(),
        },
    }
}

/// Memory allowed besides the queue, a tenth of its default limit: for the batches in progress, as rows and as statements.
const BESIDE: u64 = (64 << 20) / 10;

/// Returns the limit of the queue, which is the default if there is time to empty it again.
pub(crate) fn cap() -> usize {
    usize::try_from(rounds(16, 64)).expect("small") << 20
}

/// Runs the load in the other process.
pub(crate) fn host(recorder: &Pipeline) {
    let sink: Arc<dyn Sink> = recorder.sink();
    // Full batches on both connections, so that their memory is allocated before the measurement.
    for number in 0..20_000 {
        let id = format!("warm-{number}");
        assert!(record(&*sink, "order.update", &id, r#"{"note":"a load"}"#).0);
    }
    settle(recorder);
    let before = Load::counting(&sink, "before", RATE);
    wait(Duration::from_secs(1));
    let before = before.stop();
    settle(recorder);
    let (baseline, calm) = (resident(), recorder.stats());
    println!("calm");
    wait(Duration::from_millis(300));
    let filled = fill(&*sink);
    let seconds = rounds(3, 60);
    let begun = Instant::now();
    let load = Load::counting(&sink, "during", OFFERED);
    let (mut most, mut peak) = (0, baseline);
    while begun.elapsed() < Duration::from_secs(seconds.into()) {
        most = most.max(recorder.stats().in_memory);
        peak = peak.max(resident());
        wait(Duration::from_millis(20));
    }
    let during = load.stop();
    let over = recorder.stats();
    println!("over");
    let recovery = settle(recorder);
    let stats = recorder.stats();
    assert_eq!(stats.unaccounted(), 0, "{stats:?}");
    assert_eq!(stats.dropped.total(), stats.dropped.queue_full, "{stats:?}");
    let offered = over.accepted - calm.accepted;
    let told = json!({
        "seconds": seconds, "cap_bytes": cap(), "grown_bytes": peak - baseline, "baseline_bytes": baseline,
        "most_in_memory": most, "offered_per_second": offered / u64::from(seconds),
        "offered_per_stored": offered / (over.stored - calm.stored).max(1),
        "taken": 20_000 + before.taken + filled + during.taken, "accepted": stats.accepted, "stored": stats.stored,
        "dropped": stats.dropped.queue_full, "recovery_ms": recovery.as_millis(),
        "before": tell(before.latency()), "during": tell(during.latency()),
    });
    println!("result {told}");
}

/// Records events until there is no room. Returns their number.
fn fill(sink: &dyn Sink) -> u64 {
    let mut number = 0;
    while record(sink, "order.update", &format!("fill-{number}"), "{}").0 {
        number += 1;
    }
    number
}

fn tell(latency: Latency) -> Value {
    json!({
        "p50": latency.p50.as_nanos(), "p99": latency.p99.as_nanos(), "cpu_p99": latency.cpu_p99.as_nanos(),
        "calls": latency.calls, "waited": latency.switches.waited, "preempted": latency.switches.preempted,
    })
}

fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").expect("the kernel tells");
    let pages = text.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.map_or(0, |pages: u64| pages * 4096)
}
