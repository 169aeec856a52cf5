//! A hand-written event is one recorder's, however many layers of ours stand in the subscriber.

use std::cell::Cell;
use std::ptr;

use behavior_trace_core::LayerHandle;

thread_local! {
    /// The address of the tap that has taken the event which this thread dispatches.
    static TAKEN_BY: Cell<Option<usize>> = const { Cell::new(None) };
}

/// An event is on offer. `tracing` asks all layers of a subscriber whether they want an event before it gives it to the
/// first, so what was taken until now was another event.
pub(crate) fn offer() {
    let _ = TAKEN_BY.try_with(Cell::take);
}

/// Whether the event is `tap`'s: no other one has taken it.
///
/// What `tap` has taken itself was another event. A wrapper that does not pass on that an event is offered thus keeps
/// nothing from being stored.
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
