//! `outage URL FOLDER ROWS` measures three rates: the rate at which the spool in FOLDER takes rows while no server is
//! available, the rate at which it is emptied beside live traffic once the server at URL is available, and the rate without
//! an outage.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::Overflow;
use behavior_trace_benches::stories::Stories;
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::prelude::*;

/// An address without a server.
const NOWHERE: &str = "mysql://nobody@127.0.0.1:1/nothing";
const DEADLINE: Duration = Duration::from_mins(5);
/// A workflow of four events every 2 ms: 2000 events a second.
const PACE: Duration = Duration::from_millis(2);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [url, folder, rows] = words.as_slice() else {
        return Err("usage: outage URL FOLDER ROWS".into());
    };
    let (spool, rows) = (Path::new(folder), rows.parse()?);
    fill(spool, rows)?;
    drain(url, spool, rows)?;
    println!("peak_mib {}", peak_mib()?);
    ingest(url, rows)
}

fn recorder(url: &str, spool: &Path) -> Result<BehaviorTrace, Box<dyn Error>> {
    Ok(BehaviorTrace::builder()
        .database_url(url)
        .migrate(true)
        .spool_dir(spool)
        .overflow(Overflow::Wait(DEADLINE))
        .build()?)
}

fn around(trace: &BehaviorTrace) -> Dispatch {
    Dispatch::new(tracing_subscriber::registry().with(trace.layer()))
}

fn fill(spool: &Path, rows: u32) -> Result<(), Box<dyn Error>> {
    let trace = recorder(NOWHERE, spool)?;
    let mut stories = Stories::new();
    let begun = Instant::now();
    with_default(&around(&trace), || {
        (0..rows / 4).for_each(|_| stories.tell().record());
    });
    let report = trace.flush_blocking(DEADLINE);
    let taken = begun.elapsed();
    if trace.stats().spooled != u64::from(rows) {
        return Err(format!("not everything is in the spool: {report}").into());
    }
    println!("spooled_per_s {}", f64::from(rows) / taken.as_secs_f64());
    let _ = trace.shutdown_blocking(DEADLINE);
    Ok(())
}

fn drain(url: &str, spool: &Path, rows: u32) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let trace = recorder(url, spool)?;
    let dispatch = around(&trace);
    let over = AtomicBool::new(false);
    let taken = thread::scope(|scope| {
        scope.spawn(|| {
            let mut stories = Stories::new();
            while !over.load(Ordering::Relaxed) {
                with_default(&dispatch, || stories.tell().record());
                thread::sleep(PACE);
            }
        });
        let drained = loop {
            thread::sleep(Duration::from_millis(5));
            let stats = trace.stats();
            if stats.recovered == u64::from(rows) && stats.spooled == 0 {
                break Ok(begun.elapsed());
            }
            if begun.elapsed() > DEADLINE {
                break Err(format!("the spool was not emptied: {stats:?}"));
            }
        };
        over.store(true, Ordering::Relaxed);
        drained
    })?;
    println!("drained_per_s {}", f64::from(rows) / taken.as_secs_f64());
    let report = trace.shutdown_blocking(DEADLINE);
    if !report.is_complete() {
        return Err(format!("live events were lost: {report}").into());
    }
    Ok(())
}

/// Inserts the same number of rows without a spool.
fn ingest(url: &str, rows: u32) -> Result<(), Box<dyn Error>> {
    let trace = BehaviorTrace::builder()
        .database_url(url)
        .overflow(Overflow::Wait(DEADLINE))
        .build()?;
    let mut stories = Stories::new();
    let begun = Instant::now();
    with_default(&around(&trace), || {
        (0..rows / 4).for_each(|_| stories.tell().record());
    });
    let report = trace.flush_blocking(DEADLINE);
    let taken = begun.elapsed();
    if trace.stats().stored != u64::from(rows) {
        return Err(format!("not everything was stored: {report}").into());
    }
    println!("ingested_per_s {}", f64::from(rows) / taken.as_secs_f64());
    let _ = trace.shutdown_blocking(DEADLINE);
    Ok(())
}

/// Returns the peak memory of this process in MiB.
fn peak_mib() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: f64 = kib.ok_or("no VmHWM in /proc/self/status")?.parse()?;
    Ok(kib / 1024.0)
}
