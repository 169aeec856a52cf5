//! Memory limit of the queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::deadline::{deadline, left_until};

/// Bytes a thread reserves at once, so that the shared counter is written once per some forty events.
const GRAIN: usize = 16 * 1024;

/// Bytes in the queue, held by the writer and in units of work, with their limit.
///
/// An event is admitted while less than the limit is used. At most one event, or one grain, per thread exceeds it.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    /// 0 when closed.
    limit: AtomicUsize,
    grain: usize,
    waiting: AtomicUsize,
    lock: Mutex<()>,
    freed: Condvar,
}

impl Budget {
    pub(super) const fn new(limit: usize) -> Self {
        // A small budget is reserved in smaller grains, or a few threads would hold all of it unused.
        let grain = if limit / 256 < GRAIN {
            limit / 256
        } else {
            GRAIN
        };
        Self {
            used: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            grain,
            waiting: AtomicUsize::new(0),
            lock: Mutex::new(()),
            freed: Condvar::new(),
        }
    }

    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.limit.load(Ordering::Relaxed)
    }

    pub(super) const fn grain(&self) -> usize {
        self.grain
    }

    /// Returns whether an event of this size could ever fit.
    pub(super) fn could_hold(&self, bytes: usize) -> bool {
        let limit = self.limit.load(Ordering::Relaxed);
        // A closed budget has no limit to compare with. A thread admitted before the close may still hand its event over.
        limit == 0 || bytes <= limit
    }

    /// Reserves the bytes. Returns whether this crosses half of the limit, which is when to wake the writer. Above half,
    /// the writer has work and comes at its tick.
    pub(super) fn reserve(&self, bytes: usize) -> bool {
        let half = self.limit.load(Ordering::Relaxed) / 2;
        let used = self.used.fetch_add(bytes, Ordering::Relaxed);
        used < half && used + bytes >= half
    }

    /// Reserves the bytes if less than the limit is used; returns whether it did.
    pub(super) fn try_reserve(&self, bytes: usize) -> bool {
        // Ordered against the writer's rest: either it sees the bytes used, or this thread sees it rest.
        let used = self.used.fetch_add(bytes, Ordering::SeqCst);
        let found = used < self.limit.load(Ordering::Relaxed);
        if !found {
            self.release(bytes);
        }
        found
    }

    pub(super) fn release(&self, bytes: usize) {
        // Ordered against `waiting`: either the waiter sees the room, or this thread sees the waiter.
        self.used.fetch_sub(bytes, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock());
            self.freed.notify_all();
        }
    }

    /// Returns whether no byte is reserved.
    pub(super) fn is_unused(&self) -> bool {
        self.used.load(Ordering::SeqCst) == 0
    }

    pub(super) fn wait_for_room(&self, wait: Duration) -> bool {
        let deadline = deadline(wait);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let found = loop {
            if self.used.load(Ordering::SeqCst) < self.limit.load(Ordering::SeqCst) {
                break true;
            }
            let left = left_until(deadline);
            if left.is_zero() || self.is_closed() {
                break false;
            }
            (guard, _) = self
                .freed
                .wait_timeout(guard, left)
                .unwrap_or_else(PoisonError::into_inner);
        };
        drop(guard);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        found
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::SeqCst)
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Closes the budget: no event has room from here on.
    pub(super) fn close(&self) {
        self.limit.store(0, Ordering::SeqCst);
        drop(self.lock.lock());
        self.freed.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.limit.load(Ordering::Relaxed) == 0
    }
}
