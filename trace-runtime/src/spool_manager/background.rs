//! Background tasks on an open spool file: counting its rows and checking it for damage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Pause before counting is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// Interval of checks for a stop during that pause.
const LOOK: Duration = Duration::from_millis(50);

/// Result of a background task.
pub(super) enum SpoolTask {
    /// Rows the file had when it was opened, and rows known of before.
    Counted {
        rows: u64,
        before: u64,
        /// Numbers of rows that may still be in the file although they are delivered.
        delivered: Vec<i64>,
    },
    Sound,
    Failed(SpoolError),
}

/// Background tasks of one file. At most one runs at a time.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    state: TaskState,
    /// Rows known of when the file was opened.
    before: u64,
    /// Numbers of rows delivered before the file was opened.
    delivered: Vec<i64>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
enum TaskState {
    /// The file is not open.
    #[default]
    Uncounted,
    Known(u64),
    Counting(JoinHandle<Result<u64, SpoolError>>),
    Checking(JoinHandle<Result<(), SpoolError>>),
    Counted,
}

impl Tasks {
    /// Starts with a file that was just opened. `known` is its number of rows, if known already.
    pub(super) fn count<F: SpoolFile>(
        &mut self,
        spool: &F,
        known: Option<u64>,
        before: u64,
        delivered: Vec<i64>,
    ) {
        self.before = before;
        self.delivered = delivered;
        self.stop = Arc::default();
        self.state = match known {
            Some(rows) => TaskState::Known(rows),
            None => self.counting(spool, Duration::ZERO),
        };
    }

    pub(super) fn count_later<F: SpoolFile>(&mut self, spool: &F) {
        self.state = self.counting(spool, RETRY);
    }

    pub(super) fn check<F: SpoolFile>(&mut self, spool: &F) {
        let check = spool.check(Arc::clone(&self.stop));
        self.state = TaskState::Checking(tokio::task::spawn_local(check));
    }

    /// Returns whether the number of rows is known.
    pub(super) const fn is_counted(&self) -> bool {
        matches!(self.state, TaskState::Checking(_) | TaskState::Counted)
    }

    /// Returns whether no task has the file open.
    pub(super) const fn is_at_rest(&self) -> bool {
        matches!(self.state, TaskState::Counted)
    }

    fn counting<F: SpoolFile>(&self, spool: &F, after: Duration) -> TaskState {
        let stop = Arc::clone(&self.stop);
        let count = spool.count(Arc::clone(&self.stop));
        TaskState::Counting(tokio::task::spawn_local(async move {
            let mut rested = Duration::ZERO;
            while rested < after && !stop.load(Ordering::Relaxed) {
                sleep(LOOK).await;
                rested += LOOK;
            }
            count.await
        }))
    }

    /// Returns the result of the task that has ended, if one has.
    pub(super) async fn finished(&mut self) -> Option<SpoolTask> {
        let counted = |rows| SpoolTask::Counted {
            rows,
            before: self.before,
            delivered: self.delivered.clone(),
        };
        let (next, result) = match &mut self.state {
            TaskState::Known(rows) => (TaskState::Counted, counted(*rows)),
            TaskState::Counting(task) if task.is_finished() => match task.await {
                Ok(Ok(rows)) => (TaskState::Counted, counted(rows)),
                Ok(Err(error)) => (TaskState::Uncounted, SpoolTask::Failed(error)),
                Err(_) => (
                    TaskState::Uncounted,
                    SpoolTask::Failed(SpoolError::panicked()),
                ),
            },
            TaskState::Checking(task) if task.is_finished() => match task.await {
                Ok(Err(error)) if error.kind() == SpoolErrorKind::Damaged => {
                    (TaskState::Counted, SpoolTask::Failed(error))
                }
                // Other damage is met when the rows are read.
                _ => (TaskState::Counted, SpoolTask::Sound),
            },
            _ => return None,
        };
        self.state = next;
        Some(result)
    }

    /// Stops the task, so that it no longer has the file open.
    pub(super) async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        match std::mem::take(&mut self.state) {
            TaskState::Counting(task) => drop(task.await),
            TaskState::Checking(task) => drop(task.await),
            TaskState::Uncounted | TaskState::Known(_) | TaskState::Counted => {}
        }
    }
}
