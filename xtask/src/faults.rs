//! `cargo xtask faults`: the fault catalogue in earnest, as a table and as `target/faults.json`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cargo::{self, workspace};
use crate::error::TaskError;

const TEST: [&str; 10] = [
    "test",
    "--package=behavior-trace",
    "--all-features",
    "--test=it",
    "faults::",
    "--",
    "--include-ignored",
    // One after the other: a fault is told apart from the noise of its neighbours.
    "--test-threads=1",
    "--skip=faults::host::host",
    "--nocapture",
];

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let earnest = match words {
        [] => true,
        [word] if word == "--quick" => false,
        _ => return Err(TaskError::usage("`faults` takes `--quick` or nothing")),
    };
    let target = workspace().join("target");
    let directory = target.join("faults");
    // What an earlier run left says nothing of this one.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory)
        .map_err(|error| TaskError::run(directory.display().to_string(), error.to_string()))?;
    let rounds = if earnest { "earnest" } else { "quick" };
    let variables = [
        ("BEHAVIOR_TRACE_FAULTS".to_owned(), rounds.to_owned()),
        (
            "BEHAVIOR_TRACE_FAULTS_DIR".to_owned(),
            directory.display().to_string(),
        ),
    ];
    let outcome = cargo::stream(&TEST, &variables, |_| ());
    let rows = read(&directory)?;
    print(&rows);
    let path = target.join("faults.json");
    let text =
        serde_json::to_string_pretty(&json!({"rounds": rounds, "rows": rows})).unwrap_or_default();
    fs::write(&path, text + "\n")
        .map_err(|error| TaskError::run(path.display().to_string(), error.to_string()))?;
    println!("\n{} rows, in {}", rows.len(), path.display());
    outcome
}

/// The rows that the tests wrote, in the order of the catalogue.
fn read(directory: &Path) -> Result<Vec<Value>, TaskError> {
    let entries = fs::read_dir(directory)
        .map_err(|error| TaskError::run(directory.display().to_string(), error.to_string()))?;
    let mut paths: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort();
    let rows = paths
        .iter()
        .filter_map(|path| serde_json::from_str(&fs::read_to_string(path).ok()?).ok());
    Ok(rows.collect())
}

fn print(rows: &[Value]) {
    const COLUMNS: [&str; 9] = [
        "acked",
        "stored",
        "dead_lettered",
        "dropped",
        "lost",
        "may_lose",
        "duplicated",
        "unaccounted",
        "recovery_ms",
    ];
    println!(
        "\n{:>3} {:<9}{:<44}{}  p99 µs before/during  holds",
        "row",
        "store",
        "fault",
        COLUMNS.map(|name| format!("{name:>14}")).concat()
    );
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let numbers = COLUMNS.map(|name| format!("{:>14}", row[name].to_string()));
        let p99 = &row["caller_p99_us"];
        println!(
            "{:>3} {:<9}{:<44}{}  {:>9} /{:>9}   {}",
            row["row"],
            text("store"),
            text("fault"),
            numbers.concat(),
            p99["before"],
            p99["during"],
            if row["holds"] == true { "yes" } else { "NO" }
        );
    }
}
