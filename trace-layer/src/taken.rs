//! Assignment of a hand-written event to one recorder, even with several `BehaviorTraceLayer`s in the subscriber.

use std::cell::Cell;
use std::ptr;

use behavior_trace_core::LayerHandle;

thread_local! {
    /// The address of the layer handle that has claimed the event being dispatched on this thread.
    static TAKEN_BY: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Starts a new event. `tracing` asks all layers of a subscriber whether they want an event before the first one receives
/// it, so the existing claim belongs to an earlier event.
pub(crate) fn offer() {
    let _ = TAKEN_BY.try_with(Cell::take);
}

/// Claims the event for `tap`. Returns whether it succeeded: no other handle has claimed the event.
///
/// A claim by `tap` itself belongs to an earlier event. Events are therefore stored even if a wrapper does not forward the
/// call that leads to [`offer`].
pub(crate) fn take(tap: &LayerHandle) -> bool {
    let own = ptr::from_ref(tap).addr();
    let free = TAKEN_BY.try_with(|taken| {
        let free = taken.get().is_none_or(|by| by == own);
        if free {
            taken.set(Some(own));
        }
        free
    });
    free.unwrap_or(true)
}
