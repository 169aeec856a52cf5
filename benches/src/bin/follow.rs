//! `follow URL PID PARTITIONS ROUNDS` measures the CPU time of the database server with process id PID while 1,000 rows a second
//! are recorded, alone and beside ten followers.
//!
//! Each round has a window of both, in changing order, on the same table. What followers add is the median of the rounds.
//! PARTITIONS is 0 for a table in one piece.

use std::env;
use std::error::Error;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::DatabaseUrl;
use behavior_trace::query::Reader;
use behavior_trace::retention::Partitions;
use behavior_trace_benches::stories::Stories;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::Dispatch;
use tracing::dispatcher::with_default;
use tracing_subscriber::prelude::*;

const FOLLOWERS: u32 = 10;
/// A workflow of four events every 4 ms: 1,000 rows a second.
const PACE: Duration = Duration::from_millis(4);
const WINDOW: Duration = Duration::from_secs(20);
/// Time before a window in which its load is already running.
const WARM_UP: Duration = Duration::from_secs(2);
/// Ticks of `/proc/PID/stat` per second, which Linux fixes for programs.
const TICKS: f64 = 100.0;
const DEADLINE: Duration = Duration::from_mins(1);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [url, pid, partitions, rounds] = words.as_slice() else {
        return Err("usage: follow URL PID PARTITIONS ROUNDS".into());
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let trace = BehaviorTrace::builder()
        .database_url(url.as_str())
        .migrate(true)
        .build()?;
    let url: DatabaseUrl = url.parse()?;
    // The table is there once a row is.
    around(&trace, |stories| stories.tell().record());
    if !trace.flush_blocking(DEADLINE).is_complete() {
        return Err("the first rows were not stored".into());
    }
    let partitions: u16 = partitions.parse()?;
    if partitions > 0 {
        let layout = Partitions::daily(&url);
        runtime.block_on(layout.convert())?;
        runtime.block_on(layout.create_ahead(partitions))?;
    }
    let over = AtomicBool::new(false);
    let rounds: usize = rounds.parse()?;
    thread::scope(|scope| {
        scope.spawn(|| write(&trace, &over));
        let measured = (0..rounds).map(|round| measure(&runtime, &url, pid, round));
        let added: Result<Vec<f64>, _> = measured.collect();
        over.store(true, Ordering::Relaxed);
        let mut added = added?;
        added.sort_by(f64::total_cmp);
        println!("added_percent {}", added[added.len() / 2]);
        Ok::<(), Box<dyn Error>>(())
    })?;
    let report = trace.shutdown_blocking(DEADLINE);
    if report.is_complete() {
        Ok(())
    } else {
        Err(format!("rows were lost: {report}").into())
    }
}

fn around(trace: &BehaviorTrace, work: impl FnOnce(&mut Stories)) {
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(trace.layer()));
    with_default(&dispatch, || work(&mut Stories::new()));
}

/// Records at a steady rate.
fn write(trace: &BehaviorTrace, over: &AtomicBool) {
    around(trace, |stories| {
        let begun = Instant::now();
        for number in 1_u32.. {
            if over.load(Ordering::Relaxed) {
                return;
            }
            stories.tell().record();
            thread::sleep((PACE * number).saturating_sub(begun.elapsed()));
        }
    });
}

fn measure(
    runtime: &Runtime,
    url: &DatabaseUrl,
    pid: &str,
    round: usize,
) -> Result<f64, Box<dyn Error>> {
    let alone = || runtime.block_on(window(pid, || 0));
    let followed = || {
        let followers = Followers::start(runtime, url);
        let measured = runtime.block_on(window(pid, || followers.rows.load(Ordering::Relaxed)));
        println!("given_up {}", followers.given_up.load(Ordering::Relaxed));
        measured
    };
    let (alone, followed) = if round.is_multiple_of(2) {
        let alone = alone()?;
        (alone, followed()?)
    } else {
        let followed = followed()?;
        (alone()?, followed)
    };
    println!("alone_percent {}", alone.percent);
    println!("followed_percent {}", followed.percent);
    println!("followed_rows_per_s {}", followed.rows);
    Ok(followed.percent - alone.percent)
}

/// Figures of a window.
struct Window {
    /// CPU time of the server, as a share of one core.
    percent: f64,
    /// Rows a second that each follower gave.
    rows: f64,
}

async fn window(pid: &str, rows: impl Fn() -> u64) -> Result<Window, Box<dyn Error>> {
    sleep(WARM_UP).await;
    let (begun, ticks_before, rows_before) = (Instant::now(), ticks(pid)?, rows());
    sleep(WINDOW).await;
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Window {
        percent: (ticks(pid)? - ticks_before) / TICKS / seconds * 100.0,
        rows: f64::from(u32::try_from(rows() - rows_before)?) / f64::from(FOLLOWERS) / seconds,
    })
}

/// Returns the CPU time of a process so far, of the user and of the system.
fn ticks(pid: &str) -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program may contain anything, but it ends with the last parenthesis.
    let (_, rest) = text.rsplit_once(") ").ok_or("no /proc/PID/stat")?;
    let ticks = rest.split(' ').skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()?)
}

/// Ten followers as ten processes would have them: each with a reader of its own, and the default intervals.
struct Followers {
    _running: JoinSet<()>,
    rows: Arc<AtomicU64>,
    /// Ids that were given up for lack of memory.
    given_up: Arc<AtomicU64>,
}

impl Followers {
    fn start(runtime: &Runtime, url: &DatabaseUrl) -> Self {
        let (rows, given_up) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let mut running = JoinSet::new();
        for _ in 0..FOLLOWERS {
            let (rows, given_up) = (Arc::clone(&rows), Arc::clone(&given_up));
            let mut follow = Reader::new(url).follow();
            let followed = async move {
                while follow.next().await.is_ok() {
                    rows.fetch_add(1, Ordering::Relaxed);
                    given_up.fetch_max(follow.gaps_given_up(), Ordering::Relaxed);
                }
            };
            running.spawn_on(followed, runtime.handle());
        }
        Self {
            _running: running,
            rows,
            given_up,
        }
    }
}
