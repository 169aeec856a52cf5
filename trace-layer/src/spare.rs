//! Reuse of a span's buffer by the next span.

use std::cell::Cell;

use behavior_trace_core::Fields;

/// Initial capacity in bytes. The fields of a usual request span fit.
const USUAL: usize = 256;

/// Maximum capacity to keep, in bytes, so that one long text does not occupy memory in every thread for good.
const MOST: usize = 1024;

thread_local! {
    /// The buffer of the last span only: spans with context fields are seldom nested.
    static SPARE: Cell<Fields> = const { Cell::new(Fields::new()) };
}

/// Returns empty fields with room for a usual span.
#[inline]
pub(crate) fn take() -> Fields {
    match SPARE.try_with(Cell::take) {
        Ok(spare) if spare.capacity() > 0 => spare,
        _ => Fields::with_capacity(USUAL),
    }
}

/// Clears `fields` and keeps the buffer for the next span on this thread.
#[inline]
pub(crate) fn give(mut fields: Fields) {
    if fields.capacity() <= MOST {
        fields.clear();
        let _ = SPARE.try_with(|spare| spare.set(fields));
    }
}
