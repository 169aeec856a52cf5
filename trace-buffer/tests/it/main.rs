//! Buffers from outside: files, limits, forks, kills, and a model.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails at what it did not expect")]

#[cfg(not(miri))]
mod damage;
mod files;
#[cfg(not(miri))]
mod model;
#[cfg(not(miri))]
mod processes;
mod reuse;

use behavior_trace_buffer::Collector;

/// One frame, as a test remembers it.
pub(crate) type Kept = (i64, [u8; 16], Vec<u8>);

/// Collects all frames.
pub(crate) fn collect(collector: &mut Collector) -> Vec<Kept> {
    collect_until(collector, usize::MAX)
}

pub(crate) fn collect_until(collector: &mut Collector, until: usize) -> Vec<Kept> {
    let mut kept = Vec::new();
    let take = |frame: behavior_trace_buffer::Frame<'_>| {
        kept.push((frame.micros, frame.id, frame.fields.as_bytes().to_vec()));
    };
    collector.collect(until, &mut Vec::new(), take);
    kept
}

/// Runs `work` in a forked child, and returns its exit code: 0 if it returned true; `None` if a signal ended it.
#[cfg(not(miri))]
pub(crate) fn in_child(work: impl FnOnce() -> bool) -> Option<i32> {
    use rustix::process::{Pid, WaitOptions, waitpid};

    match fork::fork().unwrap() {
        fork::Fork::Child => {
            let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            std::process::exit(i32::from(!worked.unwrap_or(false)))
        }
        fork::Fork::Parent(child) => {
            let (_, status) = waitpid(Pid::from_raw(child), WaitOptions::empty())
                .unwrap()
                .unwrap();
            status.exit_status()
        }
    }
}
