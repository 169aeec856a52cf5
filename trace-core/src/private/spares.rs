//! The memory of calls that have ended, for those to come.
#![expect(
    clippy::vec_box,
    clippy::unnecessary_box_returns,
    reason = "the box is what is kept; a call in flight holds it by one word"
)]

use std::cell::{Cell, RefCell};

use crate::__private::entry::Kept;

/// What a thread keeps for calls that are in flight at the same time.
struct Spares {
    /// Where a thread has one call in flight at a time, this is all that is touched.
    last: Cell<Option<Box<Kept>>>,
    others: RefCell<Vec<Box<Kept>>>,
}

/// How many besides the last.
const OTHERS: usize = 15;

thread_local! {
    static SPARES: Spares = const {
        Spares {
            last: Cell::new(None),
            others: RefCell::new(Vec::new()),
        }
    };
}

/// Memory for a call that begins.
#[inline]
pub(super) fn take() -> Box<Kept> {
    let spare = SPARES.try_with(|spares| {
        let last = spares.last.take();
        last.or_else(|| spares.others.borrow_mut().pop())
    });
    spare.ok().flatten().unwrap_or_else(fresh)
}

#[cold]
#[inline(never)]
fn fresh() -> Box<Kept> {
    Box::default()
}

/// Keeps it, unless there is enough.
#[inline]
pub(super) fn give(kept: Box<Kept>) {
    let _ = SPARES.try_with(|spares| {
        if let Some(other) = spares.last.replace(Some(kept)) {
            let mut others = spares.others.borrow_mut();
            if others.len() < OTHERS {
                others.push(other);
            }
        }
    });
}
