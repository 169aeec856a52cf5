//! Spans that are read repeatedly.

use std::thread;

use tracing::field::Empty;
use tracing::{Dispatch, Span, dispatcher, info_span, subscriber::with_default};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use super::{layer, update_user};
use crate::collected::Collected;

/// Reads until the cache of a span is used.
fn update_users() {
    for _ in 0..3 {
        update_user();
    }
}

/// Returns the request and the actor of each row.
fn asked(sink: &Collected) -> Vec<(Option<String>, Option<i64>)> {
    let rows = sink.take().into_iter();
    rows.map(|row| (row.request_id.map(String::from), row.actor_id))
        .collect()
}

fn request(id: &str) -> Span {
    info_span!("request", request_id = id, actor_id = Empty)
}

#[test]
fn what_was_kept_of_a_span_is_not_said_by_a_later_one_with_its_id() {
    let sink = Collected::new();
    with_default(registry().with(layer(&sink)), || {
        let first = request("first");
        let id = first.id();
        first.in_scope(update_users);
        drop(first);
        let first = Some("first".to_owned());
        assert_eq!(asked(&sink), vec![(first, None); 3]);
        // The registry reuses a slot with a new generation in the id, and generations wrap around.
        let reused = (0..1_000_000).map(|_| request("second"));
        let second = reused
            .into_iter()
            .find(|span| span.id() == id)
            .expect("the id comes back");
        second.in_scope(update_users);
        let second = Some("second".to_owned());
        assert_eq!(asked(&sink), vec![(second, None); 3]);
    });
}

#[test]
fn what_a_span_is_told_on_another_thread_reaches_the_next_event() {
    let sink = Collected::new();
    with_default(registry().with(layer(&sink)), || {
        let span = request("r");
        let _entered = span.clone().entered();
        for actor_id in 1..=3 {
            update_users();
            let told = span.clone();
            thread::spawn(move || {
                told.record("actor_id", actor_id);
            })
            .join()
            .unwrap();
            update_users();
        }
    });
    let actors: Vec<_> = asked(&sink).into_iter().map(|(_, actor)| actor).collect();
    let [none, one, two, three] = [None, Some(1), Some(2), Some(3)].map(|actor| [actor; 3]);
    assert_eq!(
        actors,
        [none, one, one, two, two, three].concat(),
        "each as it was told last"
    );
}

#[test]
fn spans_of_several_subscribers_are_told_apart_though_their_ids_are_the_same() {
    let sinks = [Collected::new(), Collected::new()];
    let subscribers = sinks
        .each_ref()
        .map(|sink| Dispatch::new(registry().with(layer(sink))));
    let spans = subscribers
        .each_ref()
        .map(|subscriber| dispatcher::with_default(subscriber, || request("r")));
    assert_eq!(spans[0].id(), spans[1].id());
    for (span, actor_id) in spans.iter().zip(1..) {
        span.record("actor_id", actor_id);
    }
    for _ in 0..2 {
        for (span, subscriber) in spans.iter().zip(&subscribers) {
            dispatcher::with_default(subscriber, || span.in_scope(update_users));
        }
    }
    for (sink, actor_id) in sinks.iter().zip(1..) {
        assert_eq!(asked(sink), vec![(Some("r".to_owned()), Some(actor_id)); 6]);
    }
}

#[test]
fn what_the_spans_around_add_is_added_to_what_was_kept() {
    let sink = Collected::new();
    with_default(registry().with(layer(&sink)), || {
        let outer = request("outer");
        let _outer = outer.clone().entered();
        let _inner = info_span!("inner", route = "/inner").entered();
        update_users();
        outer.record("actor_id", 7);
        update_users();
    });
    let rows = sink.take();
    assert_eq!(rows.len(), 6);
    for (at, row) in rows.iter().enumerate() {
        assert_eq!(row.route_name.as_deref(), Some("/inner"));
        assert_eq!(row.request_id.as_deref(), Some("outer"));
        assert_eq!(row.actor_id, (at > 2).then_some(7));
    }
}
