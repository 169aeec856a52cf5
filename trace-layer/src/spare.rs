//! The memory that an ended span leaves to the next one.

use std::cell::Cell;

use behavior_trace_core::Fields;

/// What a request's span usually says fits in.
const USUAL: usize = 256;

/// More than this is given back to the allocator: one long text does not occupy every thread for good.
const MOST: usize = 1024;

thread_local! {
    /// The last one's alone: spans with something to say are seldom nested.
    static SPARE: Cell<Fields> = const { Cell::new(Fields::new()) };
}

/// No fields, with room for what a span usually says.
#[inline]
pub(crate) fn take() -> Fields {
    match SPARE.try_with(Cell::take) {
        Ok(spare) if spare.capacity() > 0 => spare,
        _ => Fields::with_capacity(USUAL),
    }
}

/// Keeps the memory of `fields` for the next span on this thread, and nothing of what they say.
#[inline]
pub(crate) fn give(mut fields: Fields) {
    if fields.capacity() <= MOST {
        fields.clear();
        let _ = SPARE.try_with(|spare| spare.set(fields));
    }
}
