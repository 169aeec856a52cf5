//! Names, descriptions, labels and values of the metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use behavior_trace::metrics::{RecorderMetrics, describe};
use behavior_trace::{BehaviorTrace, behavior_trace};
use metrics::{Unit, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use tracing_subscriber::prelude::*;

use super::described::described;

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
fn approve(id: u64) {}

fn recorder() -> BehaviorTrace {
    let builder = BehaviorTrace::builder().database_url("memory:");
    builder.build().expect("a sound configuration")
}

/// Records so many events, and waits until they are stored.
fn record(recorder: &BehaviorTrace, events: u64) {
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || (0..events).for_each(approve));
    let report = recorder.flush_blocking(Duration::from_secs(20));
    assert!(report.is_complete(), "{report}");
}

/// Returns the samples of a text of Prometheus: the value of each name with its labels.
fn samples(exporter: &PrometheusRecorder) -> BTreeMap<String, f64> {
    let text = exporter.handle().render();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.rsplit_once(' '));
    pairs
        .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
        .collect()
}

fn name_of(sample: &str) -> &str {
    sample.split('{').next().unwrap_or(sample)
}

#[test]
fn every_metric_that_is_set_is_described_and_every_description_is_of_one_that_is_set() {
    let exporter = PrometheusBuilder::new().build_recorder();
    let recorder = recorder();
    with_local_recorder(&exporter, || {
        RecorderMetrics::new(recorder.handle()).observe();
    });
    let set: BTreeSet<String> = samples(&exporter)
        .keys()
        .map(|sample| name_of(sample).to_owned())
        .collect();
    let described = described();
    assert_eq!(set, described.keys().cloned().collect());
    for (name, (kind, unit, text)) in described {
        assert!(name.starts_with("behavior_trace_"), "{name}");
        assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
        let seconds = name.ends_with("_seconds");
        let expected = if seconds { Unit::Seconds } else { Unit::Count };
        assert_eq!(unit, Some(expected), "{name}");
        assert!(text.len() > 10 && !text.ends_with('.'), "{name}: {text}");
    }
}

#[test]
fn names_are_the_same_where_the_exporter_adds_units_and_suffixes() {
    let [plain, recommended] = [false, true].map(|recommended| {
        let exporter = PrometheusBuilder::new()
            .with_recommended_naming(recommended)
            .build_recorder();
        let recorder = recorder();
        with_local_recorder(&exporter, || {
            describe();
            RecorderMetrics::new(recorder.handle()).observe();
        });
        samples(&exporter).into_keys().collect::<BTreeSet<_>>()
    });
    assert_eq!(plain, recommended);
}

#[test]
fn two_recorders_of_one_process_are_told_apart_by_their_label() {
    let exporter = PrometheusBuilder::new().build_recorder();
    let recorders = [recorder(), recorder()];
    let [orders, users] = &recorders;
    record(orders, 3);
    record(users, 5);
    with_local_recorder(&exporter, || {
        RecorderMetrics::named(orders.handle(), "orders").observe();
        RecorderMetrics::named(users.handle(), "users").observe();
    });
    let samples = samples(&exporter);
    let of = |name: &str, labels: &str| samples[&format!("behavior_trace_{name}{{{labels}}}")];
    for (recorder, stored) in [("orders", 3), ("users", 5)] {
        let label = format!("recorder=\"{recorder}\"");
        assert_eq!(of("stored_total", &label).to_string(), stored.to_string());
        assert_eq!(
            of("without_actor_total", &label).to_string(),
            stored.to_string()
        );
        let healthy = of("health", &format!("{label},status=\"healthy\""));
        assert_eq!(healthy.to_string(), "1");
        let poison = of("dropped_total", &format!("{label},reason=\"poison\""));
        assert_eq!(poison.to_string(), "0");
    }
    assert!(samples.keys().all(|sample| sample.contains("recorder=")));
}

#[test]
fn a_counter_follows_its_recorder_and_is_not_added_up() {
    let exporter = PrometheusBuilder::new().build_recorder();
    let recorder = recorder();
    let metrics = RecorderMetrics::new(recorder.handle());
    for stored in [2, 4] {
        record(&recorder, 2);
        with_local_recorder(&exporter, || {
            metrics.observe();
            metrics.observe();
        });
        let value = samples(&exporter)["behavior_trace_stored_total"];
        assert_eq!(value.to_string(), stored.to_string());
    }
}

#[test]
fn without_an_exporter_observing_has_no_effect() {
    let recorder = recorder();
    record(&recorder, 1);
    describe();
    RecorderMetrics::new(recorder.handle()).observe();
    assert_eq!(recorder.stats().stored, 1);
}
