//! State that the recorder shares with its writer: the queue, the policy, requests, health and losses.

mod answer;
mod buffers;
mod oldest;
mod policy_cell;
mod requests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use behavior_trace_buffer::POLICY_NAME;
use behavior_trace_core::Policy;

use crate::config::Config;
use crate::error_output::ErrorLine;
use crate::health::{HealthState, RecorderError, RecorderErrorKind};
use crate::outlet::Outlet;
use crate::policy::DefaultPolicy;
use crate::queue::Queue;
use crate::stats::{Loss, Metric, Stats};
use crate::writer::LeftBuffers;
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
    /// Lock on the directory of the mapped buffers, held as long as the recorder lives, and what was left in it.
    left: Mutex<Option<LeftBuffers>>,
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
        let (mapped, failure) = match buffers::open(&config, &name_of(&*policy)) {
            Ok(opened) => (opened, None),
            Err(error) => (None, Some(error)),
        };
        let (mapped, left) = mapped.unzip();
        let queue = Arc::new(Queue::new(config.queue_bytes).with_mapped(mapped));
        let hook = config.on_error.clone().map(|hook| {
            let queue = Arc::clone(&queue);
            Outlet::new("behavior-trace-hook", move |fault: &RecorderError| {
                if catch_unwind(AssertUnwindSafe(|| hook(fault))).is_err() {
                    queue.counters().add(Metric::Panicked, 1);
                }
            })
        });
        let shared = Self {
            rules: PolicyCell::new(policy),
            requests: Mutex::default(),
            condition: HealthState::default(),
            losses: Mutex::default(),
            left: Mutex::new(left),
            oldest_in_memory: Oldest::default(),
            oldest_spooled: Oldest::default(),
            thread: OnceLock::new(),
            line: ErrorLine::new(config.error_output, Arc::clone(&queue)),
            hook,
            queue,
            config,
        };
        if let Some(error) = failure {
            let why = format!(
                "there are no mapped buffers, so a kill loses the events in memory: {error}"
            );
            shared.tell(&RecorderError::new(RecorderErrorKind::Configuration, why));
        }
        shared
    }

    /// Takes the buffers that a dead process has left in the directory of this recorder.
    pub(crate) fn take_left_buffers(&self) -> Option<LeftBuffers> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let left = left.as_mut()?;
        Some(LeftBuffers {
            slot: Arc::clone(&left.slot),
            paths: std::mem::take(&mut left.paths),
        })
    }

    /// Returns the name of the policy in force.
    pub(crate) fn policy_name(&self) -> String {
        name_of(&*self.rules.load())
    }

    /// Replaces the policy. Events in mapped buffers are kept for the new one.
    pub(crate) fn set_policy(&self, policy: Arc<dyn Policy>) {
        let name = name_of(&*policy);
        self.rules.replace(policy);
        self.queue.set_policy_name(&name);
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

/// Returns the policy's name as files have it, which is the beginning of a long one; none if the policy panics.
fn name_of(policy: &dyn Policy) -> String {
    let name = catch_unwind(AssertUnwindSafe(|| policy.name().to_owned()));
    let name = name.unwrap_or_default();
    let (kept, _) = name.split_at(name.floor_char_boundary(POLICY_NAME));
    kept.to_owned()
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shared").field(&self.config).finish()
    }
}
