//! The layer beside others, in every stacking and with `enabled` queries in between. The rows are right, and the other
//! layers see the same as without the recorder.

mod asks;
mod host_pool;
mod levels;
mod mirrors;
mod stacks;
mod work;

use std::thread;

use crate::alone::alone;

use asks::Asks;
use stacks::{STACKS, Stack};
use work::{Row, Seen, asking_requests, requests};

/// Returns the events that the foreign layer sees and the rows of a few requests. It runs on a new thread, since the last
/// answers of filters are thread-local.
fn observed(stack: &Stack, asks: Asks, ours: bool, work: fn(Asks)) -> (Vec<Seen>, Vec<Row>) {
    let (dispatch, seen, sink) = stack.build(ours);
    let requests = || tracing::dispatcher::with_default(&dispatch, || work(asks));
    let ended = thread::scope(|scope| scope.spawn(requests).join());
    assert!(ended.is_ok(), "{} with {asks:?}, ours: {ours}", stack.name);
    (seen.take(), work::rows(&sink))
}

#[test]
fn rows_are_right_and_other_layers_see_what_they_see_without_us() {
    alone(
        "layer_beside::rows_are_right_and_other_layers_see_what_they_see_without_us",
        || {
            let mut wrong = Vec::new();
            for stack in STACKS {
                let (undisturbed, _) = observed(stack, Asks::Nobody, false, requests);
                assert!(
                    stack.hides_info || !undisturbed.is_empty(),
                    "{}",
                    stack.name
                );
                for asks in Asks::ALL {
                    let (without, _) = observed(stack, asks, false, requests);
                    let (seen, rows) = observed(stack, asks, true, requests);
                    let place = format!("{} with {asks:?}", stack.name);
                    if rows != work::expected(stack.hides_info) {
                        wrong.push(format!("{place}: rows {rows:?}"));
                    }
                    // A query can cost an application its spans without the recorder too, so the layer may restore them.
                    if seen != without && seen != undisturbed {
                        wrong.push(format!("{place}: seen {seen:?}, without us {without:?}"));
                    }
                }
            }
            assert!(
                wrong.is_empty(),
                "{} wrong:\n{}",
                wrong.len(),
                wrong.join("\n")
            );
        },
    );
}

/// Checks stackings without a filter around the layer. Such a filter hides what it answered to the query from the layer,
/// and `tracing-subscriber` has no way around it.
#[test]
fn a_question_that_a_field_asks_changes_no_row() {
    alone(
        "layer_beside::a_question_that_a_field_asks_changes_no_row",
        || {
            for stack in STACKS.iter().filter(|stack| !stack.filters_ours()) {
                for asks in Asks::ALL {
                    let (_, rows) = observed(stack, asks, true, asking_requests);
                    let expected = work::expected(stack.hides_info);
                    assert_eq!(rows, expected, "{} with {asks:?}", stack.name);
                }
            }
        },
    );
}
