//! Measurement of the cost of an event.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Number of events in a burst without pauses: below half of every peer's queue, so that nothing is dropped.
const BURST: u32 = 1000;
const WARM_UP: u32 = 5;
const BURSTS: u32 = 41;
/// The pause between bursts, in which the consumer catches up.
const PAUSE: Duration = Duration::from_millis(15);
/// Number of single events, each after a pause in which the consumer falls asleep.
const LONELY: u32 = 600;
const APART: Duration = Duration::from_millis(1);

/// A number and its name.
pub type Figure = (&'static str, f64);

/// A function that counts the allocations and bytes of the given work on this thread.
pub type Counted = fn(&mut dyn FnMut()) -> (u64, u64);

/// The quantity to measure.
#[derive(Clone, Copy)]
pub enum Measure {
    /// CPU time of the calling thread, on one thread and on two, and wall time while the consumer sleeps.
    Time,
    /// Allocations of the calling thread after its warm-up.
    Allocations(Counted),
    /// Nothing but a burst of events under the name `counted_burst`, whose instructions callgrind counts.
    Instructions,
}

impl Measure {
    /// Measures `event` on threads that `around` has put inside a request.
    pub(crate) fn of(
        self,
        around: impl Fn(&mut dyn FnMut()) + Sync,
        event: impl Fn(u64) + Sync,
    ) -> Vec<Figure> {
        match self {
            Self::Time => {
                let mut figures = vec![
                    ("cpu_ns", on_threads(1, &around, &event)),
                    ("cpu_ns_2", on_threads(2, &around, &event)),
                ];
                figures.extend(lonely(&around, &event));
                figures
            }
            Self::Allocations(count) => allocated(count, &around, &event).to_vec(),
            Self::Instructions => {
                around(&mut || {
                    warm_up(&event);
                    counted_burst(&event);
                });
                vec![("events", f64::from(BURST))]
            }
        }
    }
}

/// Returns the CPU time of the calling thread.
fn thread_cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(now).unwrap_or_default()
}

fn nanos(taken: Duration, events: u32) -> f64 {
    taken.as_secs_f64() * 1e9 / f64::from(events)
}

/// Returns the nanoseconds of CPU time per event: the median burst, the mean of the threads.
fn on_threads(
    threads: u32,
    around: &(impl Fn(&mut dyn FnMut()) + Sync),
    event: &(impl Fn(u64) + Sync),
) -> f64 {
    let start = Barrier::new(usize::try_from(threads).unwrap_or(1));
    let one = || {
        let mut taken = Vec::new();
        around(&mut || {
            for _ in 0..WARM_UP + BURSTS {
                start.wait();
                let before = thread_cpu();
                burst(event);
                taken.push(thread_cpu().saturating_sub(before));
                thread::sleep(PAUSE);
            }
        });
        median(taken.split_off(usize::try_from(WARM_UP).unwrap_or(0)))
    };
    let sum: Duration = thread::scope(|scope| {
        let caller = || thread::Builder::new().name("caller".to_owned());
        let running: Vec<_> = (0..threads)
            .filter_map(|_| caller().spawn_scoped(scope, one).ok())
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_default())
            .sum()
    });
    nanos(sum, BURST * threads)
}

fn burst(event: &impl Fn(u64)) {
    (0..u64::from(BURST)).for_each(event);
}

/// A burst under a name by which callgrind finds it.
#[inline(never)]
fn counted_burst(event: &impl Fn(u64)) {
    burst(event);
}

fn warm_up(event: &impl Fn(u64)) {
    for _ in 0..WARM_UP {
        burst(event);
        thread::sleep(PAUSE);
    }
}

/// Returns the nanoseconds of wall time for one event while the consumer sleeps: the median and the 99th percentile.
fn lonely(around: &impl Fn(&mut dyn FnMut()), event: &impl Fn(u64)) -> [Figure; 2] {
    let mut taken = Vec::new();
    around(&mut || {
        for id in 0..u64::from(LONELY) {
            thread::sleep(APART);
            let before = Instant::now();
            event(id);
            taken.push(before.elapsed());
        }
    });
    taken.sort_unstable();
    let at = |percent: usize| nanos(taken[taken.len() * percent / 100], 1);
    [("idle_ns_p50", at(50)), ("idle_ns_p99", at(99))]
}

fn allocated(
    count: Counted,
    around: &impl Fn(&mut dyn FnMut()),
    event: &impl Fn(u64),
) -> [Figure; 2] {
    let mut counted = (0, 0);
    around(&mut || {
        warm_up(event);
        counted = count(&mut || burst(event));
    });
    let each = |sum: u64| {
        #[expect(clippy::cast_precision_loss, reason = "millions at most")]
        let sum = sum as f64;
        sum / f64::from(BURST)
    };
    [("allocations", each(counted.0)), ("bytes", each(counted.1))]
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}
