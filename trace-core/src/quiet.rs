//! What our own work does is never recorded itself.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::sink::{Counter, Sink};

/// What this thread is doing, so far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// The host's work.
    Theirs,
    /// Ours.
    Ours,
    /// Ours, and a call from within it is being counted: whatever even that emits is passed over.
    Counting,
}

thread_local! {
    static DOING: Cell<Doing> = const { Cell::new(Doing::Theirs) };
}

/// While it lives, nothing that this thread does becomes activity.
///
/// An event being made holds one; so does the writer's thread for its whole life, so that neither the database driver's
/// events nor a hook's calls come back to it.
#[derive(Debug)]
#[must_use = "the thread is quiet only as long as this lives"]
pub struct ReentrancyGuard {
    before: Doing,
    /// It speaks for the thread that made it, so it stays there.
    here: PhantomData<*const ()>,
}

impl ReentrancyGuard {
    /// Quiets this thread, whether it is already quiet or not.
    pub fn new() -> Self {
        let before = DOING.try_with(|doing| match doing.get() {
            Doing::Theirs => doing.replace(Doing::Ours),
            quiet => quiet,
        });
        Self::after(before.unwrap_or(Doing::Ours))
    }

    /// Quiets this thread unless it is already; `None` also while the thread is being torn down and has no flag left.
    pub fn enter() -> Option<Self> {
        let entered = DOING.try_with(|doing| {
            let free = doing.get() == Doing::Theirs;
            if free {
                doing.set(Doing::Ours);
            }
            free
        });
        // Not `then_some`: a value made and dropped here would end the quiet of whoever began it.
        entered.unwrap_or(false).then(|| Self::after(Doing::Theirs))
    }

    const fn after(before: Doing) -> Self {
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
        let _ = DOING.try_with(|doing| doing.set(self.before));
    }
}

/// Counts a call from within our own work; not one that the counting itself makes, which would never end.
pub(crate) fn count_reentrant(sink: &dyn Sink) {
    let before = DOING.try_with(|doing| doing.replace(Doing::Counting));
    if before == Ok(Doing::Ours) {
        let _counted = ReentrancyGuard::after(Doing::Ours);
        sink.count(Counter::Reentrant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_quiet_stays_so_when_another_asks() {
        let first = ReentrancyGuard::enter();
        assert!(first.is_some());
        assert!(ReentrancyGuard::enter().is_none());
        assert!(ReentrancyGuard::enter().is_none());
        drop(ReentrancyGuard::new());
        assert!(ReentrancyGuard::enter().is_none());
        drop(first);
        assert!(ReentrancyGuard::enter().is_some());
    }
}
