//! Problems that `verify` finds at start.

use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::health::CollectionError;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{registry, reload};

use crate::alone::alone;
use crate::database::{Database, on_every_store};

const DEADLINE: Duration = Duration::from_secs(20);

fn recorder(url: &str, migrate: bool) -> BehaviorTrace {
    BehaviorTrace::builder()
        .database_url(url)
        .migrate(migrate)
        .build()
        .expect("a sound configuration")
}

on_every_store! {
    a_layer_and_a_table_are_good_and_no_row_stays_behind
    a_missing_table_is_told
}

async fn a_layer_and_a_table_are_good_and_no_row_stays_behind(database: Database) {
    let trace = recorder(database.text(), true);
    let _subscriber = registry().with(trace.layer()).set_default();
    let verification = trace.verify(DEADLINE).await;
    assert!(verification.is_ok(), "{verification}");
    let found = trace
        .reader()
        .query()
        .limit(10)
        .fetch()
        .await
        .expect("a page");
    assert_eq!(found.items, []);
    assert_eq!(trace.stats().accepted, 0);
}

async fn a_missing_table_is_told(database: Database) {
    let trace = recorder(database.text(), false);
    let _subscriber = registry().with(trace.layer()).set_default();
    let verification = trace.verify(DEADLINE).await;
    assert_eq!(verification.collection.annotated, Ok(()));
    assert!(verification.storage.is_err(), "{verification}");
    let text = verification.to_string();
    assert!(text.contains(".migrate(true)"), "{text}");
}

#[test]
fn what_keeps_activity_from_being_collected_is_named() {
    let trace = recorder("memory:", false);
    let why = || trace.verify_blocking(DEADLINE).collection.annotated;

    assert_eq!(
        tracing::subscriber::with_default(registry(), why),
        Err(CollectionError::NoLayer)
    );

    let (hidden, _handle) = reload::Layer::new(trace.layer());
    assert_eq!(
        tracing::subscriber::with_default(registry().with(hidden), why),
        Err(CollectionError::Hidden)
    );

    let other = recorder("memory:", false);
    let subscriber = registry().with(other.layer());
    assert_eq!(
        tracing::subscriber::with_default(subscriber, why),
        Err(CollectionError::AnotherRecorder)
    );
}

#[tokio::test]
async fn verifying_may_block_a_thread_of_a_runtime() {
    let trace = recorder("memory:", false);
    let _subscriber = registry().with(trace.layer()).set_default();
    assert!(trace.verify_blocking(DEADLINE).is_ok());
}

#[test]
fn a_global_filter_hides_hand_written_events_and_nothing_else() {
    let trace = recorder("memory:", false);
    let subscriber = registry().with(LevelFilter::WARN).with(trace.layer());
    let verification =
        tracing::subscriber::with_default(subscriber, || trace.verify_blocking(DEADLINE));
    assert!(verification.is_ok(), "{verification}");
    assert!(!verification.collection.hand_written);
    assert!(
        verification.to_string().contains("a filter hides"),
        "{verification}"
    );
}

#[test]
fn verifying_names_the_levels_that_nobody_asks_for() {
    let of = |level: LevelFilter| {
        BehaviorTrace::builder()
            .database_url("memory:")
            .max_level(level)
            .build()
            .expect("a sound configuration")
    };
    let told = |level| {
        let trace = of(level);
        let layer = trace.layer();
        let verify = || trace.verify_blocking(DEADLINE);
        tracing::subscriber::with_default(registry().with(layer), verify)
    };
    let name = "verification::verifying_names_the_levels_that_nobody_asks_for";
    alone(name, || {
        for (level, seen, below) in [
            (LevelFilter::TRACE, Some(LevelFilter::TRACE), None),
            (
                LevelFilter::DEBUG,
                Some(LevelFilter::DEBUG),
                Some("at TRACE "),
            ),
            (
                LevelFilter::INFO,
                Some(LevelFilter::INFO),
                Some("at DEBUG and TRACE "),
            ),
            (LevelFilter::WARN, None, Some("at INFO")),
            (LevelFilter::OFF, None, Some("at INFO")),
        ] {
            let verification = told(level);
            assert!(verification.is_ok(), "{verification}");
            assert_eq!(verification.collection.max_level, seen, "{verification}");
            let text = verification.to_string();
            assert!(below.is_none_or(|below| text.contains(below)), "{text}");
            assert_eq!(
                text.contains("TRACE"),
                seen != Some(LevelFilter::TRACE) && seen.is_some(),
                "{text}"
            );
        }
    });
}
