//! The application that is killed: eight threads under load, which note each call that has returned.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use behavior_trace::config::{Durability, ErrorOutput};
use behavior_trace::{BehaviorTrace, record, unit_of_work_blocking_with};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::prelude::*;

use super::calls::{Notes, SLOTS, UNIT};
use super::schedule::Rng;

/// Events of a thread that does not live long.
const SHORT: u64 = 150;

fn variable(name: &str) -> String {
    env::var(name).expect("set by the row")
}

#[test]
#[ignore = "the host that the other tests start"]
fn host() {
    let Ok(role) = env::var("MAPPED_ROLE") else {
        return;
    };
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    setrlimit(Resource::Core, none).expect("it is lower");
    // A row that fails leaves no application behind.
    set_parent_process_death_signal(Some(Signal::KILL)).expect("a signal");
    if let Some(group) = env::var_os("MAPPED_CGROUP") {
        fs::write(group, process::id().to_string()).expect("entered");
    }
    let durability = match variable("MAPPED_DURABILITY").as_str() {
        "spool" => Durability::Spool,
        _ => Durability::Mapped,
    };
    let recorder = BehaviorTrace::builder()
        .database_url(variable("MAPPED_URL"))
        .spool_dir(variable("MAPPED_SPOOL"))
        .durability(durability)
        .durable_action("order.approve")
        .queue_bytes(256 << 20)
        .statement_timeout(Duration::from_secs(1))
        .error_output(ErrorOutput::Off)
        .build()
        .expect("a good configuration");
    tracing_subscriber::registry().with(recorder.layer()).init();
    let notes = Notes::open(Path::new(&variable("MAPPED_NOTES")));
    let stops = AtomicBool::new(false);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut terminated = {
        let _entered = runtime.enter();
        signal(SignalKind::terminate()).expect("a handler")
    };
    thread::scope(|scope| {
        for slot in 0..SLOTS {
            let (notes, stops, role) = (&notes, &stops, role.as_str());
            scope.spawn(move || Caller::new(slot).live(role == "churn", notes, stops));
        }
        // If this thread panics, the others end as well.
        let _stop = Stop(&stops);
        println!("ready");
        let end = Instant::now()
            + Duration::from_millis(variable("MAPPED_MILLIS").parse().expect("a number"));
        loop {
            notes.dropped(recorder.stats().dropped.total());
            let asked = async {
                let asked = terminated.recv();
                tokio::time::timeout(Duration::from_millis(5), asked).await
            };
            if runtime.block_on(asked).is_ok() {
                break;
            }
            if Instant::now() > end {
                end_by_itself(&role);
            }
        }
    });
    println!("stopping");
    recorder.shutdown_blocking(Duration::from_secs(8));
    process::exit(0);
}

/// Stops the threads when it is dropped.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn end_by_itself(role: &str) {
    match role {
        "abort" => process::abort(),
        "panic" => {
            // As a build with `panic = "abort"`: the hook runs, then the process aborts.
            std::panic::set_hook(Box::new(|_| process::abort()));
            panic!("as every panic does");
        }
        "memory" => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1_u8; 1 << 20]);
                std::hint::black_box(&all);
            }
        }
        _ => {}
    }
}

/// One thread's calls, or those of the threads that follow each other in its place.
struct Caller {
    name: String,
    slot: usize,
    number: u64,
    rng: Rng,
}

impl Caller {
    fn new(slot: usize) -> Self {
        let name = variable("MAPPED_NAME");
        let seed: u64 = variable("MAPPED_SEED").parse().expect("a number");
        Self {
            name,
            slot,
            number: 0,
            rng: Rng::new(seed ^ (slot as u64) << 32),
        }
    }

    fn live(mut self, churns: bool, notes: &Notes, stops: &AtomicBool) {
        while !stops.load(Ordering::Relaxed) {
            if churns {
                let end = self.number + SHORT;
                thread::scope(|scope| {
                    scope.spawn(|| self.work(end, notes, stops));
                });
            } else {
                self.work(u64::MAX, notes, stops);
            }
        }
    }

    /// Records in bursts, until the end or a stop.
    fn work(&mut self, end: u64, notes: &Notes, stops: &AtomicBool) {
        while self.number < end && !stops.load(Ordering::Relaxed) {
            for _ in 0..self.rng.below(60) {
                self.call();
                notes.returned(self.slot, self.number);
            }
            thread::sleep(Duration::from_micros(self.rng.below(20_000)));
        }
    }

    fn call(&mut self) {
        match self.number % 101 {
            17 => {
                let id = self.next();
                record!(
                    action = "order.approve",
                    resource = "Order",
                    resource_id = id
                );
            }
            40 | 80 => unit_of_work_blocking_with(
                || {
                    for _ in 0..UNIT {
                        self.update();
                    }
                },
                |()| true,
            ),
            _ => self.update(),
        }
    }

    fn update(&mut self) {
        let id = self.next();
        record!(
            action = "order.update",
            resource = "Order",
            resource_id = id,
            reason = "a load"
        );
    }

    fn next(&mut self) -> String {
        self.number += 1;
        format!("{}-{}-{}", self.name, self.slot, self.number)
    }
}
