//! The guard that keeps the recorder's own work from being recorded.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::sink::{Counter, Sink};

/// The kind of work that a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThreadState {
    /// The application's work.
    Application,
    /// The recorder's work.
    Recording,
    /// The recorder's work, while it counts a call from within it. Calls that even this makes are passed over.
    Counting,
}

thread_local! {
    static STATE: Cell<ThreadState> = const { Cell::new(ThreadState::Application) };
}

/// A guard: while it lives, nothing that this thread does becomes activity.
///
/// It is held while an event is made. The writer's thread holds one for its whole life, so that neither the database
/// driver's events nor a hook's calls come back to it.
#[derive(Debug)]
#[must_use = "the thread is guarded only as long as this lives"]
pub struct ReentrancyGuard {
    before: ThreadState,
    /// It guards the thread that made it, so it stays there.
    here: PhantomData<*const ()>,
}

impl ReentrancyGuard {
    /// Guards this thread, even if it is guarded already.
    pub fn new() -> Self {
        let before = STATE.try_with(|state| match state.get() {
            ThreadState::Application => state.replace(ThreadState::Recording),
            guarded => guarded,
        });
        Self::after(before.unwrap_or(ThreadState::Recording))
    }

    /// Guards this thread unless it is guarded already; `None` also while the thread is being torn down and has no state left.
    pub fn try_enter() -> Option<Self> {
        let entered = STATE.try_with(|state| {
            let free = state.get() == ThreadState::Application;
            if free {
                state.set(ThreadState::Recording);
            }
            free
        });
        // Not `then_some`: a guard made and dropped here would end the one that another holds.
        entered
            .unwrap_or(false)
            .then(|| Self::after(ThreadState::Application))
    }

    const fn after(before: ThreadState) -> Self {
        Self {
            before,
            here: PhantomData,
        }
    }
}

impl Default for ReentrancyGuard {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ReentrancyGuard {
    fn drop(&mut self) {
        let _ = STATE.try_with(|state| state.set(self.before));
    }
}

/// Counts a call from within the recorder's own work; not one that the counting itself makes, which would never end.
pub(crate) fn count_reentrant(sink: &dyn Sink) {
    let before = STATE.try_with(|state| state.replace(ThreadState::Counting));
    if before == Ok(ThreadState::Recording) {
        let _counted = ReentrancyGuard::after(ThreadState::Recording);
        sink.count(Counter::Reentrant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_thread_stays_so_when_another_guard_is_tried() {
        let first = ReentrancyGuard::try_enter();
        assert!(first.is_some());
        assert!(ReentrancyGuard::try_enter().is_none());
        assert!(ReentrancyGuard::try_enter().is_none());
        drop(ReentrancyGuard::new());
        assert!(ReentrancyGuard::try_enter().is_none());
        drop(first);
        assert!(ReentrancyGuard::try_enter().is_some());
    }
}
