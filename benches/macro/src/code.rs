//! Work of the compiler for annotated functions.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::cargo::{cargo, target};
use crate::generate::{Crate, FUNCTIONS};
use crate::report::Row;

/// Number of checks of each crate, in turn.
const ROUNDS: usize = 9;

/// Measures the added time of `cargo check` per function, against that of `#[instrument]`: medians, the crates in turn.
pub(crate) fn check(kinds: &str, crates: &[Crate]) -> Result<Vec<Row>, Box<dyn Error>> {
    for generated in crates {
        cargo(generated, "check", &[])?;
    }
    let mut times = vec![Vec::with_capacity(ROUNDS); crates.len()];
    for round in 0..ROUNDS {
        for place in 0..crates.len() {
            let place = (place + round) % crates.len();
            let source = crates[place].path.join("src/lib.rs");
            let text = fs::read_to_string(&source)?;
            fs::write(&source, text)?;
            let started = cpu_seconds();
            cargo(&crates[place], "check", &[])?;
            times[place].push(cpu_seconds() - started);
        }
    }
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let bare = medians[0];
    let added = |seconds: f64| (seconds - bare) * 1000.0 / f64::from(FUNCTIONS);
    let instrument = crates
        .iter()
        .position(|generated| generated.name == "instrument")
        .map(|place| added(medians[place]));
    let rows = crates
        .iter()
        .zip(&medians)
        .skip(1)
        .map(|(generated, seconds)| Row {
            id: format!("check time added, {kinds}, {}", generated.name),
            value: added(*seconds),
            unit: "ms CPU",
            ratio: instrument.map(|instrument| ("instrument", added(*seconds) / instrument)),
            target: (generated.name == "behavior_trace").then_some(0.40),
        });
    let bare = Row {
        id: format!("check time, {kinds}, bare"),
        value: bare,
        unit: "s CPU",
        ratio: None,
        target: None,
    };
    Ok(std::iter::once(bare).chain(rows).collect())
}

/// Counts the lines of LLVM code in an unoptimised build.
pub(crate) fn lines(crates: &[Crate]) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    let mut bare = None;
    for generated in crates {
        cargo(
            generated,
            "rustc",
            &[
                "--lib",
                "--",
                "--emit=llvm-ir",
                "-Ccodegen-units=1",
                "-Cdebuginfo=0",
            ],
        )?;
        let count = emitted(generated)?;
        let bare = *bare.get_or_insert(count);
        rows.push(Row {
            id: format!("lines of LLVM code, {}", generated.name),
            value: count,
            unit: "lines",
            ratio: Some(("bare", count / bare)),
            target: (generated.name == "behavior_trace").then_some(1.7),
        });
    }
    Ok(rows)
}

/// Counts the lines inside functions, in the one `.ll` file whose name begins with that of the crate.
fn emitted(generated: &Crate) -> Result<f64, Box<dyn Error>> {
    let prefix = format!("{}-", generated.package);
    let mut newest = None;
    for entry in fs::read_dir(target().join("debug/deps"))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_code = Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "ll");
        if name.starts_with(&prefix) && is_code {
            newest = newest.max(Some((entry.metadata()?.modified()?, entry.path())));
        }
    }
    let (_, file) = newest.ok_or("the compiler left no .ll file")?;
    let text = fs::read_to_string(file)?;
    let mut inside = false;
    let mut count = 0_u32;
    for line in text.lines() {
        inside |= line.starts_with("define ");
        count += u32::from(inside && !line.trim().is_empty());
        inside &= line != "}";
    }
    Ok(f64::from(count))
}

/// Returns the CPU time of this process's finished children or, where that is unavailable, the elapsed time.
fn cpu_seconds() -> f64 {
    thread_local!(static START: Instant = Instant::now());
    let of_children = || {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        let (_, after_name) = text.rsplit_once(')')?;
        let ticks: Vec<u32> = after_name
            .split_whitespace()
            .skip(13)
            .take(2)
            .flat_map(str::parse)
            .collect();
        // A tick is a hundredth of a second on every Linux.
        (ticks.len() == 2).then(|| f64::from(ticks[0] + ticks[1]) / 100.0)
    };
    of_children().unwrap_or_else(|| START.with(Instant::elapsed).as_secs_f64())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
