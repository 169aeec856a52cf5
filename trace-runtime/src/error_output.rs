//! The one way to be heard when nothing else works: a line on standard error, never an event of our own.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::queue::Queue;
use crate::shared::Outlet;
use crate::stats::Metric;

/// Where the one rate-limited line about trouble goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorOutput {
    /// To standard error, one line in ten seconds at most. A thread of its own writes it, so that a pipe that nobody reads
    /// holds up nothing; a line that cannot be written is counted as `unreported`.
    #[default]
    Stderr,
    /// Nowhere: the error hook, the statistics and the health say the same.
    Off,
}

const INTERVAL: Duration = Duration::from_secs(10);

/// Writes the lines, at their rate.
pub(crate) struct ErrorLine {
    to: ErrorOutput,
    last: Mutex<Last>,
    queue: Arc<Queue>,
    outlet: Outlet<String>,
}

#[derive(Debug, Default)]
struct Last {
    at: Option<Instant>,
    /// The latest of the messages that came too soon, and how many came.
    kept_back: Option<(String, u64)>,
}

impl ErrorLine {
    pub(crate) fn new(to: ErrorOutput, queue: Arc<Queue>) -> Self {
        let counted = Arc::clone(&queue);
        let outlet = Outlet::new("behavior-trace-stderr", move |message: &String| {
            // A closed standard error is no reason to panic, which `eprintln!` would.
            if writeln!(std::io::stderr(), "behavior_trace: {message}").is_err() {
                counted.counters().add(Metric::Unreported, 1);
            }
        });
        Self {
            to,
            last: Mutex::default(),
            queue,
            outlet,
        }
    }

    /// Writes the message, or keeps it back until it is its time.
    pub(crate) fn say(&self, message: &str) {
        if self.to == ErrorOutput::Off {
            return;
        }
        self.last().keep_back(message);
        self.catch_up();
    }

    /// Writes what was kept back, once it is its time: a message that is told once must not be lost to the one before it.
    pub(crate) fn catch_up(&self) {
        let message = self.last().due(Instant::now());
        self.write(message);
    }

    /// Writes what was kept back, since nobody comes again, and waits a little for it.
    pub(crate) fn end(&self, deadline: Instant) {
        let message = self.last().take();
        self.write(message);
        let unwritten = self.outlet.finish(deadline);
        self.queue.counters().add(Metric::Unreported, unwritten);
    }

    fn write(&self, message: Option<String>) {
        if let Some(message) = message
            && !self.outlet.push(message)
        {
            self.queue.counters().add(Metric::Unreported, 1);
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn keep_back(&mut self, message: &str) {
        let count = self.kept_back.take().map_or(0, |(_, count)| count) + 1;
        self.kept_back = Some((message.to_owned(), count));
    }

    /// What may be written now.
    fn due(&mut self, now: Instant) -> Option<String> {
        if self.kept_back.is_none() || self.at.is_some_and(|at| now < at + INTERVAL) {
            return None;
        }
        self.at = Some(now);
        self.take()
    }

    fn take(&mut self) -> Option<String> {
        let (message, count) = self.kept_back.take()?;
        Some(match count {
            1 => message,
            more => format!("{message} (and {} before it)", more - 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_ten_seconds_is_the_latest_and_says_how_many_it_stands_for() {
        let start = Instant::now();
        let mut last = Last::default();
        let due = |last: &mut Last, second| last.due(start + Duration::from_secs(second));
        last.keep_back("away");
        assert_eq!(due(&mut last, 0).as_deref(), Some("away"));
        last.keep_back("lost");
        assert_eq!(due(&mut last, 1), None);
        last.keep_back("red");
        assert_eq!(due(&mut last, 9), None);
        assert_eq!(due(&mut last, 11).as_deref(), Some("red (and 1 before it)"));
        assert_eq!(due(&mut last, 30), None);
    }
}
