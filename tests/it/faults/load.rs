//! Threads that record, and that remember each acknowledged event apart from the recorder.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use behavior_trace_core::{Field, Fields, Sink, Timestamp};
use rustix::time::{ClockId, clock_gettime};

const WORKERS: usize = 2;

/// Acknowledged events, and measurements of their calls.
#[derive(Default)]
pub(crate) struct Acked {
    pub(crate) ids: Vec<String>,
    /// Number of acknowledged events of a load that only counts.
    pub(crate) taken: u64,
    calls: usize,
    wall: Vec<u64>,
    cpu: Vec<u64>,
    switches: Switches,
}

/// Duration of calls. The wall-clock time also grows when another process has the core, such as a server that recovers. The
/// recorder's own share is the CPU time, and the calls that slept for a lock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) cpu_p99: Duration,
    pub(crate) calls: usize,
    pub(crate) switches: Switches,
}

/// Context switches during calls: because a thread waited, or because it was preempted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Switches {
    pub(crate) waited: u64,
    pub(crate) preempted: u64,
}

/// Duration of one call.
pub(crate) struct Took {
    wall: Duration,
    cpu: Duration,
}

impl Acked {
    /// Creates the list from events that another process logged.
    pub(crate) fn of(ids: Vec<String>) -> Self {
        Self {
            ids,
            ..Self::default()
        }
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.taken += other.taken;
        self.calls += other.calls;
        self.wall.extend(other.wall);
        self.cpu.extend(other.cpu);
        self.switches.waited += other.switches.waited;
        self.switches.preempted += other.switches.preempted;
    }

    fn keep(&mut self, took: &Took) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.wall.push(nanos(took.wall));
        self.cpu.push(nanos(took.cpu));
    }

    pub(crate) fn latency(&self) -> Latency {
        Latency {
            p50: at(&self.wall, 50),
            p99: at(&self.wall, 99),
            cpu_p99: at(&self.cpu, 99),
            calls: self.calls,
            switches: self.switches,
        }
    }
}

fn at(nanos: &[u64], share: usize) -> Duration {
    let mut nanos = nanos.to_vec();
    nanos.sort_unstable();
    let found = nanos.get(nanos.len().saturating_sub(1) * share / 100);
    Duration::from_nanos(found.copied().unwrap_or_default())
}

/// Returns the CPU time of this thread.
fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("it runs forward")
}

impl Switches {
    /// Returns the context switches of this thread so far; none if the system does not report them.
    fn of_this_thread() -> Self {
        let text = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
        let number = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0)
        };
        Self {
            waited: number("voluntary_ctxt_switches:"),
            preempted: number("nonvoluntary_ctxt_switches:"),
        }
    }

    /// Returns the context switches since then, without the `sleeps` of the load itself.
    fn since(self, sleeps: u64) -> Self {
        let now = Self::of_this_thread();
        Self {
            waited: (now.waited - self.waited).saturating_sub(sleeps),
            preempted: now.preempted - self.preempted,
        }
    }
}

/// Records one event. Returns whether the recorder accepted it, and the duration of the call.
pub(crate) fn record(sink: &dyn Sink, action: &str, id: &str, payload: &str) -> (bool, Took) {
    let (begun, cpu_begun) = (Instant::now(), cpu());
    let room = sink.has_room();
    if room {
        let mut fields = Fields::new();
        fields.put(Field::Action, action);
        fields.put(Field::Resource, "Order");
        fields.put(Field::ResourceId, id);
        fields.put(Field::ActorType, "USER");
        fields.put(Field::ActorId, "7");
        fields.put(Field::Payload, payload);
        sink.accept(Timestamp::now(), &fields);
    }
    let took = Took {
        cpu: cpu().saturating_sub(cpu_begun),
        wall: begun.elapsed(),
    };
    (room, took)
}

/// Returns the payload of a load's event. It holds the event's id, so that a row with the wrong payload is found.
pub(crate) fn payload(id: &str) -> String {
    format!(r#"{{"note":"a load","of":"{id}"}}"#)
}

/// Steady load, until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Acked>>,
}

impl Load {
    /// Starts a load of about `per_second` events in total. Every id begins with `name`.
    pub(crate) fn start(sink: &Arc<dyn Sink>, name: &str, per_second: u32) -> Self {
        Self::begin(sink, name, per_second, 1)
    }

    /// Starts a load that counts its ids and measures only some calls, so that it needs hardly any memory.
    pub(crate) fn counting(sink: &Arc<dyn Sink>, name: &str, per_second: u32) -> Self {
        // About 200 measurements per second take no memory to speak of.
        Self::begin(sink, name, per_second, u64::from(per_second / 200).max(1))
    }

    fn begin(sink: &Arc<dyn Sink>, name: &str, per_second: u32, one_in: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let pause = Duration::from_millis(2);
        let burst = (per_second / 500).max(1) / u32::try_from(WORKERS).expect("few");
        let worker = |worker: usize| {
            let (sink, stop) = (Arc::clone(sink), Arc::clone(&stop));
            let name = format!("{name}-{worker}");
            thread::spawn(move || {
                let mut acked = Acked::default();
                let (switches, mut sleeps) = (Switches::of_this_thread(), 0);
                for number in 0_u64.. {
                    let id = format!("{name}-{number}");
                    let payload = payload(&id);
                    let (taken, took) = record(&*sink, "order.update", &id, &payload);
                    if number % one_in == 0 {
                        acked.keep(&took);
                    }
                    acked.calls += 1;
                    acked.taken += u64::from(taken);
                    if taken && one_in == 1 {
                        acked.ids.push(id);
                    }
                    if number % u64::from(burst.max(1)) == 0 {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        thread::sleep(pause);
                        sleeps += 1;
                    }
                }
                acked.switches = switches.since(sleeps);
                acked
            })
        };
        Self {
            workers: (0..WORKERS).map(worker).collect(),
            stop,
        }
    }

    pub(crate) fn stop(self) -> Acked {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Acked::default();
        for worker in self.workers {
            all.absorb(worker.join().expect("no call panics"));
        }
        all
    }

    /// Runs a load for some time.
    pub(crate) fn during(
        sink: &Arc<dyn Sink>,
        name: &str,
        per_second: u32,
        time: Duration,
    ) -> Acked {
        let load = Self::start(sink, name, per_second);
        thread::sleep(time);
        load.stop()
    }
}
