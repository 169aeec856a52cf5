//! The door of the runtime: what a layer hands events to.

use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace_core::{Accept, Counter, Field, Fields, Policy, Sink, Timestamp};

use crate::config::{Durability, Overflow};
use crate::deadline::deadline;
use crate::policy::Pattern;
use crate::queue::{DurableAck, Queue};
use crate::shared::Shared;
use crate::stats::Metric;

/// See the module.
pub(super) struct Intake {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    durable: Durable,
    /// How long a caller waits for room, if it does.
    wait: Option<Duration>,
}

/// Which events are on disk before their call returns.
#[derive(Debug)]
enum Durable {
    None,
    All,
    Named(Vec<Pattern>),
}

impl Intake {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let durable = match shared.config.durability() {
            Durability::Durable => Durable::All,
            _ if shared.config.durable_actions.is_empty() => Durable::None,
            _ => Durable::Named(shared.config.durable_patterns().flatten().collect()),
        };
        let wait = match shared.config.overflow {
            Overflow::DropNewest => None,
            Overflow::Wait(wait) => Some(wait),
        };
        Self {
            queue: Arc::clone(&shared.queue),
            shared,
            durable,
            wait,
        }
    }

    fn is_durable(&self, fields: &Fields) -> bool {
        match &self.durable {
            Durable::None => false,
            Durable::All => true,
            Durable::Named(patterns) => {
                let action = fields.get(Field::Action).unwrap_or_default();
                patterns.iter().any(|pattern| pattern.matches(action))
            }
        }
    }

    /// Counts what does not come in thousands a second.
    #[inline(never)]
    fn count_rare(&self, tally: Counter) {
        if matches!(tally, Counter::UnitFull | Counter::Oversize) {
            self.queue.count(Metric::Accepted);
        }
        self.queue.count(tally.into());
    }

    /// Hands over where some events are on disk before their call returns.
    #[cold]
    #[inline(never)]
    fn accept_carefully(&self, occurred_at: Timestamp, fields: &Fields) {
        if self.is_durable(fields) {
            self.accept_durable(occurred_at, fields);
        } else {
            self.queue.push(occurred_at, fields.as_bytes());
        }
    }

    /// Hands over, and waits until the event is on disk.
    fn accept_durable(&self, occurred_at: Timestamp, fields: &Fields) {
        let deadline = deadline(self.shared.config.durable_wait);
        let ack = self.queue.push_durable(occurred_at, fields.as_bytes());
        self.wait_for(ack.as_slice(), deadline);
    }

    /// Hands over all of them, and waits once until those are on disk that are to be. The time for it begins with the first.
    #[cold]
    #[inline(never)]
    fn accept_all_carefully(&self, each: &mut dyn FnMut(&mut Accept<'_>)) {
        let deadline = deadline(self.shared.config.durable_wait);
        let mut acks = Vec::new();
        each(&mut |occurred_at, fields| {
            if self.is_durable(fields) {
                acks.extend(self.queue.push_durable(occurred_at, fields.as_bytes()));
            } else {
                self.queue.push(occurred_at, fields.as_bytes());
            }
        });
        self.wait_for(&acks, deadline);
    }

    /// Waits for what is on its way to disk; what is not known to be there by the deadline is counted.
    fn wait_for(&self, acks: &[Arc<DurableAck>], deadline: Instant) {
        // A unit of work that the host's hook ends on the writer's own thread would wait for itself.
        if self.shared.is_writer_thread() {
            return;
        }
        for ack in acks {
            if !ack.wait_until(deadline) {
                self.queue.count(Metric::NotDurable);
            }
        }
    }
}

impl Sink for Intake {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        self.shared.rules.ask(ask);
    }

    fn is_full(&self) -> bool {
        self.wait.is_none() && self.queue.is_full()
    }

    fn has_room(&self) -> bool {
        self.queue.has_room(self.wait)
    }

    fn room(&self) -> Option<bool> {
        Some(!self.queue.is_full())
    }

    fn wait_for_room(&self) -> bool {
        self.wait.is_some_and(|wait| self.queue.wait_for_room(wait))
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        if matches!(self.durable, Durable::None) {
            self.queue.push(occurred_at, fields.as_bytes());
        } else {
            self.accept_carefully(occurred_at, fields);
        }
    }

    fn accept_all(&self, each: &mut dyn FnMut(&mut Accept<'_>)) {
        if matches!(self.durable, Durable::None) {
            each(&mut |occurred_at, fields| self.queue.push(occurred_at, fields.as_bytes()));
        } else {
            self.accept_all_carefully(each);
        }
    }

    fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        self.queue.set_aside(least, most)
    }

    fn give_back(&self, bytes: usize) {
        self.queue.give_back(bytes);
    }

    fn count(&self, tally: Counter) {
        if tally == Counter::QueueFull {
            self.queue.drop_newest();
        } else {
            self.count_rare(tally);
        }
    }
}
