//! The pool that passes a span's buffer to the next span.

use std::cell::Cell;

use behavior_trace_core::Fields;

/// The usual size of the fields of a request's span, in bytes.
const USUAL: usize = 256;

/// The maximum size of a kept buffer, in bytes. A long text must not stay with every thread.
const MOST: usize = 1024;

thread_local! {
    /// The memory of the last span only, because spans with fields of the context are seldom nested.
    static SPARE: Cell<Fields> = const { Cell::new(Fields::new()) };
}

/// Returns empty fields with the usual capacity.
#[inline]
pub(crate) fn take() -> Fields {
    match SPARE.try_with(Cell::take) {
        Ok(spare) if spare.capacity() > 0 => spare,
        _ => Fields::with_capacity(USUAL),
    }
}

/// Keeps the memory of `fields` for the next span on this thread, without their values.
#[inline]
pub(crate) fn give(mut fields: Fields) {
    if fields.capacity() <= MOST {
        fields.clear();
        let _ = SPARE.try_with(|spare| spare.set(fields));
    }
}
