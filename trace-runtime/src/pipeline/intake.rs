//! The sink of the pipeline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace_core::{Accept, Counter, Field, Fields, Policy, Sink, Timestamp};

use crate::config::{Durability, Overflow};
use crate::deadline::deadline;
use crate::policy::Pattern;
use crate::queue::{DurableAck, Queue};
use crate::shared::Shared;
use crate::stats::Metric;

/// Sink that puts the events of a layer into the queue.
pub(super) struct Intake {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    durable: Durable,
    /// Time a caller waits for room in the queue, if it waits.
    wait: Option<Duration>,
}

/// Events that are on disk before their call returns.
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

    /// Counts an event of a rare kind, out of the hot path.
    #[inline(never)]
    fn count_rare(&self, tally: Counter) {
        if matches!(tally, Counter::UnitFull | Counter::Oversize) {
            self.queue.count_rare_loss(tally.into());
        } else {
            self.queue.count(tally.into());
        }
    }

    /// Queues an event where some events are durable.
    #[cold]
    #[inline(never)]
    fn accept_carefully(&self, occurred_at: Timestamp, fields: &Fields) {
        if self.is_durable(fields) {
            self.accept_durable(occurred_at, fields);
        } else {
            self.queue.push(occurred_at, fields.as_bytes());
        }
    }

    /// Queues an event and waits until it is on disk.
    fn accept_durable(&self, occurred_at: Timestamp, fields: &Fields) {
        let deadline = deadline(self.shared.config.durable_wait);
        let ack = self.queue.push_durable(occurred_at, fields.as_bytes());
        self.wait_for(ack.as_slice(), deadline);
    }

    /// Queues all events, then waits once until the durable ones are on disk. The time limit starts with the first event.
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

    /// Waits for the acks until the deadline, and counts those that are missing.
    fn wait_for(&self, acks: &[Arc<DurableAck>], deadline: Instant) {
        // The error hook may end a unit of work on the writer's own thread, which would then wait for itself.
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
