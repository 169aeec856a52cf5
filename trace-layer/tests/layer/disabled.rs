//! A layer that is switched off.

use behavior_trace_core::{Call, CollectionCheck, CollectionError, NoRecorder, record};
use tracing::{info, info_span, subscriber::with_default};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, registry};

use super::{layer, update_user};
use crate::BehaviorTraceLayer;
use crate::collected::Collected;

fn write_by_hand() {
    info!(target: "behavior_trace", action = "user.update", resource = "User");
}

#[test]
fn a_layer_that_is_switched_off_is_not_found_and_collects_nothing() {
    let sink = Collected::new();
    with_default(registry().with(layer(&sink).disabled()), || {
        let _span = info_span!("request", request_id = "r-1").entered();
        let recorded = record(&Call::checked("user.update", "User"), &mut |_| ());
        assert_eq!(recorded, Err(NoRecorder));
        write_by_hand();
    });
    assert_eq!(sink.take(), []);
}

#[test]
fn a_layer_that_is_switched_off_asks_for_no_level() {
    let layer: BehaviorTraceLayer<Registry> = layer(&Collected::new()).disabled();
    assert_eq!(Layer::max_level_hint(&layer), Some(LevelFilter::OFF));
}

#[test]
fn a_layer_beside_one_that_is_switched_off_collects_each_event_once() {
    let (on, off) = (Collected::new(), Collected::new());
    let both = || {
        update_user();
        write_by_hand();
    };
    let outside = registry().with(layer(&on)).with(layer(&off).disabled());
    with_default(outside, both);
    let inside = registry().with(layer(&off).disabled()).with(layer(&on));
    with_default(inside, both);
    assert_eq!((on.take().len(), off.take().len()), (4, 0));
}

#[test]
fn what_is_switched_off_is_told_from_what_is_missing() {
    let disabled = CollectionCheck::disabled();
    assert_eq!(disabled.annotated, Err(CollectionError::Disabled));
    assert!(!disabled.hand_written && !disabled.spans);
}
