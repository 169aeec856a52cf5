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
pub(super) enum Task {
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
    state: State,
    /// Rows that were known of when the file was opened.
    before: u64,
    /// Numbers that were delivered before it was opened.
    delivered: Vec<i64>,
    stop: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
enum State {
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
            Some(rows) => State::Known(rows),
            None => self.counting(spool, Duration::ZERO),
        };
    }

    pub(super) fn count_later<F: SpoolFile>(&mut self, spool: &F) {
        self.state = self.counting(spool, RETRY);
    }

    pub(super) fn check<F: SpoolFile>(&mut self, spool: &F) {
        let check = spool.check(Arc::clone(&self.stop));
        self.state = State::Checking(tokio::task::spawn_local(check));
    }

    /// Whether it is known how many rows there were.
    pub(super) const fn is_counted(&self) -> bool {
        matches!(self.state, State::Checking(_) | State::Counted)
    }

    /// Whether nobody else has the file open.
    pub(super) const fn is_at_rest(&self) -> bool {
        matches!(self.state, State::Counted)
    }

    fn counting<F: SpoolFile>(&self, spool: &F, after: Duration) -> State {
        let stop = Arc::clone(&self.stop);
        let count = spool.count(Arc::clone(&self.stop));
        State::Counting(tokio::task::spawn_local(async move {
            let mut rested = Duration::ZERO;
            while rested < after && !stop.load(Ordering::Relaxed) {
                sleep(LOOK).await;
                rested += LOOK;
            }
            count.await
        }))
    }

    /// What has ended, if anything has.
    pub(super) async fn finished(&mut self) -> Option<Task> {
        let counted = |rows| Task::Counted {
            rows,
            before: self.before,
            delivered: self.delivered.clone(),
        };
        let (next, result) = match &mut self.state {
            State::Known(rows) => (State::Counted, counted(*rows)),
            State::Counting(task) if task.is_finished() => match task.await {
                Ok(Ok(rows)) => (State::Counted, counted(rows)),
                Ok(Err(error)) => (State::Uncounted, Task::Failed(error)),
                Err(_) => (State::Uncounted, Task::Failed(SpoolError::panicked())),
            },
            State::Checking(task) if task.is_finished() => match task.await {
                Ok(Err(error)) if error.kind() == SpoolErrorKind::Damaged => {
                    (State::Counted, Task::Failed(error))
                }
                // Whoever reads meets what is wrong.
                _ => (State::Counted, Task::Sound),
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
            State::Counting(task) => drop(task.await),
            State::Checking(task) => drop(task.await),
            State::Uncounted | State::Known(_) | State::Counted => {}
        }
    }
}
