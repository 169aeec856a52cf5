//! When a single run ends.

use std::time::Duration;

use behavior_trace_store::Follow;
use tokio::time::Instant;

use super::ANSWER;

/// When the database answered last, and when the end of the table was reached first.
#[derive(Debug)]
pub(super) struct Waiting {
    now: Instant,
    answered: Instant,
    at_end: Option<Instant>,
}

impl Default for Waiting {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            now,
            answered: now,
            at_end: None,
        }
    }
}

impl Waiting {
    pub(super) fn note(&mut self, now: Instant, follow: &Follow) {
        self.now = now;
        if follow.interruption().is_none() {
            self.answered = now;
            if !follow.has_more() {
                self.at_end.get_or_insert(now);
            }
        }
    }

    pub(super) fn is_unanswered(&self) -> bool {
        self.now >= self.answered + ANSWER
    }

    /// Returns whether all rows up to the end were read. Ids that stay open are waited for at most for twice the settle delay.
    pub(super) fn has_ended(&self, follow: &Follow, end: u64, settle_delay: Duration) -> bool {
        let settled = follow.position().settled_id().unwrap_or_default();
        self.at_end.is_some_and(|at_end| {
            settled >= end || self.now >= at_end + settle_delay.saturating_mul(2)
        })
    }
}
