//! Hosts, each a recorder with its own writer, thread and spool.

use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::{BehaviorTrace, BehaviorTraceBuilder, behavior_trace};
use tempfile::TempDir;
use tracing_subscriber::layer::SubscriberExt as _;

pub(super) const HOSTS: usize = 20;
/// Longest time in which no recorder stores a row.
const STANDSTILL: Duration = Duration::from_mins(2);

/// Events of each host.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub(super) events: usize,
    /// Time between two of them.
    pub(super) pause: Duration,
}

/// Hosts that have recorded all their events.
pub(super) struct Hosts {
    load: Load,
    recorders: Vec<(BehaviorTrace, TempDir)>,
}

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id, payload = |()| reason)]
fn approve(id: &str, reason: &'static str) -> Result<(), std::convert::Infallible> {
    Ok(())
}

/// Records the events of all hosts at once.
pub(super) fn run_hosts(
    load: Load,
    to: impl Fn(BehaviorTraceBuilder) -> BehaviorTraceBuilder + Sync,
) -> Hosts {
    let to = &to;
    let recorders = thread::scope(|scope| {
        let hosts = (0..HOSTS).map(|host| scope.spawn(move || record(host, load, to)));
        let hosts: Vec<_> = hosts.collect();
        let joined = hosts.into_iter().map(|host| host.join().expect("a host"));
        joined.collect()
    });
    Hosts { load, recorders }
}

fn record(
    host: usize,
    load: Load,
    to: impl Fn(BehaviorTraceBuilder) -> BehaviorTraceBuilder,
) -> (BehaviorTrace, TempDir) {
    let spool = tempfile::tempdir().expect("a directory");
    let builder = BehaviorTrace::builder().spool_dir(spool.path());
    let recorder = to(builder).build().expect("starts");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        for number in 0..load.events {
            approve(&format!("{host}-{number}"), "it was right").expect("it does");
            if !load.pause.is_zero() {
                thread::sleep(load.pause);
            }
        }
    });
    (recorder, spool)
}

impl Hosts {
    /// Waits until each event is stored. Returns false if none is any more.
    pub(super) fn wait_until_stored(&self) -> bool {
        let (mut stored, mut since) = (0, Instant::now());
        let all = (self.load.events * self.recorders.len()) as u64;
        while since.elapsed() < STANDSTILL {
            let now = self.sum(|recorder| recorder.stats().stored);
            if now >= all {
                return true;
            }
            if now > stored {
                (stored, since) = (now, Instant::now());
            }
            thread::sleep(Duration::from_millis(20));
        }
        for (recorder, _) in &self.recorders {
            println!("{:?}", recorder.stats());
        }
        false
    }

    /// Returns the number of attempts that failed.
    pub(super) fn failed_attempts(&self) -> u64 {
        self.sum(|recorder| recorder.stats().failed_attempts)
    }

    fn sum(&self, of: impl Fn(&BehaviorTrace) -> u64) -> u64 {
        self.recorders
            .iter()
            .map(|(recorder, _)| of(recorder))
            .sum()
    }
}
