//! A lane: steps one after the other, and what came of them.

use std::time::Instant;

use super::steps::{Step, Work};
use crate::cargo::{self, Variable};
use crate::counts::Counts;
use crate::error::TaskError;

/// What came of some steps.
#[derive(Debug, Default)]
pub(super) struct Results {
    counts: Counts,
    failures: Vec<String>,
}

impl Results {
    /// Runs each step, also after one that fails.
    pub(super) fn of(steps: &[Step], variables: &[Variable]) -> Self {
        let mut results = Self::default();
        for step in steps {
            println!("== {}", step.name);
            let begun = Instant::now();
            let outcome = results.run(&step.work, variables);
            let verdict = if outcome.is_ok() { "good" } else { "FAILED" };
            println!("== {}: {verdict} after {:.0?}", step.name, begun.elapsed());
            let failure = outcome.err().map(|error| format!("{}: {error}", step.name));
            results.failures.extend(failure);
        }
        results
    }

    fn run(&mut self, work: &Work, variables: &[Variable]) -> Result<(), TaskError> {
        match work {
            Work::Own(check) => check(),
            Work::Cargo(words) => cargo::stream(words, variables, |line| self.counts.see(line)),
            Work::Rustdoc(words) => {
                let denied = ("RUSTDOCFLAGS".to_owned(), "--deny=warnings".to_owned());
                cargo::stream(words, &[denied], |_| ())
            }
        }
    }

    /// Adds the results of another lane.
    pub(super) fn add(&mut self, other: Self) {
        self.counts.add(other.counts);
        self.failures.extend(other.failures);
    }

    /// Prints what failed and the counts.
    pub(super) fn conclude(self) -> Result<(), TaskError> {
        for test in self.counts.failed_tests() {
            eprintln!("failed test: {test}");
        }
        for failure in &self.failures {
            eprintln!("failed: {failure}");
        }
        println!("{}", self.counts);
        if self.failures.is_empty() && self.counts.is_good() {
            Ok(())
        } else {
            Err(TaskError::told())
        }
    }
}
