//! Sets the metrics of a recorder.

use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_runtime::{HealthStatus, MetricKind, RecorderHandle, Stats};
use metrics::Label;

use super::names;

/// Each status with its label.
const STATUSES: [(HealthStatus, &str); 3] = [
    (HealthStatus::Healthy, "healthy"),
    (HealthStatus::Degraded, "degraded"),
    (HealthStatus::Unhealthy, "unhealthy"),
];

/// The metrics of one recorder; see [the module](crate::metrics) for their names.
///
/// Counters never go back. The metrics of a second recorder in the same process need a name of their own, and so do those of
/// a recorder that replaces one that has ended.
#[derive(Clone, Debug)]
pub struct RecorderMetrics {
    recorder: RecorderHandle,
    labels: Vec<Label>,
}

impl RecorderMetrics {
    /// Returns the metrics of the only recorder of the process, without a label for it.
    pub const fn new(recorder: RecorderHandle) -> Self {
        Self {
            recorder,
            labels: Vec::new(),
        }
    }

    /// Returns the metrics of one of several recorders, with the label `recorder`.
    ///
    /// ```
    /// # use behavior_trace::{BehaviorTrace, metrics::RecorderMetrics};
    /// # fn all(orders: &BehaviorTrace, users: &BehaviorTrace) -> [RecorderMetrics; 2] {
    /// [
    ///     RecorderMetrics::named(orders.handle(), "orders"),
    ///     RecorderMetrics::named(users.handle(), "users"),
    /// ]
    /// # }
    /// ```
    pub fn named(recorder: RecorderHandle, name: impl Into<String>) -> Self {
        Self {
            recorder,
            labels: vec![Label::new("recorder", name.into())],
        }
    }

    /// Reads the recorder, and sets every metric in the exporter that is installed. It waits for nothing but short locks, and
    /// does no I/O. Without an exporter it has no effect.
    pub fn observe(&self) {
        let stats = self.recorder.stats();
        self.observe_numbers(&stats);
        let now = Timestamp::now();
        let ages = [
            (names::OLDEST_SPOOLED, stats.oldest_spooled),
            (names::OLDEST_UNSTORED, stats.oldest_unstored()),
        ];
        for (metric, oldest) in ages {
            self.gauge(metric, age(oldest, now).as_secs_f64());
        }
        self.observe_health(self.recorder.health().status);
    }

    fn observe_numbers(&self, stats: &Stats) {
        stats.each(|name, reason, kind, value| match kind {
            MetricKind::Counter => {
                if let Some(metric) = names::counter(name) {
                    let labels = self.labels_with(reason.map(|reason| ("reason", reason)));
                    metrics::counter!(metric, labels).absolute(value);
                }
            }
            _ => {
                if let Some(metric) = names::gauge(name) {
                    self.gauge(metric, exact(value));
                }
            }
        });
    }

    fn observe_health(&self, present: HealthStatus) {
        for (status, name) in STATUSES {
            let labels = self.labels_with(Some(("status", name)));
            let value = f64::from(u8::from(status == present));
            metrics::gauge!(names::HEALTH, labels).set(value);
        }
    }

    fn gauge(&self, metric: &'static str, value: f64) {
        metrics::gauge!(metric, self.labels.clone()).set(value);
    }

    fn labels_with(&self, more: Option<(&'static str, &'static str)>) -> Vec<Label> {
        let more = more.map(|(key, value)| Label::from_static_parts(key, value));
        self.labels.iter().cloned().chain(more).collect()
    }
}

/// Returns the age, 0 without a time. A clock that was set back gives 0, too.
fn age(since: Option<Timestamp>, now: Timestamp) -> Duration {
    let micros = since.map_or(0, |since| {
        now.as_micros().saturating_sub(since.as_micros()).max(0)
    });
    Duration::from_micros(micros.unsigned_abs())
}

/// Returns the number as a gauge's value. It is exact up to 2^53 events.
#[expect(
    clippy::cast_precision_loss,
    reason = "no process holds so many events"
)]
const fn exact(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_counts_from_a_time_and_never_below_zero() {
        let at = Timestamp::from_micros;
        let age_of = |since| age(since, at(4_000_000)).as_millis();
        assert_eq!(age_of(Some(at(1_500_000))), 2500);
        assert_eq!(age_of(None), 0);
        assert_eq!(age_of(Some(at(4_000_001))), 0);
    }
}
