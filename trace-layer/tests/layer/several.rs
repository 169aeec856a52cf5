//! Several `BehaviorTraceLayer`s on one thread.

use std::sync::Arc;

use behavior_trace_core::Field;
use tracing::field::Empty;
use tracing::{info, info_span, subscriber::with_default};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use super::{Seen, layer, update_user};
use crate::collected::Collected;
use crate::{BehaviorTraceLayer, SpanFieldNames};

#[test]
fn two_layers_in_one_subscriber_store_nothing_twice() {
    let both = || {
        update_user();
        info!(target: "behavior_trace", action = "user.update", resource = "User");
    };
    let (inner, outer) = (Collected::new(), Collected::new());
    with_default(registry().with(layer(&inner)).with(layer(&outer)), both);
    with_default(
        registry()
            .with(Some(layer(&inner)))
            .with(layer(&outer).boxed()),
        both,
    );
    with_default(registry().with(layer(&inner).and_then(layer(&outer))), both);
    assert_eq!((inner.take().len(), outer.take().len()), (0, 6));
}

#[test]
fn two_layers_in_one_list_store_nothing_twice_from_the_first_event_on() {
    let three = || {
        for _ in 0..3 {
            update_user();
            info!(target: "behavior_trace", action = "user.update", resource = "User");
        }
    };
    let (first, second) = (Collected::new(), Collected::new());
    let list = vec![layer(&first), layer(&second)];
    with_default(registry().with(list), three);
    let list = vec![
        layer(&first).boxed(),
        Seen::default().boxed(),
        layer(&second).with_filter(LevelFilter::INFO).boxed(),
    ];
    with_default(registry().with(list), three);
    assert_eq!((first.take().len(), second.take().len()), (12, 0));
}

#[test]
fn what_a_layer_has_taken_is_gone_for_its_own_subscriber_alone() {
    let (first, second) = (Collected::new(), Collected::new());
    let subscribers = [&first, &second].map(|sink| registry().with(layer(sink)).into());
    for _ in 0..3 {
        for subscriber in &subscribers {
            tracing::dispatcher::with_default(subscriber, || {
                info!(target: "behavior_trace", action = "user.update", resource = "User");
            });
        }
    }
    assert_eq!((first.take().len(), second.take().len()), (3, 3));
}

/// Creates a layer that reads other names than the default ones.
fn layer_of_tickets<S>(sink: &Arc<Collected>) -> BehaviorTraceLayer<S> {
    let names = SpanFieldNames::none()
        .map("tenant", Field::ActorId)
        .map("ticket", Field::RequestId);
    layer(sink).span_field_names(names)
}

#[test]
fn each_layer_in_one_subscriber_reads_the_spans_by_its_own_names() {
    let (ours, tickets) = (Collected::new(), Collected::new());
    let in_spans = || {
        let request = info_span!("request", request_id = "r-1", ticket = "t-1", actor_id = 7);
        let _request = request.entered();
        let tenant = info_span!("tenant", tenant = 5, actor_id = Empty);
        tenant.record("actor_id", 8);
        let _tenant = tenant.entered();
        update_user();
        info!(target: "behavior_trace", action = "user.update", resource = "User");
    };
    let assert_by = |sink: &Collected, request_id: &str, actor_id: i64| {
        let rows = sink.take();
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!(row.request_id.as_deref(), Some(request_id));
            assert_eq!(row.actor_id, Some(actor_id));
        }
    };
    let list = vec![layer(&ours), layer_of_tickets(&tickets)];
    with_default(registry().with(list), in_spans);
    assert_by(&ours, "r-1", 8);
    let list = vec![layer_of_tickets(&tickets), layer(&ours)];
    with_default(registry().with(list), in_spans);
    assert_by(&tickets, "t-1", 5);
    let both = registry().with(layer(&ours));
    with_default(both.with(layer_of_tickets(&tickets)), in_spans);
    assert_by(&tickets, "t-1", 5);
    let both = registry().with(layer_of_tickets(&tickets));
    with_default(both.with(layer(&ours)), in_spans);
    assert_by(&ours, "r-1", 8);
    assert_eq!((ours.take().len(), tickets.take().len()), (0, 0));
}
