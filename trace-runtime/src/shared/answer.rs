//! Replies of the writer to requests.

use std::fmt;
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::stats::DeliveryReport;

/// Sender of the reply to a request, for a thread that blocks or for a future.
pub(crate) enum ReplySender {
    Thread(SyncSender<DeliveryReport>),
    Future {
        promise: Arc<Promise>,
        /// Dropped with the reply, which ends the thread that guards the deadline.
        _open: Sender<()>,
    },
}

/// Reply that a future awaits. The first one counts.
pub(crate) struct Promise(Mutex<Option<oneshot::Sender<DeliveryReport>>>);

impl ReplySender {
    /// Sends the report. The caller may have stopped waiting.
    pub(crate) fn send(&self, report: DeliveryReport) {
        match self {
            Self::Thread(answer) => drop(answer.try_send(report)),
            Self::Future { promise, .. } => promise.keep(|| report),
        }
    }
}

impl Promise {
    pub(crate) const fn new(answer: oneshot::Sender<DeliveryReport>) -> Self {
        Self(Mutex::new(Some(answer)))
    }

    /// Sends the reply, unless one has been sent.
    pub(crate) fn keep(&self, report: impl FnOnce() -> DeliveryReport) {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            let _ = answer.send(report());
        }
    }
}

impl fmt::Debug for ReplySender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplySender")
    }
}
