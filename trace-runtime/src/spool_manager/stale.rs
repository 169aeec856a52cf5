//! A spool of a dead process, or a parked file, while its rows are moved.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile};
use tokio::task::JoinHandle;

/// A spool whose rows are moved to the spool of this process.
pub(super) struct Stale<F> {
    pub(super) spool: F,
    pub(super) origin: StaleOrigin,
    /// Check for damage. Until it ends, no row is moved. Rows that cannot be removed from a damaged file would come again
    /// from its salvage. A write to such a file may overwrite its rows.
    check: Option<StaleCheck>,
}

struct StaleCheck {
    task: JoinHandle<Result<(), SpoolError>>,
    stop: Arc<AtomicBool>,
}

impl<F: SpoolFile> Stale<F> {
    pub(super) fn new(spool: F, origin: StaleOrigin) -> Self {
        let stop = Arc::default();
        let task = tokio::task::spawn_local(spool.check(Arc::clone(&stop)));
        Self {
            spool,
            origin,
            check: Some(StaleCheck { task, stop }),
        }
    }

    /// Returns whether the file is sound, or `None` until that is known.
    pub(super) async fn checked(&mut self) -> Option<Result<(), SpoolError>> {
        if let Some(check) = &mut self.check {
            if !check.task.is_finished() {
                return None;
            }
            let found = (&mut check.task).await;
            self.check = None;
            match found {
                Ok(Err(error)) if error.kind() == SpoolErrorKind::Damaged => {
                    return Some(Err(error));
                }
                // Other damage is met when the rows are read.
                _ => self.remove_delivered().await,
            }
        }
        Some(Ok(()))
    }

    /// Removes rows delivered before the file failed. A row that stays nevertheless is stored under the same id.
    pub(super) async fn remove_delivered(&mut self) {
        let numbers: Vec<i64> = self.origin.delivered.iter().copied().collect();
        if !numbers.is_empty() {
            let _ = self.spool.remove(&numbers).await;
        }
    }

    pub(super) async fn close(mut self) -> F::Slot {
        if let Some(check) = self.check.take() {
            check.stop.store(true, Ordering::Relaxed);
            let _ = check.task.await;
        }
        self.spool.close().await
    }
}

/// Facts known about a stale spool.
#[derive(Debug, Default)]
pub(super) struct StaleOrigin {
    /// Rows in it that are counted as spooled already.
    pub(super) counted: u64,
    pub(super) delivered: BTreeSet<i64>,
    pub(super) failures: u32,
    /// Reason why it could not be used.
    pub(super) cause: Option<String>,
    /// Set when this process holds the slot until its rows are moved.
    pub(super) is_ours: bool,
}
