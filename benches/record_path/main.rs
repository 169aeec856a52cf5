//! What one event costs the thread that records it, against the JSON of `tracing_subscriber::fmt` through
//! `tracing_appender::non_blocking` in the same run.
//!
//! `cargo bench --bench record_path` prints the table and leaves it as JSON in `target/bench/record_path.json`.
//!
//! Every variant runs in a process of its own, with a global subscriber as in production. Rounds are interleaved, so that
//! all variants meet the same weather. Time is the CPU time of the recording thread: what other threads do for an event is
//! not the caller's cost. Ratios are of best rounds.

mod table;
mod variants;

use std::env;
use std::io;
use std::process::Command;

use rustix::time::{ClockId, clock_gettime};

use variants::{Figures, Variant};

/// At least nine, so that the best of them is undisturbed.
const ROUNDS: usize = 9;

fn main() -> io::Result<()> {
    if let Ok(name) = env::var("RECORD_PATH_VARIANT") {
        let variant = Variant::named(&name).ok_or_else(|| io::Error::other("no such variant"))?;
        let Figures { ns, allocations } = variant.run();
        println!("{ns} {allocations}");
        return Ok(());
    }
    let mut rows: Vec<table::Row> = Variant::ALL.iter().map(table::Row::new).collect();
    // `cargo test` runs benchmarks too; one round shows that they work.
    let rounds = if env::args().any(|argument| argument == "--bench") {
        ROUNDS
    } else {
        1
    };
    for round in 0..rounds {
        for at in 0..rows.len() {
            let row = &mut rows[(at + round) % Variant::ALL.len()];
            row.add(&measure(row.variant)?);
        }
    }
    table::print(&rows);
    table::save(&rows)
}

/// Runs one variant in a process of its own.
fn measure(variant: &Variant) -> io::Result<Figures> {
    let output = Command::new(env::current_exe()?)
        .env("RECORD_PATH_VARIANT", variant.name)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut figures = text.split_whitespace().map(str::parse);
    match (figures.next(), figures.next()) {
        (Some(Ok(ns)), Some(Ok(allocations))) => Ok(Figures { ns, allocations }),
        _ => Err(io::Error::other(format!(
            "{}: {text}{}",
            variant.name,
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

/// The CPU time of this thread, in nanoseconds.
fn thread_cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "a benchmark runs for seconds")]
    let nanos = (time.tv_sec * 1_000_000_000 + time.tv_nsec) as f64;
    nanos
}
