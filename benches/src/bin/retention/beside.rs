//! Windows with retention and without, in turn, beside a writer that never stops.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::{Retention, RetentionError};
use behavior_trace::schema::Migrations;
use behavior_trace_benches::spread;
use sqlx::{Connection as _, MySqlConnection};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

use crate::live::{ActiveLayer, Batch};
use crate::{KEEP, fill, redo, runtime};

/// The work beside the writer in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Alone,
    Delete,
    Archive,
}

const WAYS: [Way; 3] = [Way::Alone, Way::Delete, Way::Archive];

/// The order of each round. Six rounds have every order once, so that a window affects all others alike.
const ORDERS: [[Way; 3]; 6] = [
    [Way::Alone, Way::Delete, Way::Archive],
    [Way::Delete, Way::Alone, Way::Archive],
    [Way::Delete, Way::Archive, Way::Alone],
    [Way::Archive, Way::Delete, Way::Alone],
    [Way::Archive, Way::Alone, Way::Delete],
    [Way::Alone, Way::Archive, Way::Delete],
];

/// Duration of a window, and of the part at its beginning that belongs to the one before.
const WINDOW: Duration = Duration::from_secs(25);
const SETTLING: Duration = Duration::from_secs(5);
/// Interval of checks in the warm-up, and its maximum duration.
const GLANCE: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_mins(2);

/// The results of the windows of one way.
#[derive(Debug, Default)]
struct Seen {
    batches: Vec<Duration>,
    rows: u64,
    lasted: Duration,
}

/// The results of a window.
struct Window {
    batches: Vec<Batch>,
    rows: u64,
    lasted: Duration,
    /// The flag that no old rows are left.
    ended: bool,
}

pub(crate) fn run(
    url: &str,
    folder: &Path,
    rows: u64,
    rounds: usize,
    rest: Option<u32>,
) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    let of_url: DatabaseUrl = url.parse()?;
    runtime.block_on(Migrations::new(&of_url).run())?;
    runtime.block_on(fill(url, folder, rows))?;
    let mut live = ActiveLayer::begin(url)?;
    spread::print("fresh_", warm_up(url, &runtime, &mut live)?);

    let rest = rest.unwrap_or(Retention::DEFAULT_PAUSE_FACTOR);
    let mut seen = WAYS.map(|_| Seen::default());
    'windows: for order in ORDERS.iter().cycle().take(rounds) {
        for way in *order {
            let retention = match way {
                Way::Alone => None,
                Way::Delete => Some(Retention::delete(&of_url, KEEP).pause_factor(rest)),
                Way::Archive => Some(Retention::archive(&of_url, KEEP).pause_factor(rest)),
            };
            let window = window(&runtime, &mut live, retention.as_ref())?;
            seen[way as usize].add(way, &window);
            if window.ended {
                eprintln!("  no old rows are left; give it more ROWS for more windows");
                break 'windows;
            }
        }
    }
    let [alone, delete, archive] = seen;
    spread::print("alone_", alone.batches);
    delete.print("delete_");
    archive.print("archive_");
    live.end()
}

/// Runs the writer until the redo log has been filled once. Before that a server may postpone the writing of its pages, so a
/// writer alone looks better than it ever does again. Returns the durations of the batches in that time, for comparison.
fn warm_up(
    url: &str,
    runtime: &Runtime,
    live: &mut ActiveLayer,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut connection = runtime.block_on(MySqlConnection::connect(url))?;
    let capacity = runtime.block_on(redo::capacity(&mut connection))?;
    let before = runtime.block_on(redo::written(&mut connection))?;
    let begun = Instant::now();
    let mut taken = Vec::new();
    loop {
        let glance = Instant::now();
        let batches = live.batches(|| glance.elapsed() >= GLANCE)?;
        taken.extend(batches.iter().map(|batch| batch.taken));
        let written = runtime.block_on(redo::written(&mut connection))? - before;
        let seconds = begun.elapsed().as_secs();
        if written >= capacity || begun.elapsed() >= LONGEST {
            eprintln!(
                "  warmed up in {seconds} s: {written} bytes of redo log, which holds {capacity}"
            );
            return Ok(taken);
        }
    }
}

fn window(
    runtime: &Runtime,
    live: &mut ActiveLayer,
    retention: Option<&Retention>,
) -> Result<Window, Box<dyn Error>> {
    let over = AtomicBool::new(false);
    let begun = Instant::now();
    thread::scope(|scope| {
        let taking =
            retention.map(|retention| scope.spawn(|| runtime.block_on(take(retention, &over))));
        let ended = || taking.as_ref().is_some_and(ScopedJoinHandle::is_finished);
        let batches = live.batches(|| begun.elapsed() >= WINDOW || ended());
        let ended = ended();
        over.store(true, Ordering::Relaxed);
        let rows = match taking.map(ScopedJoinHandle::join) {
            None => 0,
            Some(rows) => rows.map_err(|_| "retention panicked")??,
        };
        let mut batches = batches?;
        batches.retain(|batch| batch.begun - begun >= SETTLING);
        let lasted = begun.elapsed();
        Ok(Window {
            batches,
            rows,
            lasted,
            ended,
        })
    })
}

/// Removes rows until `over` is set, checked between two steps, or until none are left. Returns their number.
async fn take(retention: &Retention, over: &AtomicBool) -> Result<u64, RetentionError> {
    let (told, mut enough) = unbounded_channel();
    let run = retention.run(|so_far| {
        if over.load(Ordering::Relaxed) {
            // The receiver lives until the run is cancelled.
            let _ = told.send(so_far.rows);
        }
    });
    tokio::select! {
        report = run => report.map(|report| report.rows),
        Some(rows) = enough.recv() => Ok(rows),
    }
}

impl Seen {
    fn add(&mut self, way: Way, window: &Window) {
        let mut taken: Vec<_> = window.batches.iter().map(|batch| batch.taken).collect();
        taken.sort_unstable();
        let at = |percent| taken.get(taken.len() * percent / 100);
        eprintln!(
            "  {way:?}: p50 {:?}, p99 {:?} of {} batches, {} rows",
            at(50),
            at(99),
            taken.len(),
            window.rows
        );
        self.batches.append(&mut taken);
        self.rows += window.rows;
        self.lasted += window.lasted;
    }

    fn print(self, what: &str) {
        spread::print(what, self.batches);
        println!("{what}rows {}", self.rows);
        // The count comes from a short run.
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let rate = self.rows as f64 / self.lasted.as_secs_f64();
        println!("{what}rows_per_s {rate}");
    }
}
