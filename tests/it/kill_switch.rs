//! A switched-off recorder.

use std::fs;
use std::time::{Duration, Instant};

use behavior_trace::config::{Config, Disabled};
use behavior_trace::health::{CollectionError, HealthStatus};
use behavior_trace::{BehaviorTrace, BehaviorTraceBuilder, behavior_trace};
use behavior_trace_core::__private::is_on;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::alone::{alone, alone_with};

/// Deadline so long that any wait for it shows.
const LONG: Duration = Duration::from_mins(1);
const OFF: [(&str, &str); 3] = [
    ("BEHAVIOR_TRACE_ENABLED", "false"),
    ("BEHAVIOR_TRACE_DURABILITY", "spool"),
    ("BEHAVIOR_TRACE_QUEUE_BYTES", "a malformed one"),
];

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: u64) -> u64 {
    id
}

/// Returns the names of the recorder's threads in this process.
fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("a process has threads");
    let names = tasks.flatten().map(|task| task.path().join("comm"));
    names
        .filter_map(|path| fs::read_to_string(path).ok())
        .filter(|name| name.starts_with("behavior"))
        .collect()
}

fn records_nothing(builder: BehaviorTraceBuilder, by: Disabled, word: &str) {
    let begun = Instant::now();
    let recorder = builder.build().expect("nothing else is checked");
    let _subscriber = registry().with(recorder.layer()).set_default();
    update(7);
    tracing::info!(target: "behavior_trace", action = "user.update", resource = "User");
    assert!(!is_on(), "a call goes further than its one load");
    assert_eq!(threads(), [""; 0]);

    let verification = recorder.verify_blocking(LONG);
    assert!(!verification.is_ok());
    assert_eq!(verification.disabled, Some(by));
    assert_eq!(
        verification.collection.annotated,
        Err(CollectionError::Disabled)
    );
    assert!(verification.to_string().contains(word), "{verification}");
    let storage = verification.storage.expect_err("nothing is stored");
    assert!(storage.to_string().contains(word), "{storage}");

    let health = recorder.health();
    assert_eq!(health.status, HealthStatus::Healthy);
    assert!(health.cause.is_some_and(|cause| cause.contains(word)));

    let report = recorder.flush_blocking(LONG);
    assert!(report.is_complete());
    let stats = recorder.stats();
    assert_eq!(
        (stats.accepted, stats.dropped.total(), stats.refused),
        (0, 0, 0)
    );
    assert!(recorder.shutdown_blocking(LONG).is_complete());
    assert!(begun.elapsed() < LONG / 2, "something was waited for");
    assert_eq!(threads(), [""; 0]);
}

#[test]
fn the_environment_switches_a_recorder_off_whatever_the_code_says() {
    let name = "kill_switch::the_environment_switches_a_recorder_off_whatever_the_code_says";
    alone_with(name, &OFF, || {
        for builder in [
            BehaviorTrace::builder(),
            BehaviorTrace::builder().enabled(true),
            BehaviorTrace::builder().database_url("not a URL"),
            BehaviorTraceBuilder::from(Config::default()),
        ] {
            records_nothing(builder, Disabled::Environment, "BEHAVIOR_TRACE_ENABLED");
        }
    });
}

#[test]
fn the_code_switches_a_recorder_off() {
    alone("kill_switch::the_code_switches_a_recorder_off", || {
        let builder = BehaviorTrace::builder().enabled(false);
        records_nothing(builder, Disabled::Code, "enabled(true)");
    });
}

#[test]
fn a_recorder_that_is_switched_off_touches_neither_its_spool_nor_its_database() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", directory.path().join("activity.db").display());
    let recorder = BehaviorTrace::builder()
        .enabled(false)
        .database_url(url)
        .migrate(true)
        .spool_dir(directory.path().join("spool"))
        .build()
        .expect("a sound configuration");
    assert!(recorder.shutdown_blocking(LONG).is_complete());
    let left = fs::read_dir(directory.path()).expect("a directory");
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_recorder_that_is_switched_off_reads_and_without_a_url_says_why_not() {
    let off = || BehaviorTrace::builder().enabled(false);
    let recorder = off().database_url("memory:").build().expect("sound");
    let page = recorder.reader().query().limit(10).fetch().await;
    assert_eq!(page.expect("an empty page").items, []);
    let recorder = off().build().expect("sound");
    let error = recorder.reader().query().limit(10).fetch().await;
    let error = error.expect_err("nowhere to read from").to_string();
    assert!(error.contains("BEHAVIOR_TRACE_DATABASE_URL"), "{error}");
}

#[test]
fn a_switch_that_is_neither_on_nor_off_is_an_error() {
    let name = "kill_switch::a_switch_that_is_neither_on_nor_off_is_an_error";
    alone_with(name, &[("BEHAVIOR_TRACE_ENABLED", "maybe")], || {
        let error = BehaviorTrace::builder().database_url("memory:").build();
        let error = error.expect_err("refused").to_string();
        assert!(error.contains("BEHAVIOR_TRACE_ENABLED"), "{error}");
        assert!(error.contains("`maybe`"), "{error}");
        assert!(error.contains("`true` or `false`"), "{error}");
    });
}

#[test]
fn a_recorder_beside_one_that_is_switched_off_records() {
    let off = BehaviorTrace::builder()
        .enabled(false)
        .build()
        .expect("off");
    let on = BehaviorTrace::builder()
        .database_url("memory:")
        .build()
        .expect("on");
    let subscriber = registry().with(on.layer()).with(off.layer());
    tracing::subscriber::with_default(subscriber, || {
        update(7);
        tracing::info!(target: "behavior_trace", action = "user.update", resource = "User");
    });
    assert!(on.flush_blocking(LONG).is_complete());
    assert_eq!((on.stats().stored, off.stats().accepted), (2, 0));
}
