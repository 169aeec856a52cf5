//! How the recorder is, and what it says when it is not well.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use behavior_trace_core::Timestamp;

use crate::config::Disabled;

/// How the recorder is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Health {
    /// The worst of its parts.
    pub status: HealthStatus,
    /// Why, if it is not green: all that is wrong, the worst first, and where a person can do something, what. A recorder that
    /// is switched off is green, and names the switch here.
    pub cause: Option<String>,
    /// Since when it is so.
    pub since: Timestamp,
}

/// How well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthStatus {
    /// Events reach the database.
    #[default]
    Healthy,
    /// Events are safe, but late: the database is away and the spool or the queue takes them.
    Degraded,
    /// Events are being lost, or will be unless a person does something.
    Unhealthy,
}

/// Something that went wrong, as the error hook is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderError {
    kind: RecorderErrorKind,
    message: String,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecorderErrorKind {
    /// The database cannot be reached, or refuses all we send. Told once per cause.
    Store,
    /// The spool cannot be used as it should.
    Spool,
    /// The database refused one row; it is in the dead-letter place, or lost where there is none.
    DeadLetter,
    /// Events were lost. Told at the writer's tick, not per event.
    Loss,
    /// The writer, or code of the host that ran on its thread, panicked.
    Panic,
    /// Something in the configuration deserves a look.
    Configuration,
}

impl Health {
    /// Of a process in which nobody looks after the queue. Its parent's word may be under a lock that a thread held which
    /// is not here.
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

    /// Of a recorder that is switched off: nothing is wrong, and nothing is recorded.
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

    /// What kind of thing went wrong.
    pub const fn kind(&self) -> RecorderErrorKind {
        self.kind
    }
}

impl fmt::Display for RecorderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RecorderError {}

/// What can be unwell.
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

/// How each part is, written by the writer and read by anyone.
#[derive(Debug, Default)]
pub(crate) struct HealthState(Mutex<Parts>);

#[derive(Debug)]
struct Parts {
    unwell: [Option<(HealthStatus, String, Timestamp)>; PARTS],
    /// Since when all of them are well, if they are.
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
    /// Says that a part is unwell.
    pub(crate) fn worsen(&self, part: Part, status: HealthStatus, cause: impl Into<String>) {
        let mut parts = self.parts();
        let slot = &mut parts.unwell[part as usize];
        let since = match slot {
            Some((before, _, since)) if *before == status => *since,
            _ => Timestamp::now(),
        };
        *slot = Some((status, cause.into(), since));
    }

    /// Says that a part is well.
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
        // Of equals, the parts that matter more stay first.
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
