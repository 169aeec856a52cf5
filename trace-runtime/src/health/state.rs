//! Health of each component, written by the writer and read by every thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use behavior_trace_core::Timestamp;

use super::{Health, HealthReason, HealthStatus};

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

impl Part {
    const ALL: [Self; PARTS] = [
        Self::Writer,
        Self::Losses,
        Self::Store,
        Self::Rows,
        Self::Spool,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Losses => "losses",
            Self::Store => "store",
            Self::Rows => "rows",
            Self::Spool => "spool",
        }
    }
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
        let unwell = Part::ALL.into_iter().zip(&parts.unwell);
        let mut reasons: Vec<_> = unwell
            .filter_map(|(part, unwell)| {
                let (status, reason, since) = unwell.as_ref()?;
                Some(HealthReason {
                    component: part.name(),
                    status: *status,
                    reason: reason.clone(),
                    since: *since,
                })
            })
            .collect();
        // The sort is stable: of equal statuses, the more important component stays first.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.status));
        let (status, since) = match reasons.first() {
            Some(worst) => (worst.status, worst.since),
            None => (HealthStatus::Healthy, parts.well_since),
        };
        Health::of(status, since, reasons)
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
