//! The answer of a health route: a status code and a JSON body, without a web framework.

use super::{Health, HealthStatus};

const OK: u16 = 200;
const SERVICE_UNAVAILABLE: u16 = 503;

impl Health {
    /// Returns the body of a health route. Its form is stable: a later release adds fields and components, and changes none.
    ///
    /// ```json
    /// {
    ///   "status": "degraded",
    ///   "since": "2026-11-30T12:00:00.000000Z",
    ///   "reasons": [{
    ///     "component": "store",
    ///     "status": "degraded",
    ///     "reason": "the database is unavailable: …",
    ///     "since": "2026-11-30T12:00:00.000000Z"
    ///   }]
    /// }
    /// ```
    ///
    /// `status` is `healthy`, `degraded` or `unhealthy`. The reasons may name hosts, accounts and paths, so keep the route
    /// inside.
    pub fn to_json(&self) -> String {
        // Numbers, texts and lists of them always have a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the status code of a health route. It is 200 whatever the health: the application works without its recorder,
    /// and a probe must not end it for an outage of the database. If `strict`, every status but
    /// [`HealthStatus::Healthy`] is 503.
    pub fn http_status(&self, strict: bool) -> u16 {
        if strict && self.status != HealthStatus::Healthy {
            SERVICE_UNAVAILABLE
        } else {
            OK
        }
    }
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::Timestamp;
    use serde_json::{Value, json};

    use crate::disabled::Disabled;
    use crate::health::{Component, HealthState};

    use super::*;

    fn body(health: &Health) -> Value {
        serde_json::from_str(&health.to_json()).expect("it is JSON")
    }

    #[test]
    fn the_body_names_each_component_that_is_not_well_the_worst_first() {
        let state = HealthState::default();
        state.worsen(
            Component::Store,
            HealthStatus::Degraded,
            "no \"route\" to host",
        );
        state.worsen(
            Component::Spool,
            HealthStatus::Unhealthy,
            "the disk is full",
        );
        let health = state.health();
        let since = |index: usize| health.reasons[index].since.to_rfc3339();
        let expected = json!({
            "status": "unhealthy",
            "since": since(0),
            "reasons": [
                {"component": "spool", "status": "unhealthy", "reason": "the disk is full", "since": since(0)},
                {"component": "store", "status": "degraded", "reason": "no \"route\" to host", "since": since(1)},
            ],
        });
        assert_eq!(body(&health), expected);
    }

    #[test]
    fn the_body_of_a_healthy_recorder_has_no_reason() {
        let health = HealthState::default().health();
        let since = health.since.to_rfc3339();
        let expected = json!({"status": "healthy", "since": since, "reasons": []});
        assert_eq!(body(&health), expected);
    }

    #[test]
    fn only_a_strict_route_fails() {
        let state = HealthState::default();
        let codes = || [false, true].map(|strict| state.health().http_status(strict));
        assert_eq!(codes(), [200, 200]);
        state.worsen(Component::Store, HealthStatus::Degraded, "away");
        assert_eq!(codes(), [200, 503]);
        state.worsen(Component::Losses, HealthStatus::Unhealthy, "lost");
        assert_eq!(codes(), [200, 503]);
        assert_eq!(Health::forked().http_status(true), 503);
    }

    #[test]
    fn a_recorder_that_is_switched_off_is_healthy_and_names_the_switch() {
        let health = Health::disabled(Disabled::Code, Timestamp::now());
        assert_eq!(health.http_status(true), 200);
        let body = body(&health);
        assert_eq!(body["status"], "healthy");
        assert_eq!(body["reasons"][0]["component"], "recorder");
    }
}
