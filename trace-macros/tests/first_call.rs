//! The first annotated call of a program that has installed no layer.

use std::sync::atomic::{AtomicUsize, Ordering};

use behavior_trace::behavior_trace;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static WARNINGS: AtomicUsize = AtomicUsize::new(0);

/// Counts what is said about the installation.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let about_us = event.metadata().target() == "behavior_trace::install";
        WARNINGS.fetch_add(usize::from(about_us), Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: u64) -> u64 {
    id
}

#[test]
fn calls_without_any_layer_are_warned_of_once() {
    tracing::subscriber::with_default(Listener, || {
        for id in 0..3 {
            assert_eq!(update(id), id);
        }
    });
    assert_eq!(WARNINGS.load(Ordering::Relaxed), 1);
}
