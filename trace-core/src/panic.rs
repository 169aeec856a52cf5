//! The catching of panics in the application's code.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::sink::{Counter, Sink};

/// Runs code of the application. A panic in it is counted and not passed on.
#[inline]
pub(crate) fn catch_panic(sink: &dyn Sink, f: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(f)).is_err() {
        sink.count(Counter::Panicked);
    }
}
