//! Verbosity of the process with the layer installed.

use behavior_trace::behavior_trace;
use behavior_trace_layer::{BehaviorTraceLayer, LevelFilter};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, registry};

use super::work::Foreign;
use crate::alone::alone;
use crate::collected::Collected;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update_user(id: i64) {}

#[test]
fn a_host_at_info_becomes_no_more_verbose_than_debug() {
    alone(
        "layer_beside::levels::a_host_at_info_becomes_no_more_verbose_than_debug",
        || {
            let layer = BehaviorTraceLayer::new(Collected::new());
            registry()
                .with(Foreign::default().with_filter(LevelFilter::INFO))
                .with(layer)
                .init();
            assert_eq!(LevelFilter::current(), LevelFilter::DEBUG);
        },
    );
}

#[test]
fn at_each_level_the_process_is_as_verbose_as_its_most_verbose_layer_and_calls_are_recorded() {
    let name = "layer_beside::levels::at_each_level_the_process_is_as_verbose_as_its_most_verbose_layer_and_calls_are_recorded";
    alone(name, || {
        for level in [
            LevelFilter::OFF,
            LevelFilter::ERROR,
            LevelFilter::INFO,
            LevelFilter::DEBUG,
            LevelFilter::TRACE,
        ] {
            let sink = Collected::new();
            let ours = BehaviorTraceLayer::new(sink.clone()).max_level(level);
            let others = Foreign::default().with_filter(EnvFilter::new("info"));
            tracing::subscriber::with_default(registry().with(others).with(ours), || {
                assert_eq!(LevelFilter::current(), level.max(LevelFilter::INFO));
                update_user(7);
            });
            let ours = BehaviorTraceLayer::new(sink.clone()).max_level(level);
            tracing::subscriber::with_default(registry().with(ours.boxed()), || {
                assert_eq!(LevelFilter::current(), level);
                update_user(7);
            });
            assert_eq!(sink.take().len(), 2, "{level}");
        }
    });
}
