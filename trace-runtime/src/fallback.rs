//! The one way to be heard when nothing else works: a line on standard error, never an event of our own.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where the one rate-limited line about trouble goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fallback {
    /// To standard error, one line in ten seconds at most.
    #[default]
    Stderr,
    /// Nowhere: the error hook, the statistics and the health say the same.
    Off,
}

const INTERVAL: Duration = Duration::from_secs(10);

/// Writes the lines, at their rate.
#[derive(Debug)]
pub(crate) struct Line {
    to: Fallback,
    last: Mutex<Last>,
}

#[derive(Debug, Default)]
struct Last {
    at: Option<Instant>,
    kept_back: u64,
}

impl Line {
    pub(crate) fn new(to: Fallback) -> Self {
        Self {
            to,
            last: Mutex::default(),
        }
    }

    pub(crate) fn say(&self, message: &str) {
        if self.to == Fallback::Off {
            return;
        }
        if let Some(kept_back) = self.admit(Instant::now()) {
            let more = match kept_back {
                0 => String::new(),
                more => format!(" ({more} more messages since the last line)"),
            };
            // A closed standard error is no reason to panic, which `eprintln!` would.
            let _ = writeln!(std::io::stderr(), "behavior_trace: {message}{more}");
        }
    }

    /// Whether a line may be written now, and how many were not since the last.
    fn admit(&self, now: Instant) -> Option<u64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.at.is_some_and(|at| now < at + INTERVAL) {
            last.kept_back += 1;
            return None;
        }
        last.at = Some(now);
        Some(std::mem::take(&mut last.kept_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_ten_seconds_says_how_many_it_stands_for() {
        let line = Line::new(Fallback::Off);
        let start = Instant::now();
        assert_eq!(line.admit(start), Some(0));
        assert_eq!(line.admit(start + Duration::from_secs(1)), None);
        assert_eq!(line.admit(start + Duration::from_secs(9)), None);
        assert_eq!(line.admit(start + Duration::from_secs(11)), Some(2));
    }
}
