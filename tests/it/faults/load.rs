//! Threads that record, and remember on their own what they were told is recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use behavior_trace_core::{Field, Fields, Sink, Timestamp};

const WORKERS: usize = 2;

/// What the threads were told.
#[derive(Default)]
pub(crate) struct Acked {
    pub(crate) ids: Vec<String>,
    nanos: Vec<u64>,
}

/// How long a call took.
#[derive(Clone, Copy, Default)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl Acked {
    /// What another process wrote down.
    pub(crate) fn of(ids: Vec<String>) -> Self {
        Self {
            ids,
            nanos: Vec::new(),
        }
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.ids.extend(other.ids);
        self.nanos.extend(other.nanos);
    }

    pub(crate) fn latency(&self) -> Latency {
        let mut nanos = self.nanos.clone();
        nanos.sort_unstable();
        let at = |share: usize| {
            let nanos = nanos.get(nanos.len().saturating_sub(1) * share / 100);
            Duration::from_nanos(nanos.copied().unwrap_or_default())
        };
        Latency {
            p50: at(50),
            p99: at(99),
        }
    }
}

/// Records one event; says whether the recorder took it, and how long the call took.
pub(crate) fn record(sink: &dyn Sink, action: &str, id: &str, payload: &str) -> (bool, Duration) {
    let begun = Instant::now();
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
    (room, begun.elapsed())
}

/// A steady load, until it is stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    workers: Vec<JoinHandle<Acked>>,
}

impl Load {
    /// Starts about `per_second` events in all; `name` begins every id.
    pub(crate) fn start(sink: &Arc<dyn Sink>, name: &str, per_second: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let pause = Duration::from_millis(2);
        let burst = (per_second / 500).max(1) / u32::try_from(WORKERS).expect("few");
        let worker = |worker: usize| {
            let (sink, stop) = (Arc::clone(sink), Arc::clone(&stop));
            let name = format!("{name}-{worker}");
            thread::spawn(move || {
                let mut acked = Acked::default();
                for number in 0_u64.. {
                    let id = format!("{name}-{number}");
                    let (taken, took) = record(&*sink, "order.update", &id, r#"{"note":"a load"}"#);
                    acked
                        .nanos
                        .push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                    if taken {
                        acked.ids.push(id);
                    }
                    if number % u64::from(burst.max(1)) == 0 {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        thread::sleep(pause);
                    }
                }
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

    /// A load for some time.
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
