//! Panics of the application's code, which end here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sink::{Counter, Sink};

/// Runs code of the application, and counts a panic in it without passing it on.
#[inline]
pub(crate) fn catch_panic(sink: &dyn Sink, f: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(f)).is_err() {
        sink.count(Counter::Panicked);
    }
}
