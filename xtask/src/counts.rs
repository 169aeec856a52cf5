//! Counts of tests, read from the output of test binaries.

use std::fmt;

/// Numbers of passed, failed and skipped tests, and the names of the failed ones.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Binaries that have begun and have not printed a result.
    open: u64,
    failed_tests: Vec<String>,
}

impl Counts {
    /// Adds the counts of this line of output.
    pub(crate) fn see(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, "passed");
            self.failed += number_before(result, "failed");
            self.skipped += number_before(result, "ignored");
            self.open = self.open.saturating_sub(1);
        } else if is_opening(line) {
            self.open += 1;
        } else if let Some(test) = failed_test(line) {
            self.failed_tests.push(test.to_owned());
        }
    }

    /// Adds the counts of other output.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.open += other.open;
        self.failed_tests.extend(other.failed_tests);
    }

    pub(crate) fn failed_tests(&self) -> &[String] {
        &self.failed_tests
    }

    /// Returns whether nothing failed and something passed.
    pub(crate) const fn is_good(&self) -> bool {
        self.failed() == 0 && self.passed > 0
    }

    /// Returns the number of failed tests. A binary that ended without a result has at least one.
    const fn failed(&self) -> u64 {
        self.failed + self.open
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failed(),
            self.skipped
        )
    }
}

/// Returns whether the line is like `running 12 tests`.
fn is_opening(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("running ") else {
        return false;
    };
    let count = rest
        .strip_suffix(" tests")
        .or_else(|| rest.strip_suffix(" test"));
    count.is_some_and(|count| count.parse::<u64>().is_ok())
}

/// Returns the name in a line like `test a::b ... FAILED`.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

fn number_before(result: &str, word: &str) -> u64 {
    let words: Vec<&str> = result.split_whitespace().collect();
    let pairs = words.windows(2);
    let mut numbers = pairs
        .filter(|pair| pair[1].trim_end_matches(';') == word)
        .filter_map(|pair| pair[0].parse().ok());
    numbers.next().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(output: &str) -> Counts {
        let mut counts = Counts::default();
        output.lines().for_each(|line| counts.see(line));
        counts
    }

    #[test]
    fn results_of_several_binaries_are_summed() {
        let counts = counted(
            "running 2 tests\ntest a ... ok\n\
             test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\n\
             running 1 test\n\
             test result: FAILED. 3 passed; 4 failed; 5 ignored; 0 measured; 0 filtered out; finished in 0.01s\n",
        );
        assert_eq!(counts.to_string(), "5 passed, 4 failed, 6 skipped");
        assert!(!counts.is_good());
    }

    #[test]
    fn the_failed_tests_of_all_lanes_are_named() {
        let mut counts = counted("running 2 tests\ntest a::b ... FAILED\ntest a::c ... ok\n");
        let other = counted(
            "test src/lib.rs - d (line 7) ... FAILED\n\
             test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        );
        counts.add(other);
        assert_eq!(counts.failed_tests(), ["a::b", "src/lib.rs - d (line 7)"]);
        assert_eq!(counts.to_string(), "0 passed, 2 failed, 0 skipped");
    }

    #[test]
    fn a_binary_that_dies_counts_as_a_failure() {
        let counts = counted(
            "running 3 tests\ntest a ... ok\nrunning 1 test\ntest result: ok. 1 passed; 0 failed;",
        );
        assert_eq!(counts.to_string(), "1 passed, 1 failed, 0 skipped");
        assert!(!counts.is_good());
    }

    #[test]
    fn no_test_at_all_is_not_good() {
        assert!(
            !counted("running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored;").is_good()
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            counted("running late\nrunning many tests\n7 passed\n"),
            Counts::default()
        );
    }
}
