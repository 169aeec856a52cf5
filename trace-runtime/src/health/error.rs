//! Errors that the recorder reports.

use std::fmt;

/// Error that the recorder reports to the error hook.
#[derive(Clone, PartialEq, Eq)]
pub struct RecorderError {
    kind: RecorderErrorKind,
    message: String,
}

/// Kind of a [`RecorderError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecorderErrorKind {
    /// The database is unavailable, or refuses every statement. Reported once per cause.
    Store,
    /// The spool cannot be used as configured.
    Spool,
    /// The database refused one row. The row is dead-lettered, or lost where there is no place for dead letters.
    DeadLetter,
    /// Events were lost. Reported at the writer's tick, not per event.
    Loss,
    /// The writer, or application code on its thread, panicked.
    Panic,
    /// A setting works, but is probably wrong or risky.
    Configuration,
}

impl RecorderError {
    pub(crate) fn new(kind: RecorderErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// Returns the kind of this error.
    pub const fn kind(&self) -> RecorderErrorKind {
        self.kind
    }
}

impl fmt::Display for RecorderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

behavior_trace_core::debug_is_display!(RecorderError);

impl std::error::Error for RecorderError {}
