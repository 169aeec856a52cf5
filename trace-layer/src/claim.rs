//! The claim of one layer on a hand-written event, so that several layers in one subscriber store it once.

use std::cell::Cell;
use std::ptr;

use behavior_trace_core::LayerHandle;

thread_local! {
    /// The address of the handle that claimed the event that this thread dispatches.
    static CLAIMED_BY: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Drops the claim on an earlier event.
///
/// `tracing` asks all layers of a subscriber whether they want an event before it passes the event to the first. So a claim
/// made before that was for another event.
pub(crate) fn reset() {
    let _ = CLAIMED_BY.try_with(Cell::take);
}

/// Claims the event for `handle`, and returns whether no other handle has claimed it.
///
/// An earlier claim of `handle` was for another event. So an event is stored even if a wrapper around the layer does not
/// pass the question on.
pub(crate) fn try_claim(handle: &LayerHandle) -> bool {
    let own = ptr::from_ref(handle).addr();
    let free = CLAIMED_BY.try_with(|claim| {
        let free = claim.get().is_none_or(|by| by == own);
        if free {
            claim.set(Some(own));
        }
        free
    });
    free.unwrap_or(true)
}
