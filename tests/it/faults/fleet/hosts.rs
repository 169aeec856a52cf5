//! The hosts of a fleet: a recorder each, and the threads that record.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use behavior_trace::config::{Config, ErrorOutput, Pipeline};
use behavior_trace::health::Stats;
use behavior_trace_core::Timestamp;
use tempfile::TempDir;

use crate::faults::load::{Acked, payload, record};

/// Hosts whose events one thread records.
const SHARE: usize = 50;
/// Events of a host in a burst.
pub(super) const BURST: u32 = 50;
const GOODBYE: Duration = Duration::from_secs(20);

/// All hosts. Each has a spool directory of its own, in memory if the system has such a volume: hosts have a disk each.
pub(super) struct Hosts {
    recorders: Arc<Vec<Pipeline>>,
    _spools: TempDir,
}

impl Hosts {
    /// Starts all hosts at once. Returns how long that took.
    pub(super) fn start(count: usize, url: &str) -> (Self, Duration) {
        let spools = tempfile::tempdir_in(volume()).expect("a directory");
        let begun = Instant::now();
        let shares: Vec<_> = (0..count).collect();
        let recorders = thread::scope(|scope| {
            let starts: Vec<_> = shares
                .chunks(SHARE)
                .map(|share| {
                    let spools = spools.path();
                    scope.spawn(move || {
                        let start = |host: &usize| start(url, spools.join(host.to_string()));
                        share.iter().map(start).collect::<Vec<_>>()
                    })
                })
                .collect();
            let joined = starts.into_iter().flat_map(|it| it.join().expect("starts"));
            joined.collect()
        });
        let hosts = Self {
            recorders: Arc::new(recorders),
            _spools: spools,
        };
        (hosts, begun.elapsed())
    }

    pub(super) fn stats(&self) -> impl Iterator<Item = Stats> {
        self.recorders.iter().map(Pipeline::stats)
    }

    /// Returns the number of events that are not in the table yet.
    pub(super) fn unstored(&self) -> u64 {
        self.stats().map(|it| it.spooled + it.in_memory).sum()
    }

    /// Returns the age of the oldest event that is not in the table yet.
    pub(super) fn oldest(&self) -> Duration {
        let now = Timestamp::now();
        let oldest = self.stats().filter_map(|it| it.oldest_unstored()).min();
        let micros = oldest.map_or(0, |at| now.as_micros() - at.as_micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }

    /// Ends all recorders at once.
    pub(super) fn end(&self) {
        thread::scope(|scope| {
            for share in self.recorders.chunks(SHARE) {
                scope.spawn(move || {
                    for recorder in share {
                        recorder.shutdown_blocking(GOODBYE);
                    }
                });
            }
        });
    }
}

/// Returns a volume in memory, or that of temporary files.
fn volume() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}

fn start(url: &str, spool: PathBuf) -> Pipeline {
    let mut config = Config::default();
    config.database_url = Some(url.parse().expect("a good URL"));
    config.spool_dir = Some(spool);
    config.error_output = ErrorOutput::Off;
    Pipeline::start(config).expect("a good configuration")
}

/// Threads that record on each host in turn, and a burst when they are asked for one.
pub(super) struct Feed {
    stop: Arc<AtomicBool>,
    bursts: Arc<AtomicU32>,
    threads: Vec<JoinHandle<Acked>>,
}

impl Feed {
    /// Starts the threads, with this time between two events of a host.
    pub(super) fn start(hosts: &Hosts, period: Duration) -> Self {
        let (stop, bursts) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let count = hosts.recorders.len();
        let threads = (0..count)
            .step_by(SHARE)
            .map(|first| {
                let feeder = Feeder {
                    recorders: Arc::clone(&hosts.recorders),
                    hosts: first..(first + SHARE).min(count),
                    next: 0,
                    acked: Vec::new(),
                };
                let (stop, bursts) = (Arc::clone(&stop), Arc::clone(&bursts));
                thread::spawn(move || feeder.run(period, &stop, &bursts))
            })
            .collect();
        Self {
            stop,
            bursts,
            threads,
        }
    }

    pub(super) fn burst(&self) {
        self.bursts.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn stop(self) -> Acked {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Acked::default();
        for thread in self.threads {
            all.absorb(thread.join().expect("no call panics"));
        }
        all
    }
}

struct Feeder {
    recorders: Arc<Vec<Pipeline>>,
    hosts: std::ops::Range<usize>,
    next: u64,
    acked: Vec<String>,
}

impl Feeder {
    fn run(mut self, period: Duration, stop: &AtomicBool, bursts: &AtomicU32) -> Acked {
        let pause = period / u32::try_from(self.hosts.len()).expect("few");
        let (mut done, mut due) = (0, Instant::now());
        while !stop.load(Ordering::Relaxed) {
            let asked = bursts.load(Ordering::Relaxed);
            for host in self.hosts.clone() {
                let count = 1 + (asked - done) * BURST;
                (0..count).for_each(|_| self.record(host));
                due += pause;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            done = asked;
        }
        Acked::of(self.acked)
    }

    fn record(&mut self, host: usize) {
        let id = format!("{host}-{}", self.next);
        self.next += 1;
        let sink = self.recorders[host].sink();
        let (taken, _) = record(&*sink, "order.update", &id, &payload(&id));
        if taken {
            self.acked.push(id);
        }
    }
}
