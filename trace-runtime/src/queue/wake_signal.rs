//! Signal that wakes the writer before its tick.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Wake signal of the writer. Any number of calls wakes it once.
#[derive(Debug, Default)]
pub(super) struct WakeSignal {
    notify: Notify,
    ringing: AtomicBool,
}

impl WakeSignal {
    pub(super) fn notify(&self) {
        // The load first: a flag that is set already is then only read, and its cache line stays shared.
        if !self.ringing.load(Ordering::Relaxed) && !self.ringing.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }

    pub(super) fn reset(&self) {
        self.ringing.store(false, Ordering::Release);
    }

    pub(super) async fn notified(&self) {
        self.notify.notified().await;
    }
}
