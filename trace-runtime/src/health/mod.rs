//! Health of the recorder, and the errors it reports.

mod error;
mod response;
mod state;

use behavior_trace_core::Timestamp;

use crate::disabled::Disabled;
pub use error::{RecorderError, RecorderErrorKind};
pub(crate) use state::{Component, HealthState};

/// Health of the recorder. [`to_json`](Self::to_json) has its form as JSON, which serde gives too.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Status of the least healthy component.
    pub status: HealthStatus,
    /// Texts of all [`reasons`](Self::reasons) in one.
    #[serde(skip)]
    pub cause: Option<String>,
    /// Start of this status.
    pub since: Timestamp,
    /// Reasons of a status other than [`HealthStatus::Healthy`], the worst first. A switched-off recorder is healthy and names
    /// its switch here.
    pub reasons: Vec<HealthReason>,
}

/// Reason of a [`Health`]: one component that is not healthy.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct HealthReason {
    /// Name of the component: `writer`, `losses`, `store`, `rows`, `spool`, or `recorder` as a whole.
    pub component: &'static str,
    /// Status of this component.
    pub status: HealthStatus,
    /// Cause, with its remedy where there is one. It may name hosts, accounts and paths, and never a password.
    pub reason: String,
    /// Start of this component's status.
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

impl Health {
    /// Returns the health of a forked child, which has no writer. It reads nothing of the parent's health: a thread that does
    /// not exist in the child may hold that lock.
    pub(crate) fn forked() -> Self {
        let reason = "a forked process has no writer; start the recorder in it, and none before";
        let status = HealthStatus::Unhealthy;
        Self::whole(status, reason.to_owned(), Timestamp::now())
    }

    /// Returns the health of a switched-off recorder, which is healthy and records nothing.
    pub(crate) fn disabled(by: Disabled, since: Timestamp) -> Self {
        Self::whole(HealthStatus::Healthy, by.to_string(), since)
    }

    /// Returns the health whose reason is the recorder as a whole.
    fn whole(status: HealthStatus, reason: String, since: Timestamp) -> Self {
        let component = "recorder";
        let reason = HealthReason {
            component,
            status,
            reason,
            since,
        };
        Self::of(status, since, vec![reason])
    }

    fn of(status: HealthStatus, since: Timestamp, reasons: Vec<HealthReason>) -> Self {
        let causes: Vec<_> = reasons.iter().map(|it| it.reason.as_str()).collect();
        Self {
            status,
            cause: (!causes.is_empty()).then(|| causes.join("; ")),
            since,
            reasons,
        }
    }
}
