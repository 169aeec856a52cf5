//! Inserts through the public API: annotated calls, as fast as the queue accepts them, or paced.

use std::collections::HashMap;
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::Overflow;
use behavior_trace_benches::stories::{Stories, change, update};
use rustix::time::{ClockId, clock_gettime};
use sqlx::{Connection as _, MySqlConnection, Row as _};
use tracing_subscriber::prelude::*;

use crate::{Job, print_rate};

const DEADLINE: Duration = Duration::from_mins(5);
/// The interval between the events whose latency is measured.
const PACE: Duration = Duration::from_millis(10);

fn install(job: &Job) -> Result<BehaviorTrace, Box<dyn Error>> {
    let trace = BehaviorTrace::builder()
        .database_url(&job.url)
        .overflow(Overflow::Wait(DEADLINE))
        .build()?;
    tracing_subscriber::registry().with(trace.layer()).init();
    Ok(trace)
}

fn cpu(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// Measures the rate from the first call to the last stored row.
pub(crate) fn rate(job: &Job) -> Result<(), Box<dyn Error>> {
    let trace = install(job)?;
    // Connects first, so that no round begins with a handshake.
    let _ = trace.flush_blocking(DEADLINE);
    thread::sleep(Duration::from_millis(300));
    let mut stories = Stories::new();
    let everybody = cpu(ClockId::ProcessCPUTime);
    let caller = cpu(ClockId::ThreadCPUTime);
    let begun = Instant::now();
    for _ in 0..job.rows / 4 {
        stories.tell().record();
    }
    let _ = trace.flush_blocking(DEADLINE);
    let taken = begun.elapsed();
    let caller = cpu(ClockId::ThreadCPUTime).saturating_sub(caller);
    let writer = cpu(ClockId::ProcessCPUTime).saturating_sub(everybody + caller);
    let stats = trace.stats();
    if stats.stored != u64::from(job.rows) {
        return Err(format!("not everything was stored: {stats:?}").into());
    }
    print_rate(job.rows, taken);
    println!(
        "writer_us {}",
        writer.as_secs_f64() * 1e6 / f64::from(job.rows)
    );
    println!(
        "caller_us {}",
        caller.as_secs_f64() * 1e6 / f64::from(job.rows)
    );
    Ok(())
}

/// Measures the time from a call until another connection sees its row, one call every 10 ms.
pub(crate) async fn latency(job: &Job) -> Result<(), Box<dyn Error>> {
    let trace = install(job)?;
    let _ = trace.flush(DEADLINE).await;
    let calls = u64::from(job.rows);
    let calling = thread::spawn(move || {
        let mut called = HashMap::new();
        for id in 1..=calls {
            thread::sleep(PACE);
            called.insert(id, Instant::now());
            update(id, &change(id));
        }
        called
    });
    let mut connection = MySqlConnection::connect(&job.url).await?;
    let mut seen = HashMap::new();
    let mut last = 0_u64;
    while (seen.len() as u64) < calls {
        let query = sqlx::query(
            "SELECT id, resource_id FROM operational_activity WHERE id > ? ORDER BY id",
        );
        for row in query.bind(last).fetch_all(&mut connection).await? {
            last = row.try_get(0)?;
            seen.insert(row.try_get::<String, _>(1)?.parse::<u64>()?, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let called = calling.join().map_err(|_| "the caller panicked")?;
    let mut waits: Vec<Duration> = called
        .iter()
        .filter_map(|(id, at)| Some(*seen.get(id)? - *at))
        .collect();
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100].as_secs_f64() * 1e3;
    println!("visible_ms_p50 {}", at(50));
    println!("visible_ms_p99 {}", at(99));
    Ok(())
}
