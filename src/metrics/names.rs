//! Names of the metrics, with their descriptions and units.

use metrics::{Unit, describe_counter, describe_gauge};

pub(super) const HEALTH: &str = "behavior_trace_health";
pub(super) const OLDEST_SPOOLED: &str = "behavior_trace_oldest_spooled_seconds";
pub(super) const OLDEST_UNSTORED: &str = "behavior_trace_oldest_unstored_seconds";

/// Name of a number in [`Stats::each`](crate::health::Stats::each), of its metric, and the description.
struct NamedMetric {
    name: &'static str,
    metric: &'static str,
    help: &'static str,
}

macro_rules! numbers {
    ($suffix:literal: $($name:ident $help:literal)*) => {
        [$(NamedMetric {
            name: stringify!($name),
            metric: concat!("behavior_trace_", stringify!($name), $suffix),
            help: $help,
        }),*]
    };
}

const COUNTERS: [NamedMetric; 22] = numbers! { "_total":
    accepted "Events that the policy admitted and that were offered to the queue"
    recovered "Events found in the spool or the mapped buffers of an earlier or a dead process"
    stored "Events in the table"
    dead_lettered "Events that the database refused, kept as dead letters"
    dropped "Events lost, by reason"
    refused "Calls that the policy refused"
    unchanged "Calls whose diff found no change, or whose body skipped the event"
    rolled_back "Calls of units of work that were rolled back"
    commit_unknown "Events of units of work whose commit is in doubt"
    in_transaction "Rows stored by transactions of the application"
    cancelled "Calls whose future was dropped before it completed"
    reentrant "Calls made while the recorder was running on the thread"
    panicked "Panics of application code that the recorder called"
    undetermined "Call sites whose return type could not be checked for success"
    without_layer "Successful calls of the whole program outside the subscriber that has the layer"
    without_actor "Events recorded as ANONYMOUS, because neither they nor their context had an actor"
    not_durable "Durable events whose call returned before they were known to be on disk"
    truncated "Rows stored without their payload, which was too large for the database"
    failed_attempts "Failed attempts to store"
    restarts "Restarts of the writer after a panic"
    salvaged "Rows and dead letters read back from damaged spool files"
    unreported "Messages that neither the error hook nor standard error took"
};

const GAUGES: [NamedMetric; 2] = numbers! { "":
    spooled "Events in the spool now"
    in_memory "Events in the queue or held by the writer now"
};

/// Returns the name of the metric of a counter; `None` if this release knows no such counter.
pub(super) fn counter(name: &str) -> Option<&'static str> {
    metric(&COUNTERS, name)
}

/// Returns the name of the metric of a gauge; `None` if this release knows no such gauge.
pub(super) fn gauge(name: &str) -> Option<&'static str> {
    metric(&GAUGES, name)
}

fn metric(numbers: &[NamedMetric], name: &str) -> Option<&'static str> {
    let known = numbers.iter().find(|number| number.name == name)?;
    Some(known.metric)
}

/// Describes every metric to the exporter, with its unit. Call it once, after the exporter is installed.
pub fn describe() {
    for NamedMetric { metric, help, .. } in COUNTERS {
        describe_counter!(metric, Unit::Count, help);
    }
    for NamedMetric { metric, help, .. } in GAUGES {
        describe_gauge!(metric, Unit::Count, help);
    }
    describe_gauge!(
        OLDEST_SPOOLED,
        Unit::Seconds,
        "Age of the oldest event in the spool, 0 if there is none"
    );
    describe_gauge!(
        OLDEST_UNSTORED,
        Unit::Seconds,
        "Age of the oldest event in memory or in the spool, 0 if there is none"
    );
    describe_gauge!(
        HEALTH,
        Unit::Count,
        "1 for the present status of the recorder, 0 for the others"
    );
}

#[cfg(test)]
mod tests {
    use behavior_trace_runtime::{MetricKind, Stats};

    use super::*;

    #[test]
    fn each_number_of_the_recorder_has_a_metric_and_no_metric_is_without_one() {
        let mut visited = Vec::new();
        Stats::default().each(|name, _, kind, _| {
            let metric = match kind {
                MetricKind::Counter => counter(name),
                _ => gauge(name),
            };
            assert!(metric.is_some(), "{name} has no description");
            visited.push(name);
        });
        for NamedMetric { name, .. } in COUNTERS.iter().chain(&GAUGES) {
            assert!(visited.contains(name), "no number is called {name}");
        }
    }
}
