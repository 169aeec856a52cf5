//! The running task, identified by the executor's number for it.

use std::sync::OnceLock;

/// The function that returns the running task's number, or 0 outside of all tasks.
static ASK: OnceLock<fn() -> u64> = OnceLock::new();

/// Makes contexts distinguish tasks by number. `ask` returns the number of the running task, or 0 outside of all tasks.
///
/// It runs whenever a scope is entered or read, so it must be quick. The first function given remains.
pub fn tell_tasks_apart(ask: fn() -> u64) {
    let _ = ASK.set(ask);
}

/// The task in which a scope was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task(u64);

impl Task {
    /// The task without a number: no function is set, or none was yet.
    pub(super) const UNKNOWN: Self = Self(u64::MAX);

    /// Returns the running task.
    pub(super) fn running() -> Self {
        ASK.get().map_or(Self::UNKNOWN, |ask| Self(ask()))
    }

    /// Returns whether the task is the running one.
    pub(super) fn is_running(self) -> bool {
        self == Self::UNKNOWN || self == Self::running()
    }
}
