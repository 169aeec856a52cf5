//! The event handle in the body: `bind = event`, and the bulk form.

#![expect(
    clippy::items_after_statements,
    reason = "a function stands beside its test"
)]

use behavior_trace::{EventHandle, behavior_trace, record};
use behavior_trace_core::{Counter, Level};
use serde::Serialize;

use super::collected::{events, tallies, watch_at};

#[derive(Clone, Copy, Serialize)]
struct Order {
    price: u32,
    count: u32,
    version: u32,
}

const ORDER: Order = Order {
    price: 1,
    count: 2,
    version: 3,
};

#[test]
fn what_the_body_says_goes_before_the_arguments_and_the_later_stands() {
    #[behavior_trace(action = "order.change", resource = "Order", resource_id = 1, reason = "as usual", bind = event)]
    fn change() {
        event.resource_id(2);
        event.resource_id(3);
        event.payload(&ORDER.price);
    }
    assert_eq!(
        events(change),
        ["order.change Order id=3 payload=1 reason=as usual"]
    );
}

#[test]
fn several_diffs_add_up() {
    #[behavior_trace(action = "order.change", resource = "Order", bind = event)]
    fn change() {
        event.diff(&ORDER, &Order { price: 9, ..ORDER });
        event.diff(&ORDER, &ORDER);
        event.diff(&ORDER, &Order { count: 9, ..ORDER });
    }
    assert_eq!(
        events(change),
        [r#"order.change Order diff={"count":{"from":2,"to":9},"price":{"from":1,"to":9}}"#]
    );
}

#[test]
fn a_field_may_be_left_out_of_the_comparison() {
    #[behavior_trace(action = "order.change", resource = "Order", bind = event)]
    fn change() {
        event.diff_ignoring(
            &ORDER,
            &Order {
                version: 4,
                ..ORDER
            },
            &["version"],
        );
    }
    assert_eq!(tallies(change), [Counter::Unchanged]);
}

#[test]
fn an_unchanged_call_is_recorded_where_the_attribute_asks_for_it() {
    #[behavior_trace(action = "order.change", resource = "Order", bind = event, unchanged = record)]
    fn change() {
        event.diff(&ORDER, &ORDER);
    }
    assert_eq!(events(change), ["order.change Order"]);
}

#[test]
fn the_body_may_skip_and_may_pass_its_say_on() {
    fn decide(event: &EventHandle, skip: bool) {
        if skip {
            event.skip();
        }
    }

    #[behavior_trace(action = "order.change", resource = "Order", bind = event)]
    fn change(skip: bool) {
        decide(&event, skip);
    }
    assert_eq!(tallies(|| change(true)), [Counter::Unchanged]);
    assert_eq!(events(|| change(false)), ["order.change Order"]);
    decide(&EventHandle::disabled(), true);
}

#[test]
fn the_handle_is_empty_while_nothing_is_recorded() {
    #[behavior_trace(action = "order.change", resource = "Order", bind = event)]
    fn change() -> u8 {
        u8::from(event.is_enabled())
    }
    assert_eq!(change(), 0);
    let (on, _) = watch_at(Level::Facts, change);
    assert_eq!(on, 1);
}

#[test]
fn a_bulk_change_is_one_event_with_a_count_and_a_sample() {
    let ids: Vec<u64> = (1..=30).collect();
    let sample: Vec<String> = (1..=20).map(|id| format!("\"{id}\"")).collect();
    let expected = format!("order.archive Order count=30 ids=[{}]", sample.join(","));

    #[behavior_trace(action = "order.archive", resource = "Order", count = ids.len(), ids = ids)]
    fn archive(ids: &[u64]) {}
    assert_eq!(events(|| archive(&ids)), [expected.as_str()]);

    #[behavior_trace(action = "order.archive", resource = "Order", count = |archived| archived)]
    fn archive_old() -> Result<usize, String> {
        Ok(30)
    }
    assert_eq!(events(archive_old), ["order.archive Order count=30"]);

    let by_hand = || {
        record!(
            action = "order.archive",
            resource = "Order",
            count = ids.len(),
            ids = ids.iter()
        );
    };
    assert_eq!(events(by_hand), [expected]);
}

#[test]
fn a_difference_can_be_recorded_by_hand() {
    let change = |after: &Order| {
        record!(
            action = "order.change",
            resource = "Order",
            diff = (ORDER, after)
        );
    };
    assert_eq!(
        events(|| change(&Order { price: 9, ..ORDER })),
        [r#"order.change Order diff={"price":{"from":1,"to":9}}"#]
    );
    assert_eq!(tallies(|| change(&ORDER)), [Counter::Unchanged]);
}
