//! Calls that succeeded where no recorder heard of them, over all call sites.

use std::sync::atomic::{AtomicU64, Ordering};

/// A sum of its own beside each call site's, so that reading it depends on nothing that the linker gathered.
static UNHEARD: AtomicU64 = AtomicU64::new(0);

/// Returns the number of calls that succeeded while a layer was alive, but none was in the subscriber that was current there.
///
/// The statistics call it `without_layer`. It is the sum over the whole [`catalogue`](crate::catalogue()).
pub fn calls_without_layer() -> u64 {
    UNHEARD.load(Ordering::Relaxed)
}

/// Counts one more.
pub(crate) fn count() {
    UNHEARD.fetch_add(1, Ordering::Relaxed);
}
