//! Health of the recorder, and the errors it reports.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use behavior_trace_core::Timestamp;

use crate::config::Disabled;

/// Health of the recorder.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Status of the least healthy component.
    pub status: HealthStatus,
    /// Causes of a status other than [`HealthStatus::Healthy`], the worst first, with their remedies where there are any. A
    /// switched-off recorder is healthy and names its switch here.
    pub cause: Option<String>,
    /// Start of this status.
    pub since: Timestamp,
}

/// Status of the recorder, from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthStatus {
    /// Events reach the database.
    #[default]
    Healthy,
    /// Events are safe but late: the database is unavailable, and the spool or the queue takes them.
    Degraded,
    /// Events are being lost, or will be lost without human action.
    Unhealthy,
}

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

impl Health {
    /// Returns the health of a forked child, which has no writer. It reads nothing of the parent's health: a thread that does
    /// not exist in the child may hold that lock.
    pub(crate) fn forked() -> Self {
        Self {
            status: HealthStatus::Unhealthy,
            cause: Some(
                "a forked process has no writer; start the recorder in it, and none before"
                    .to_owned(),
            ),
            since: Timestamp::now(),
        }
    }

    /// Returns the health of a switched-off recorder, which is healthy and records nothing.
    pub(crate) fn disabled(by: Disabled, since: Timestamp) -> Self {
        Self {
            status: HealthStatus::Healthy,
            cause: Some(by.to_string()),
            since,
        }
    }
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

/// Component with a health of its own, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Part {
    Writer,
    Losses,
    Store,
    Rows,
    Spool,
}

const PARTS: usize = Part::Spool as usize + 1;

/// Health of each component. The writer writes it, every thread reads it.
#[derive(Debug, Default)]
pub(crate) struct HealthState(Mutex<Parts>);

#[derive(Debug)]
struct Parts {
    unwell: [Option<(HealthStatus, String, Timestamp)>; PARTS],
    /// Time since when all components are healthy, if they are.
    well_since: Timestamp,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            unwell: [const { None }; PARTS],
            well_since: Timestamp::now(),
        }
    }
}

impl HealthState {
    /// Marks a component as unhealthy or degraded.
    pub(crate) fn worsen(&self, part: Part, status: HealthStatus, cause: impl Into<String>) {
        let mut parts = self.parts();
        let slot = &mut parts.unwell[part as usize];
        let since = match slot {
            Some((before, _, since)) if *before == status => *since,
            _ => Timestamp::now(),
        };
        *slot = Some((status, cause.into(), since));
    }

    /// Marks a component as healthy.
    pub(crate) fn recover(&self, part: Part) {
        let mut parts = self.parts();
        let was_unwell = parts.unwell[part as usize].take().is_some();
        if was_unwell && parts.unwell.iter().all(Option::is_none) {
            parts.well_since = Timestamp::now();
        }
    }

    pub(crate) fn health(&self) -> Health {
        let parts = self.parts();
        let mut unwell: Vec<_> = parts.unwell.iter().flatten().collect();
        // The sort is stable: of equal statuses, the more important component stays first.
        unwell.sort_by_key(|(status, ..)| std::cmp::Reverse(*status));
        let causes: Vec<_> = unwell.iter().map(|(_, cause, _)| cause.as_str()).collect();
        match unwell.first() {
            Some((status, _, since)) => Health {
                status: *status,
                cause: Some(causes.join("; ")),
                since: *since,
            },
            None => Health {
                status: HealthStatus::Healthy,
                cause: None,
                since: parts.well_since,
            },
        }
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_part_is_the_health() {
        let condition = HealthState::default();
        condition.worsen(Part::Spool, HealthStatus::Degraded, "full");
        condition.worsen(Part::Store, HealthStatus::Unhealthy, "no such table");
        let health = condition.health();
        assert_eq!(health.status, HealthStatus::Unhealthy);
        assert_eq!(health.cause.as_deref(), Some("no such table; full"));
        condition.recover(Part::Store);
        assert_eq!(condition.health().cause.as_deref(), Some("full"));
        condition.recover(Part::Spool);
        assert_eq!(condition.health().status, HealthStatus::Healthy);
    }

    #[test]
    fn it_is_known_since_when_all_is_well() {
        let begun = Timestamp::now();
        let condition = HealthState::default();
        let at_first = condition.health().since;
        assert!(at_first >= begun);
        condition.recover(Part::Spool);
        assert_eq!(condition.health().since, at_first);
        condition.worsen(Part::Store, HealthStatus::Degraded, "away");
        let away = condition.health().since;
        condition.recover(Part::Store);
        assert!(condition.health().since >= away);
    }
}
