//! Events in mapped buffers, beside events on the heap: the tail of a call's time, what the kernel does for it, and the
//! recovery after the process has ended.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::{Durability, ErrorOutput};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::cost::Figure;
use crate::ours::{event, in_context};

/// Place of the events until they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// The heap of the process.
    Heap,
    /// Files on a disk.
    Disk,
    /// Files on a tmpfs.
    Tmpfs,
}

/// A spool directory that is removed at the end.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Buffer {
    /// Returns the buffer of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "heap" => Some(Self::Heap),
            "disk" => Some(Self::Disk),
            "tmpfs" => Some(Self::Tmpfs),
            _ => None,
        }
    }

    fn folder(self) -> Folder {
        let root = match self {
            Self::Tmpfs => PathBuf::from("/dev/shm"),
            Self::Heap | Self::Disk => disk(),
        };
        Folder(root.join(format!("behavior-trace-bench-{}", process::id())))
    }

    /// Starts a recorder that keeps all rows in memory, and makes its layer the global one.
    pub(crate) fn install(self) -> (BehaviorTrace, Folder) {
        let folder = self.folder();
        let durability = match self {
            Self::Heap => Durability::Spool,
            Self::Disk | Self::Tmpfs => Durability::Mapped,
        };
        let recorder = BehaviorTrace::builder()
            .database_url("memory:")
            .spool_dir(&folder.0)
            .durability(durability)
            .build()
            .expect("a recorder in memory starts");
        registry().with(recorder.layer()).init();
        (recorder, folder)
    }
}

/// Returns a directory of the workspace, which is on a disk.
fn disk() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Bursts of events, and the pause between two of them: 25,000 events a second.
const BURSTS: u32 = 4000;
const BURST: u64 = 50;
const PAUSE: Duration = Duration::from_millis(2);

/// Measures the time of single calls under steady load, optionally beside a neighbour that syncs the disk all the time.
pub fn tail(buffer: Buffer, beside: bool) -> Vec<Figure> {
    let (_recorder, folder) = buffer.install();
    let stops = AtomicBool::new(false);
    let mut taken = Vec::with_capacity(1 << 18);
    thread::scope(|scope| {
        if beside {
            scope.spawn(|| neighbour(&folder, &stops));
        }
        in_context(&mut || {
            for _ in 0..BURSTS {
                for id in 0..BURST {
                    let begun = Instant::now();
                    event(id);
                    taken.push(begun.elapsed());
                }
                thread::sleep(PAUSE);
            }
        });
        stops.store(true, Ordering::Relaxed);
    });
    taken.sort_unstable();
    let at = |of_10_000: usize| {
        let place = (taken.len() * of_10_000 / 10_000).min(taken.len() - 1);
        taken[place].as_secs_f64() * 1e9
    };
    vec![
        ("p50", at(5000)),
        ("p99", at(9900)),
        ("p99.99", at(9999)),
        ("maximum", at(10_000)),
    ]
}

/// Writes and syncs on the disk until it is stopped.
fn neighbour(folder: &Folder, stops: &AtomicBool) {
    let path = disk().join(format!("behavior-trace-bench-neighbour-{}", process::id()));
    let mut file = File::create(&path).expect("room on the disk");
    // Beside the spool's own files, and not only on the same disk.
    let near = folder.0.join("neighbour");
    let block = vec![7; 256 << 10];
    while !stops.load(Ordering::Relaxed) {
        file.write_all(&block).expect("room on the disk");
        file.sync_all().expect("a disk that syncs");
        fs::write(&near, [7; 4096]).expect("room on the disk");
        File::open(&near)
            .and_then(|near| near.sync_all())
            .expect("a disk that syncs");
    }
    let _ = fs::remove_file(path);
}

/// Bursts of [`steady`] between its marks.
const STEADY: u64 = 100;
/// Events of one such burst: 10,000 a second.
const FEW: u64 = 20;

/// Records 2000 events after a warm-up, between two calls of `sched_yield`, which mark them in a trace of system calls. The
/// pauses between bursts are the only calls of the measurement itself. Returns the page faults of the recording thread per
/// event.
pub fn steady(buffer: Buffer) -> Vec<Figure> {
    let (_recorder, _folder) = buffer.install();
    let bursts = |number: u64| {
        for _ in 0..number {
            (0..FEW).for_each(event);
            thread::sleep(PAUSE);
        }
    };
    let mut figures = Vec::new();
    in_context(&mut || {
        bursts(5 * STEADY);
        let before = faults();
        thread::yield_now();
        bursts(STEADY);
        thread::yield_now();
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let each = (faults() - before) as f64 / (STEADY * FEW) as f64;
        figures.push(("faults", each));
    });
    figures
}

/// Returns the page faults of this thread so far.
fn faults() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let minor = fields.split_whitespace().nth(7);
    minor.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Size of what a dead process leaves.
const LEFT: usize = 64 << 20;
/// Size of the spool of that process, which soon takes no more.
const SPOOL: u64 = 2 << 20;

/// Records until 64 MiB of events are in mapped buffers only, and aborts.
///
/// # Panics
///
/// Panics if the recorder does not start.
pub fn leave(folder: &Path) {
    let recorder = BehaviorTrace::builder()
        .database_url("mysql://nobody@127.0.0.1:1/nothing")
        .spool_dir(folder)
        .spool_bytes(SPOOL)
        .queue_bytes(LEFT)
        .durability(Durability::Mapped)
        .error_output(ErrorOutput::Off)
        .build()
        .expect("a recorder whose database is away starts");
    registry().with(recorder.layer()).init();
    in_context(&mut || {
        while recorder.stats().dropped.total() == 0 {
            (0..1000).for_each(event);
            thread::sleep(Duration::from_millis(1));
        }
    });
    process::abort();
}

/// Measures the start on what [`leave`] has left, and the time until all of it is stored.
///
/// # Panics
///
/// Panics if the recorder does not start, or needs more than a minute.
pub fn recover(folder: &Path) -> Vec<Figure> {
    let bytes = size(&folder.join("buffers"));
    let begun = Instant::now();
    let recorder = BehaviorTrace::builder()
        .database_url("memory:")
        .spool_dir(folder)
        .durability(Durability::Mapped)
        .build()
        .expect("a recorder in memory starts");
    let start = begun.elapsed();
    let mut found = None;
    loop {
        let stats = recorder.stats();
        if found.is_none() && size(&folder.join("buffers")) < 1 << 20 {
            found = Some(begun.elapsed());
        }
        if found.is_some() && stats.in_memory == 0 && stats.spooled == 0 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{stats:?}");
        thread::sleep(Duration::from_millis(2));
    }
    #[expect(clippy::cast_precision_loss, reason = "millions at most")]
    let number = |number: u64| number as f64;
    vec![
        ("start_ms", start.as_secs_f64() * 1e3),
        ("recovery_ms", begun.elapsed().as_secs_f64() * 1e3),
        ("recovered", number(recorder.stats().recovered)),
        ("left_mib", number(bytes) / f64::from(1 << 20)),
    ]
}

/// Returns the bytes of all buffers under a directory.
fn size(directory: &Path) -> u64 {
    let slots = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = slots.flat_map(|slot| fs::read_dir(slot.path()).into_iter().flatten().flatten());
    let buffers = files.filter(|file| file.path().extension().is_some_and(|e| e == "buffer"));
    buffers
        .filter_map(|file| Some(file.metadata().ok()?.len()))
        .sum()
}
