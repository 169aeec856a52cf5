//! The claim of one layer on a hand-written event, so that several layers in one subscriber store it once.

use std::cell::Cell;
use std::ptr;

use behavior_trace_core::LayerHandle;

thread_local! {
    /// The address of the handle that has claimed the event which this thread dispatches.
    static CLAIMED_BY: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Drops the claim on an earlier event.
///
/// `tracing` asks all layers of a subscriber whether they want an event before it gives it to the first. So what was claimed
/// before that was another event.
pub(crate) fn reset() {
    let _ = CLAIMED_BY.try_with(Cell::take);
}

/// Claims the event for `handle`, and returns whether no other handle has claimed it.
///
/// An earlier claim of `handle` was on another event. So a wrapper around a layer that does not pass the question on keeps
/// no event from being stored.
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
