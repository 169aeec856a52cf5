//! The guard that keeps the recorder from recording its own work.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::sink::{Counter, Sink};

/// The current work of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThreadState {
    /// Work of the application.
    Application,
    /// Work of the recorder.
    Recording,
    /// Work of the recorder while it counts a reentrant call. Calls made by the counting itself are ignored.
    Counting,
}

thread_local! {
    static STATE: Cell<ThreadState> = const { Cell::new(ThreadState::Application) };
}

/// A guard during whose life nothing on this thread becomes activity.
///
/// It is held while an event is made. The writer's thread holds one for its whole life, so that the writer never records the
/// database driver's events or the calls of a hook.
#[derive(Debug)]
#[must_use = "the thread is guarded only as long as this lives"]
pub struct ReentrancyGuard {
    before: ThreadState,
    /// A marker that makes the guard `!Send`: it guards the thread that made it.
    here: PhantomData<*const ()>,
}

impl ReentrancyGuard {
    /// Guards this thread, even if it is already guarded.
    pub fn new() -> Self {
        let before = STATE.try_with(|state| match state.get() {
            ThreadState::Application => state.replace(ThreadState::Recording),
            guarded => guarded,
        });
        Self::after(before.unwrap_or(ThreadState::Recording))
    }

    /// Guards this thread unless it is already guarded. Returns `None` also while the thread is destroyed and has no state
    /// left.
    pub fn try_enter() -> Option<Self> {
        let entered = STATE.try_with(|state| {
            let free = state.get() == ThreadState::Application;
            if free {
                state.set(ThreadState::Recording);
            }
            free
        });
        // `then_some` would make and drop a guard here, which ends the guard of another holder.
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

/// Counts a reentrant call. A call made by the counting itself is not counted, since that would never end.
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
