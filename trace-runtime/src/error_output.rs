//! The last resort for error messages: a line on standard error, never a `tracing` event.

use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::config::ErrorOutput;
use crate::outlet::Outlet;
use crate::queue::Queue;
use crate::stats::Metric;

const INTERVAL: Duration = Duration::from_secs(10);

/// Writer of the error lines, at a limited rate.
pub(crate) struct ErrorLine {
    to: ErrorOutput,
    last: Mutex<Last>,
    queue: Arc<Queue>,
    outlet: Outlet<String>,
}

#[derive(Debug, Default)]
struct Last {
    at: Option<Instant>,
    /// The latest message that came within the interval, and the number of messages kept back.
    kept_back: Option<(String, u64)>,
}

impl ErrorLine {
    pub(crate) fn new(to: ErrorOutput, queue: Arc<Queue>) -> Self {
        let counted = Arc::clone(&queue);
        let outlet = Outlet::new("behavior-trace-stderr", move |message: &String| {
            // One write, so that the lines of several processes do not mix.
            let line = format!("behavior_trace: {message}\n");
            // A closed standard error is no reason to panic, which `eprintln!` would.
            if std::io::stderr().write_all(line.as_bytes()).is_err() {
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

    /// Writes the message, or keeps it back until the interval is over.
    pub(crate) fn say(&self, message: &str) {
        if self.to == ErrorOutput::Off {
            return;
        }
        self.last().keep_back(message);
        self.catch_up();
        // The writer writes what is still kept back, and it may be at rest.
        if self.next_due().is_some() {
            self.queue.wake_resting();
        }
    }

    /// Returns the time from which a message that was kept back may be written.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let last = self.last();
        let at = last.kept_back.as_ref().and(last.at)?;
        Some(at + INTERVAL)
    }

    /// Writes the message that was kept back, once the interval is over. A message reported only once must not be lost to
    /// an earlier one.
    pub(crate) fn catch_up(&self) {
        let message = self.last().due(Instant::now());
        self.write(message);
    }

    /// Writes the message that was kept back, because no later call will, and waits for it until `deadline`.
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

    /// Returns the message that may be written now, if there is one.
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
