//! What the recorder and its writer share, and nobody else sees: the queue, the rules in force, requests, how things stand.

mod requests;
mod rules;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use crate::config::Config;
use crate::fallback::Line;
use crate::health::{Condition, Fault};
use crate::policy::DefaultPolicy;
use crate::queue::Queue;
use crate::stats::{Loss, Stats, Term};
pub(crate) use requests::{Request, Requests, Wish};
use rules::Rules;

/// See the module.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) queue: Arc<Queue>,
    pub(crate) rules: Rules,
    pub(crate) requests: Mutex<Requests>,
    pub(crate) condition: Condition,
    pub(crate) losses: Mutex<Vec<Loss>>,
    /// The writer's.
    pub(crate) thread: OnceLock<ThreadId>,
    pub(crate) line: Line,
}

impl Shared {
    pub(crate) fn new(mut config: Config) -> Self {
        let policy = config
            .policy
            .take()
            .unwrap_or_else(|| Arc::new(DefaultPolicy::default()));
        Self {
            queue: Arc::new(Queue::new(config.queue_bytes)),
            rules: Rules::new(policy),
            requests: Mutex::default(),
            condition: Condition::default(),
            losses: Mutex::default(),
            thread: OnceLock::new(),
            line: Line::new(config.fallback),
            config,
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.queue.stats();
        if !self.queue.is_forked() {
            let losses = self.losses.lock().unwrap_or_else(PoisonError::into_inner);
            stats.losses.clone_from(&losses);
        }
        stats
    }

    /// Tells the host, by its hook and by the line. Neither can do us harm.
    pub(crate) fn tell(&self, fault: &Fault) {
        self.line.say(&fault.to_string());
        if let Some(hook) = &self.config.on_error
            && catch_unwind(AssertUnwindSafe(|| hook(fault))).is_err()
        {
            self.queue.tallies().add(Term::Panicked, 1);
        }
    }

    pub(crate) fn is_writer_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Nobody answers requests any more.
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
