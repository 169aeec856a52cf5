//! What is found out of a file beside the work: how many rows it has, and whether it is sound.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Between two tries to count.
const RETRY: Duration = Duration::from_secs(5);
/// Between two looks whether to stop meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// What a task has come to.
pub(super) enum SpoolTask {
    /// Rows the file had when it was opened, and how many were known of.
    Counted {
        rows: u64,
        before: u64,
        /// Of the rows, those that may be there though they are delivered.
        delivered: Vec<i64>,
    },
    Sound,
    Failed(SpoolError),
}

/// The tasks of one file; one runs at a time.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    state: TaskState,
    /// Rows that were known of when the file was opened.
    before: u64,
    /// Numbers that were delivered before it was opened.
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
    /// Begins with a file that was just opened, of which the number of rows may be known.
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

    /// Whether it is known how many rows there were.
    pub(super) const fn is_counted(&self) -> bool {
        matches!(self.state, TaskState::Checking(_) | TaskState::Counted)
    }

    /// Whether nobody else has the file open.
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

    /// What has ended, if anything has.
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
                // Whoever reads meets what is wrong.
                _ => (TaskState::Counted, SpoolTask::Sound),
            },
            _ => return None,
        };
        self.state = next;
        Some(result)
    }

    /// Ends them, so that nobody has the file open.
    pub(super) async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        match std::mem::take(&mut self.state) {
            TaskState::Counting(task) => drop(task.await),
            TaskState::Checking(task) => drop(task.await),
            TaskState::Uncounted | TaskState::Known(_) | TaskState::Counted => {}
        }
    }
}
