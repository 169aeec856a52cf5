//! The memory that ended spans leave to those which begin.

use std::cell::RefCell;

use behavior_trace_core::Fields;

/// What a request's span usually says fits in.
const USUAL: usize = 256;

/// More than this is given back to the allocator: one long text does not occupy every thread for good.
const MOST: usize = 1024;

/// As many as end one after another when a request with its inner spans does.
const SPARES: usize = 16;

thread_local! {
    static SPARE: RefCell<Vec<Fields>> = const { RefCell::new(Vec::new()) };
}

/// No fields, with room for what a span usually says.
pub(crate) fn take() -> Fields {
    SPARE
        .try_with(|spare| spare.try_borrow_mut().ok()?.pop())
        .ok()
        .flatten()
        .unwrap_or_else(|| Fields::with_capacity(USUAL))
}

/// Keeps the memory of `fields` for the next span on this thread, and nothing of what they say.
pub(crate) fn give(mut fields: Fields) {
    if !(USUAL..=MOST).contains(&fields.capacity()) {
        return;
    }
    fields.clear();
    let _ = SPARE.try_with(|spare| {
        if let Ok(mut spare) = spare.try_borrow_mut()
            && spare.len() < SPARES
        {
            spare.push(fields);
        }
    });
}
