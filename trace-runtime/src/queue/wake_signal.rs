//! Signal that wakes the writer before its tick.
//!
//! A writer that rests has no tick, so the first event afterwards has to wake it. Its callers must not pay for that while the
//! writer ticks: no event writes to a line of memory that threads share, and none has a fence of its own.
//!
//! The writer sets the flag [`resting`](WakeSignal::is_resting) first, then drains every buffer under the buffer's own lock,
//! and rests only if it has found nothing. A thread puts its event into its buffer under that lock too, and reads the flag
//! afterwards. One of the two has the lock first. If it is the thread, the writer's drain finds the event. If it is the
//! writer, its unlocking happens before the thread's locking, so the thread sees the flag and wakes it. A thread whose buffer
//! was drained has no room reserved any more, so only the rare way on which it reserves room reads the flag.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Wake signal of the writer. Any number of calls wakes it once.
#[derive(Debug, Default)]
pub(super) struct WakeSignal {
    notify: Notify,
    ringing: AtomicBool,
    /// Set before the last drain before a rest, and until the rest is over.
    resting: AtomicBool,
}

impl WakeSignal {
    pub(super) fn notify(&self) {
        // The load first: a flag that is set already is then only read, and its cache line stays shared.
        if !self.ringing.load(Ordering::Relaxed) && !self.ringing.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }

    /// Returns whether the writer rests, or is about to. What it has to find is written before, under a lock that its drain
    /// takes, or by an atomic in the order of all `SeqCst` ones.
    pub(super) fn is_resting(&self) -> bool {
        self.resting.load(Ordering::SeqCst)
    }

    /// Announces a rest, or ends it. Only the writer calls it.
    pub(super) fn set_resting(&self, resting: bool) {
        if self.resting.load(Ordering::Relaxed) != resting {
            self.resting.store(resting, Ordering::SeqCst);
        }
    }

    pub(super) fn reset(&self) {
        self.ringing.store(false, Ordering::Release);
    }

    pub(super) async fn notified(&self) {
        self.notify.notified().await;
    }
}
