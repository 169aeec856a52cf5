//! The recorder as the only subscriber of a process, beside whatever stands there already.

use behavior_trace::{BehaviorTrace, behavior_trace};
use std::time::Duration;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Registry, fmt, registry};

use crate::alone::alone;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: u64) {}

/// A recorder with a store in memory, for the life of the process.
fn recorder() -> BehaviorTrace {
    let builder = BehaviorTrace::builder().database_url("memory:");
    builder.build().expect("a sound configuration")
}

/// Makes one call; returns how many rows were stored.
fn stored(recorder: &BehaviorTrace) -> u64 {
    update(7);
    recorder.flush_blocking(Duration::from_secs(10));
    recorder.stats().stored
}

#[test]
fn a_process_without_a_subscriber_records_on_every_thread() {
    alone(
        "install::a_process_without_a_subscriber_records_on_every_thread",
        || {
            let recorder = recorder();
            assert!(recorder.install().is_ok());
            let other = std::thread::spawn(|| update(8));
            other.join().expect("it ends");
            assert_eq!(stored(&recorder), 2);
            assert!(recorder.verify_blocking(Duration::from_secs(10)).is_ok());
        },
    );
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

/// As `env_logger::init()` leaves the process, in which `tracing_subscriber`'s own `init` panics.
#[test]
fn a_logger_that_was_there_first_changes_nothing() {
    alone(
        "install::a_logger_that_was_there_first_changes_nothing",
        || {
            log::set_logger(&Logger).expect("the first one");
            let recorder = recorder();
            assert!(recorder.install().is_ok());
            assert_eq!(stored(&recorder), 1);
        },
    );
}

#[test]
fn another_subscriber_stays_and_the_error_says_that_nothing_is_recorded() {
    let name = "install::another_subscriber_stays_and_the_error_says_that_nothing_is_recorded";
    alone(name, || {
        registry().with(fmt::layer()).init();
        let recorder = recorder();
        let error = recorder.install().expect_err("one stands there");
        assert!(!error.is_recording());
        assert!(
            error.to_string().contains(".with(recorder.layer())"),
            "{error}"
        );
        let stays = tracing::Dispatch::is::<fmt::Layer<Registry>>;
        assert!(tracing::dispatcher::get_default(stays));
        assert_eq!(stored(&recorder), 0);
    });
}

#[test]
fn a_second_installation_changes_nothing_and_says_that_calls_are_recorded() {
    let name = "install::a_second_installation_changes_nothing_and_says_that_calls_are_recorded";
    alone(name, || {
        let (first, second) = (recorder(), recorder());
        registry().with(first.layer()).init();
        for recorder in [&first, &second] {
            let error = recorder.install().expect_err("one stands there");
            assert!(error.is_recording(), "{error}");
        }
        assert_eq!(stored(&first), 1);
        assert_eq!(second.stats().stored, 0);
    });
}
