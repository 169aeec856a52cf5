//! Our layer beside others, in every stacking, with questions asked in between: rows are right, and the others see what
//! they see without us.

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

/// What the foreign layer sees, and what is stored, of a few requests. On a thread of its own: what filters answered last
/// is a thread's.
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
                    // A question may cost a host its spans without us too; we need not keep that.
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

/// What a filter of the host's around ours takes the answer for, it keeps from us: `tracing-subscriber` offers no way past it.
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
