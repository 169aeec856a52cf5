//! `units CASE` measures the cost of a unit of work for the recording thread, release included, and prints it on a line.
//! Without a name, it lists the cases.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use behavior_trace::{
    Actor, BehaviorTrace, Context, UnitOfWork, record, unit_of_work_blocking,
    unit_of_work_blocking_with,
};
use rustix::time::{ClockId, clock_gettime};
use tracing_subscriber::prelude::*;

/// The number of events per burst: less than half of the queue, so that nothing is dropped.
const EVENTS: u32 = 1000;
const BURSTS: usize = 60;

/// The cases, each with the work of a burst: a thousand repetitions.
const CASES: [(&str, fn()); 7] = [
    ("free", || (0..EVENTS).for_each(event)),
    ("in_unit", || {
        (0..EVENTS / 100).for_each(|_| unit_of_work_blocking(a_hundred));
    }),
    ("in_nested_unit", || {
        unit_of_work_blocking(|| (0..EVENTS / 100).for_each(|_| unit_of_work_blocking(a_hundred)));
    }),
    ("rolled_back", || {
        (0..EVENTS / 100).for_each(|_| unit_of_work_blocking_with(a_hundred, |()| false));
    }),
    ("unit_of_one", || {
        (0..EVENTS).for_each(|id| unit_of_work_blocking(|| event(id)));
    }),
    ("empty_unit", || {
        (0..EVENTS).for_each(|id| {
            unit_of_work_blocking(|| {
                black_box(id);
            });
        });
    }),
    ("empty_savepoint", || {
        let owner = UnitOfWork::root();
        let unit = owner.handle();
        (0..EVENTS).for_each(|_| unit.savepoint().commit());
    }),
];

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    let Some((_, burst)) = CASES.into_iter().find(|(case, _)| *case == name) else {
        for (case, _) in CASES {
            eprintln!("{case}");
        }
        return ExitCode::FAILURE;
    };
    let trace = match BehaviorTrace::builder().database_url("memory:").build() {
        Ok(trace) => trace,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    tracing_subscriber::registry().with(trace.layer()).init();
    let request = Context::new()
        .actor(Actor::user(4711))
        .request_id("0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d")
        .route_name("/api/v1/users/{id}")
        .ip_address("203.0.113.195");
    let cost = request.in_scope(|| best_of(burst));
    let dropped = trace.stats().dropped.total();
    if dropped > 0 {
        eprintln!("{dropped} events did not fit the queue");
        return ExitCode::FAILURE;
    }
    println!("cpu_ns {cost}");
    ExitCode::SUCCESS
}

fn a_hundred() {
    (0..100).for_each(event);
}

fn event(id: u32) {
    record!(
        action = "user.update",
        resource = "User",
        resource_id = black_box(id),
        reason = black_box("moved to the plan that begins in spring, at the wish of the customer")
    );
}

/// Returns the nanoseconds of CPU time per repetition, in the best burst. The writer empties the queue between two bursts.
fn best_of(burst: fn()) -> f64 {
    let timed = |_| {
        let before = thread_cpu();
        burst();
        let taken = thread_cpu().saturating_sub(before);
        thread::sleep(Duration::from_millis(15));
        taken
    };
    let best = (0..BURSTS).map(timed).min().unwrap_or_default();
    best.as_secs_f64() * 1e9 / f64::from(EVENTS)
}

/// Returns the CPU time of the calling thread.
fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
