//! State that the recorder shares with its writer: the queue, the policy, requests, health and losses.

mod answer;
mod oldest;
mod policy_cell;
mod requests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error_output::ErrorLine;
use crate::health::{HealthState, RecorderError};
use crate::outlet::Outlet;
use crate::policy::DefaultPolicy;
use crate::queue::Queue;
use crate::stats::{Loss, Metric, Stats};
pub(crate) use answer::{Promise, ReplySender};
use oldest::Oldest;
use policy_cell::PolicyCell;
pub(crate) use requests::{Request, RequestKind, Requests};

/// Time limit for the error hook and standard error to take their queued reports at the end.
const LAST_REPORTS: Duration = Duration::from_millis(50);

/// State of a recorder, shared by its handles and its writer.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) queue: Arc<Queue>,
    pub(crate) rules: PolicyCell,
    pub(crate) requests: Mutex<Requests>,
    pub(crate) condition: HealthState,
    pub(crate) losses: Mutex<Vec<Loss>>,
    pub(crate) oldest_in_memory: Oldest,
    pub(crate) oldest_spooled: Oldest,
    /// Id of the writer's thread.
    pub(crate) thread: OnceLock<ThreadId>,
    pub(crate) line: ErrorLine,
    hook: Option<Outlet<RecorderError>>,
}

impl Shared {
    pub(crate) fn new(mut config: Config) -> Self {
        let policy = config
            .policy
            .take()
            .unwrap_or_else(|| Arc::new(DefaultPolicy::default()));
        let queue = Arc::new(Queue::new(config.queue_bytes));
        let hook = config.on_error.clone().map(|hook| {
            let queue = Arc::clone(&queue);
            Outlet::new("behavior-trace-hook", move |fault: &RecorderError| {
                if catch_unwind(AssertUnwindSafe(|| hook(fault))).is_err() {
                    queue.counters().add(Metric::Panicked, 1);
                }
            })
        });
        Self {
            rules: PolicyCell::new(policy),
            requests: Mutex::default(),
            condition: HealthState::default(),
            losses: Mutex::default(),
            oldest_in_memory: Oldest::default(),
            oldest_spooled: Oldest::default(),
            thread: OnceLock::new(),
            line: ErrorLine::new(config.error_output, Arc::clone(&queue)),
            hook,
            queue,
            config,
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.queue.stats();
        if !self.queue.is_forked() {
            let losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
            stats.losses.clone_from(&losses);
            stats.oldest_in_memory = self.oldest_in_memory.of(stats.in_memory);
            stats.oldest_spooled = self.oldest_spooled.of(stats.spooled);
        }
        stats
    }

    /// Reports an error to the error hook and to the error line. Each has a separate thread, so the call does not wait.
    pub(crate) fn tell(&self, fault: &RecorderError) {
        self.line.say(&fault.to_string());
        if let Some(hook) = &self.hook
            && !hook.push(fault.clone())
        {
            self.queue.counters().add(Metric::Unreported, 1);
        }
    }

    /// Gives the error hook and the error line a short time to take their queued reports.
    pub(crate) fn end_reports(&self) {
        let deadline = Instant::now() + LAST_REPORTS;
        self.line.end(deadline);
        if let Some(hook) = &self.hook {
            let untaken = hook.finish(deadline);
            self.queue.counters().add(Metric::Unreported, untaken);
        }
    }

    pub(crate) fn is_writer_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Marks the writer as ended, and drops the open requests.
    pub(crate) fn end(&self) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.ended = true;
        requests.open.clear();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.config).finish()
    }
}
