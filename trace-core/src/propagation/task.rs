//! The running task, as far as an executor's number of it is known.

use std::sync::OnceLock;

/// Returns the running task's number; 0 outside of all tasks.
static ASK: OnceLock<fn() -> u64> = OnceLock::new();

/// Makes contexts distinguish tasks by the number that `ask` returns for the running one, 0 outside of all tasks. It is asked
/// whenever a scope is entered or looked at, so it must be quick. The first one given stands.
pub fn tell_tasks_apart(ask: fn() -> u64) {
    let _ = ASK.set(ask);
}

/// The task that a scope was entered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task(u64);

impl Task {
    /// No number is asked for, or none was yet.
    pub(super) const UNKNOWN: Self = Self(u64::MAX);

    /// Asks for the running one.
    pub(super) fn running() -> Self {
        ASK.get().map_or(Self::UNKNOWN, |ask| Self(ask()))
    }

    /// Returns whether it is the one that is running.
    pub(super) fn is_running(self) -> bool {
        self == Self::UNKNOWN || self == Self::running()
    }
}
