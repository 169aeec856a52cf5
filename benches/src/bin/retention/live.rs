//! A service that writes continuously.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::Overflow;
use behavior_trace_benches::stories::Stories;
use tracing_subscriber::prelude::*;

/// Workflows of four events per batch, and the pause between two batches: about 4000 events a second.
const STORIES: usize = 50;
const PACE: Duration = Duration::from_millis(50);
const DEADLINE: Duration = Duration::from_mins(1);

/// The recorder of the service.
pub(crate) struct ActiveLayer {
    trace: BehaviorTrace,
    stories: Stories,
}

/// A batch of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batch {
    pub(crate) begun: Instant,
    /// The time from the flush to the last stored row.
    pub(crate) taken: Duration,
}

impl ActiveLayer {
    /// Starts the service. Call it once in a process.
    pub(crate) fn begin(url: &str) -> Result<Self, Box<dyn Error>> {
        let trace = BehaviorTrace::builder()
            .database_url(url)
            .overflow(Overflow::Wait(DEADLINE))
            .build()?;
        tracing_subscriber::registry().with(trace.layer()).init();
        Ok(Self {
            trace,
            stories: Stories::new(),
        })
    }

    /// Writes one batch after the other until `is_over` returns `true`.
    pub(crate) fn batches(
        &mut self,
        is_over: impl Fn() -> bool,
    ) -> Result<Vec<Batch>, Box<dyn Error>> {
        let mut batches = Vec::new();
        while !is_over() {
            for _ in 0..STORIES {
                self.stories.tell().record();
            }
            let begun = Instant::now();
            let report = self.trace.flush_blocking(DEADLINE);
            let taken = begun.elapsed();
            batches.push(Batch { begun, taken });
            if !report.is_complete() {
                return Err(format!("a batch was not stored: {report}").into());
            }
            thread::sleep(PACE);
        }
        Ok(batches)
    }

    /// Stops the service. Every row must be in the table.
    pub(crate) fn end(self) -> Result<(), Box<dyn Error>> {
        let report = self.trace.shutdown_blocking(DEADLINE);
        if report.is_complete() {
            Ok(())
        } else {
            Err(format!("live events were lost: {report}").into())
        }
    }
}
