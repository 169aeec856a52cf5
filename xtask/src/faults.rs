//! `cargo xtask faults`: runs the fault catalogue at full length, and prints it as a table and to `target/faults.json`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cargo::{self, workspace};
use crate::error::TaskError;

const TEST: [&str; 4] = [
    "test",
    "--package=behavior-trace",
    "--all-features",
    "--test=it",
];
const OPTIONS: [&str; 7] = [
    "--",
    "--include-ignored",
    // Sequential: otherwise the effects of a fault mix with those of its neighbours.
    "--test-threads=1",
    "--skip=faults::child::host",
    "--skip=faults::mapped::host::host",
    "--skip=faults::spool::process::role",
    "--nocapture",
];

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let (options, tests): (Vec<_>, Vec<_>) = words.iter().partition(|word| word.starts_with('-'));
    let earnest = match options[..] {
        [] => true,
        [option] if option == "--quick" => false,
        _ => {
            return Err(TaskError::usage(
                "`faults` takes `--quick` and parts of the tests' names",
            ));
        }
    };
    let target = workspace().join("target");
    let directory = target.join("faults");
    if tests.is_empty() {
        // A full run starts without the rows of an earlier one. A partial run keeps them and adds its own.
        let _ = fs::remove_dir_all(&directory);
    }
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
    let mut names: Vec<_> = tests.iter().map(|test| format!("faults::{test}")).collect();
    if names.is_empty() {
        names.push("faults::".to_owned());
    }
    // Only the first filter may come before the `--`.
    let (first, others) = names.split_at(1);
    let mut call = TEST.to_vec();
    if earnest {
        // The times of callers are compared, and a debug build makes them vary.
        call.push("--release");
    }
    call.extend(first.iter().map(String::as_str));
    call.extend(OPTIONS);
    call.extend(others.iter().map(String::as_str));
    let mut failed = Failed::default();
    let outcome = cargo::stream(&call, &variables, |line| failed.see(line));
    let rows = read(&directory)?;
    print(&rows);
    let path = target.join("faults.json");
    let written = json!({"rounds": rounds, "rows": rows, "failed_tests": failed.names});
    let text = serde_json::to_string_pretty(&written).unwrap_or_default();
    fs::write(&path, text + "\n")
        .map_err(|error| TaskError::run(path.display().to_string(), error.to_string()))?;
    println!("\n{} rows, in {}", rows.len(), path.display());
    // A test may end before it has written its row.
    for name in &failed.names {
        println!("failed: {name}");
    }
    outcome
}

/// The failed tests, as the test binary lists them at its end.
#[derive(Default)]
struct Failed {
    listing: bool,
    names: Vec<String>,
}

impl Failed {
    fn see(&mut self, line: &str) {
        if line.starts_with("test result:") {
            self.listing = false;
        } else if line == "failures:" {
            // The heading appears twice if outputs are shown: the second one lists the names.
            self.listing = true;
        } else if let Some(name) = line.strip_prefix("    ")
            && self.listing
            && name.starts_with("faults::")
        {
            self.names.push(name.to_owned());
        }
    }
}

/// Reads the rows that the tests wrote, in the order of the catalogue.
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
    const COLUMNS: [&str; 12] = [
        "acked",
        "accepted",
        "stored",
        "spooled",
        "dead_lettered",
        "dropped",
        "lost",
        "may_lose",
        "duplicated",
        "altered",
        "unaccounted",
        "recovery_ms",
    ];
    println!(
        "\n{:>3} {:<9}{:<44}{}  p50 µs before/during  p99 µs before/during  of it ours  waited  holds",
        "row",
        "store",
        "fault",
        COLUMNS.map(|name| format!("{name:>14}")).concat()
    );
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let numbers = COLUMNS.map(|name| match &row[name] {
            // Not every row contains this comparison.
            Value::Null => format!("{:>14}", "–"),
            number => format!("{:>14}", number.to_string()),
        });
        let (p50, p99) = (&row["caller_p50_us"], &row["caller_p99_us"]);
        let ours = &row["caller_cpu_p99_us"];
        println!(
            "{:>3} {:<9}{:<44}{}  {:>9} /{:>9}  {:>9} /{:>9}  {:>7} /{:>7}  {:>6}  {}",
            row["row"],
            text("store"),
            text("fault"),
            numbers.concat(),
            p50["before"],
            p50["during"],
            p99["before"],
            p99["during"],
            ours["before"],
            ours["during"],
            row["caller_waited"],
            if row["holds"] == true { "yes" } else { "NO" }
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_that_failed_are_those_listed_at_the_end() {
        let mut failed = Failed::default();
        let told = "test faults::host::mysql::ends ... \n    faults::said::meanwhile\nFAILED\n\nfailures:\n\n\
                    failures:\n    faults::host::mysql::ends\n    faults::overload::mysql::holds\n\n\
                    test result: FAILED. 1 passed; 2 failed\n    faults::said::after";
        told.lines().for_each(|line| failed.see(line));
        assert_eq!(
            failed.names,
            [
                "faults::host::mysql::ends",
                "faults::overload::mysql::holds"
            ]
        );
    }
}
