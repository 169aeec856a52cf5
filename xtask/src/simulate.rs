//! `cargo xtask simulate`: runs the writer on a paused clock, against a failing server, disk and application.

use crate::cargo::{self, Variable};
use crate::error::TaskError;

const TEST: [&str; 6] = [
    "test",
    "--release",
    "--package=behavior-trace-runtime",
    "--all-features",
    "--lib",
    "--",
];
const OPTIONS: [&str; 3] = ["--exact", "--ignored", "--nocapture"];
const RUNS: &str = "writer::simulation::simulate";
const RULES: &str = "writer::simulation::each_rule_is_missed_by_fresh_seeds";
const DEFAULT_MINUTES: &str = "1";

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let wanted = Wanted::read(words)?;
    let mut call = TEST.to_vec();
    call.push(wanted.test);
    call.extend(OPTIONS);
    cargo::stream(&call, &wanted.variables, |_| ())
}

/// The simulation to run.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    test: &'static str,
    variables: Vec<Variable>,
}

impl Wanted {
    fn read(words: &[String]) -> Result<Self, TaskError> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (test, variable, value) = match words[..] {
            [] => (RUNS, "BEHAVIOR_TRACE_SIMULATED_MINUTES", DEFAULT_MINUTES),
            ["--minutes", minutes] => (RUNS, "BEHAVIOR_TRACE_SIMULATED_MINUTES", minutes),
            ["--seed", seed] => (RUNS, "BEHAVIOR_TRACE_SIMULATED_SEED", seed),
            ["--rules"] => (RULES, "BEHAVIOR_TRACE_SIMULATED_MINUTES", DEFAULT_MINUTES),
            _ => {
                return Err(TaskError::usage(
                    "`simulate` takes `--minutes N`, `--seed N` or `--rules`",
                ));
            }
        };
        if value.parse::<u64>().is_err() {
            return Err(TaskError::usage(format!("`{value}` is no whole number")));
        }
        Ok(Self {
            test,
            variables: vec![(variable.to_owned(), value.to_owned())],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Wanted, String> {
        let words: Vec<_> = words.iter().map(|&word| word.to_owned()).collect();
        Wanted::read(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn a_seed_is_replayed_and_minutes_are_for_fresh_ones() {
        let replayed = read(&["--seed", "7"]).expect("a good call");
        let variable = ("BEHAVIOR_TRACE_SIMULATED_SEED".to_owned(), "7".to_owned());
        assert_eq!((replayed.test, replayed.variables), (RUNS, vec![variable]));
        assert_eq!(read(&["--rules"]).expect("a good call").test, RULES);
    }

    #[test]
    fn what_it_does_not_take_is_named() {
        for words in [&["--hours", "1"][..], &["--seed"], &["7"]] {
            let error = read(words).expect_err("no such call");
            assert!(error.contains("--minutes"), "{error}");
        }
        let error = read(&["--minutes", "two"]).expect_err("no number");
        assert!(error.contains("`two`"), "{error}");
    }
}
