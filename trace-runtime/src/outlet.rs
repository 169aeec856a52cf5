//! Separate threads for code that may never return: the error hook, and writes to standard error.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_core::ReentrancyGuard;

/// Maximum number of queued items; more are refused.
const CAPACITY: usize = 64;

/// Queue of items for a function on a separate thread. Senders never wait. The first item starts the thread.
pub(crate) struct Outlet<T> {
    name: &'static str,
    work: Arc<dyn Fn(&T) + Send + Sync>,
    line: Arc<QueuedReport<T>>,
}

struct QueuedReport<T> {
    state: Mutex<OutletState<T>>,
    changed: Condvar,
}

struct OutletState<T> {
    items: VecDeque<T>,
    /// The function is running with an item.
    busy: bool,
    started: bool,
    ended: bool,
}

impl<T: Send + 'static> Outlet<T> {
    /// Creates an outlet without starting its thread. The function must not panic.
    pub(crate) fn new(name: &'static str, work: impl Fn(&T) + Send + Sync + 'static) -> Self {
        let state = OutletState {
            items: VecDeque::new(),
            busy: false,
            started: false,
            ended: false,
        };
        Self {
            name,
            work: Arc::new(work),
            line: Arc::new(QueuedReport {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        }
    }

    /// Queues an item. Returns whether there was room for it.
    pub(crate) fn push(&self, item: T) -> bool {
        let mut state = self.line.state();
        if state.items.len() >= CAPACITY || (!state.started && self.start().is_err()) {
            return false;
        }
        state.started = true;
        state.items.push_back(item);
        self.line.changed.notify_all();
        true
    }

    fn start(&self) -> io::Result<()> {
        let (line, work) = (Arc::clone(&self.line), Arc::clone(&self.work));
        thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || {
                // Activity of the application inside the function is not recorded.
                let _quiet = ReentrancyGuard::new();
                line.work(&*work);
            })
            .map(drop)
    }

    /// Waits until the function has processed every item, or until the deadline. Returns how many items it has not.
    pub(crate) fn finish(&self, deadline: Instant) -> u64 {
        let mut state = self.line.state();
        while state.busy || !state.items.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                break;
            }
            state = self
                .line
                .changed
                .wait_timeout(state, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        let untaken = state.items.len() + usize::from(state.busy);
        state.items.clear();
        untaken as u64
    }
}

impl<T> QueuedReport<T> {
    fn state(&self) -> MutexGuard<'_, OutletState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, work: &dyn Fn(&T)) {
        let mut state = self.state();
        loop {
            if let Some(item) = state.items.pop_front() {
                state.busy = true;
                drop(state);
                work(&item);
                drop(item);
                state = self.state();
                state.busy = false;
                self.changed.notify_all();
            } else if state.ended {
                return;
            } else {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl<T> Drop for Outlet<T> {
    fn drop(&mut self) {
        self.line.state().ended = true;
        self.line.changed.notify_all();
    }
}

impl<T> fmt::Debug for Outlet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outlet").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn what_hangs_is_not_waited_for_and_what_it_leaves_is_counted() {
        let (free, freed) = mpsc::channel::<()>();
        let freed = Mutex::new(freed);
        let outlet = Outlet::new("hangs", move |_: &u32| {
            let _ = freed.lock().expect("no panic").recv();
        });
        let begun = Instant::now();
        let taken = (0..1000).filter(|item| outlet.push(*item)).count();
        // The thread may have taken the first item already.
        assert!((CAPACITY..=CAPACITY + 1).contains(&taken), "{taken}");
        let left = outlet.finish(Instant::now() + Duration::from_millis(50));
        assert_eq!(left, taken as u64);
        assert!(begun.elapsed() < Duration::from_secs(5));
        drop(free);
    }

    #[test]
    fn items_are_worked_off_in_order_and_the_end_waits_for_the_last() {
        let (done, order) = mpsc::channel();
        let outlet = Outlet::new("works", move |item: &u32| {
            thread::sleep(Duration::from_millis(2));
            done.send(*item).expect("somebody looks");
        });
        assert!((0..20).all(|item| outlet.push(item)));
        assert_eq!(outlet.finish(Instant::now() + Duration::from_secs(20)), 0);
        assert!(order.try_iter().eq(0..20));
    }
}
