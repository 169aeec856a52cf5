//! Health of each component, written by the writer and read by every thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use behavior_trace_core::Timestamp;

use super::{Health, HealthReason, HealthStatus};

/// Component with a health of its own, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Component {
    Writer,
    Losses,
    Store,
    Rows,
    Spool,
}

impl Component {
    const ALL: [Self; COMPONENTS] = [
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

const COMPONENTS: usize = Component::Spool as usize + 1;

/// Health of each component. The writer writes it, every thread reads it.
#[derive(Debug, Default)]
pub(crate) struct HealthState(Mutex<Components>);

#[derive(Debug)]
struct Components {
    unwell: [Option<(HealthStatus, String, Timestamp)>; COMPONENTS],
    /// Time since when all components are healthy, if they are.
    well_since: Timestamp,
}

impl Default for Components {
    fn default() -> Self {
        Self {
            unwell: [const { None }; COMPONENTS],
            well_since: Timestamp::now(),
        }
    }
}

impl HealthState {
    /// Marks a component as unhealthy or degraded.
    pub(crate) fn worsen(
        &self,
        component: Component,
        status: HealthStatus,
        cause: impl Into<String>,
    ) {
        let mut components = self.components();
        let slot = &mut components.unwell[component as usize];
        let since = match slot {
            Some((before, _, since)) if *before == status => *since,
            _ => Timestamp::now(),
        };
        *slot = Some((status, cause.into(), since));
    }

    /// Marks a component as healthy.
    pub(crate) fn recover(&self, component: Component) {
        let mut components = self.components();
        let was_unwell = components.unwell[component as usize].take().is_some();
        if was_unwell && components.unwell.iter().all(Option::is_none) {
            components.well_since = Timestamp::now();
        }
    }

    pub(crate) fn health(&self) -> Health {
        let components = self.components();
        let unwell = Component::ALL.into_iter().zip(&components.unwell);
        let mut reasons: Vec<_> = unwell
            .filter_map(|(component, unwell)| {
                let (status, reason, since) = unwell.as_ref()?;
                Some(HealthReason {
                    component: component.name(),
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
            None => (HealthStatus::Healthy, components.well_since),
        };
        Health::of(status, since, reasons)
    }

    fn components(&self) -> MutexGuard<'_, Components> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_component_is_the_health() {
        let state = HealthState::default();
        state.worsen(Component::Spool, HealthStatus::Degraded, "full");
        state.worsen(Component::Store, HealthStatus::Unhealthy, "no such table");
        let health = state.health();
        assert_eq!(health.status, HealthStatus::Unhealthy);
        assert_eq!(health.cause.as_deref(), Some("no such table; full"));
        state.recover(Component::Store);
        assert_eq!(state.health().cause.as_deref(), Some("full"));
        state.recover(Component::Spool);
        assert_eq!(state.health().status, HealthStatus::Healthy);
    }

    #[test]
    fn it_is_known_since_when_all_is_well() {
        let begun = Timestamp::now();
        let state = HealthState::default();
        let at_first = state.health().since;
        assert!(at_first >= begun);
        state.recover(Component::Spool);
        assert_eq!(state.health().since, at_first);
        state.worsen(Component::Store, HealthStatus::Degraded, "away");
        let away = state.health().since;
        state.recover(Component::Store);
        assert!(state.health().since >= away);
    }
}
