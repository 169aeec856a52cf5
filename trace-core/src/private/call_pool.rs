//! The pool of memory for calls: an ended call passes its memory to the next one.
#![expect(
    clippy::vec_box,
    clippy::unnecessary_box_returns,
    reason = "the box is what is kept; a call in flight holds it by one word"
)]

use std::cell::{Cell, RefCell};

use crate::__private::call_state::CallState;

/// The memory that a thread keeps for concurrent calls.
struct CallPool {
    /// The only part in use while a thread has one call at a time.
    last: Cell<Option<Box<CallState>>>,
    others: RefCell<Vec<Box<CallState>>>,
}

/// The maximum number of states besides the last.
const OTHERS: usize = 15;

thread_local! {
    static POOL: CallPool = const {
        CallPool {
            last: Cell::new(None),
            others: RefCell::new(Vec::new()),
        }
    };
}

/// Returns memory for a new call.
#[inline]
pub(super) fn take() -> Box<CallState> {
    let pooled = POOL.try_with(|pool| {
        let last = pool.last.take();
        last.or_else(|| pool.others.borrow_mut().pop())
    });
    pooled.ok().flatten().unwrap_or_else(fresh)
}

#[cold]
#[inline(never)]
fn fresh() -> Box<CallState> {
    Box::default()
}

/// Returns the memory of an ended call to the pool, unless the pool is full.
#[inline]
pub(super) fn give(mut state: Box<CallState>) {
    state.reset();
    let _ = POOL.try_with(|pool| {
        if let Some(other) = pool.last.replace(Some(state)) {
            let mut others = pool.others.borrow_mut();
            if others.len() < OTHERS {
                others.push(other);
            }
        }
    });
}
