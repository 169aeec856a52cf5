//! The total of calls without a layer, over all call sites.

use std::sync::atomic::{AtomicU64, Ordering};

/// The total, separate from the counters of the call sites: reading it does not depend on the linked catalogue.
static UNHEARD: AtomicU64 = AtomicU64::new(0);

/// Returns the number of successful calls that found no layer in their current subscriber while a layer was alive.
///
/// The statistics call it `without_layer`. It is the sum over the whole [`catalogue`](crate::catalogue()).
pub fn calls_without_layer() -> u64 {
    UNHEARD.load(Ordering::Relaxed)
}

/// Counts one more call.
pub(crate) fn count() {
    UNHEARD.fetch_add(1, Ordering::Relaxed);
}
