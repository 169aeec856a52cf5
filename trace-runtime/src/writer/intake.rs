//! What has come from the application's threads and is in no batch yet.

use std::panic::{AssertUnwindSafe, catch_unwind};

use behavior_trace_core::{Event, Policy};
use behavior_trace_store::delivery::batch::{Batch, Origin};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use tokio::time::Instant;
use uuid::Uuid;

use super::backlog::Backlog;
use super::delivery::Due;
use crate::health::{RecorderError, RecorderErrorKind};
use crate::policy::DefaultPolicy;
use crate::queue::{Chunk, Frame, Queue};
use crate::shared::Shared;
use crate::stats::Metric;

/// See the module.
#[derive(Debug)]
pub(super) struct EventIntake {
    backlog: Backlog,
    /// Events whose callers wait for them to be on disk.
    durable: Vec<Chunk>,
    /// When everything was last taken from the application's threads.
    emptied: Instant,
}

impl EventIntake {
    pub(super) fn new() -> Self {
        Self {
            backlog: Backlog::default(),
            durable: Vec::new(),
            emptied: Instant::now(),
        }
    }

    /// Takes what the threads have handed over; returns whether there was anything.
    pub(super) fn take(&mut self, queue: &Queue, now: Instant) -> bool {
        let mut received = Vec::new();
        // No thread is kept from its buffer while more is done with it than taking it.
        queue.drain(|chunk| received.push(chunk));
        self.emptied = now;
        self.keep(received, queue, now)
    }

    /// As [`take`](Self::take). Where `leaves` says so, threads keep what they have not filled, for no longer than
    /// `longest`: buffers that are taken half empty take memory.
    pub(super) fn take_due(
        &mut self,
        queue: &Queue,
        leaves: bool,
        longest: std::time::Duration,
        now: Instant,
    ) -> bool {
        if !leaves || now >= self.emptied + longest {
            return self.take(queue, now);
        }
        let mut received = Vec::new();
        queue.drain_shared(|chunk| received.push(chunk));
        self.keep(received, queue, now)
    }

    fn keep(&mut self, received: Vec<Chunk>, queue: &Queue, now: Instant) -> bool {
        let before = self.backlog.received();
        for chunk in received {
            if chunk.ack.is_some() {
                self.durable.push(chunk);
            } else if let Some(emptied) = self.backlog.add(chunk, now) {
                queue.recycle(emptied);
            }
        }
        self.backlog.received() > before || !self.durable.is_empty()
    }

    pub(super) const fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    pub(super) const fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    /// Whether a batch is to be cut.
    pub(super) fn is_due(&self, due: Due, shared: &Shared, now: Instant) -> bool {
        !self.backlog.is_empty()
            && (self.backlog.is_full()
                || due.hurried
                || self.backlog.is_older(shared.config.linger, now))
    }

    pub(super) const fn has_durable(&self) -> bool {
        !self.durable.is_empty()
    }

    pub(super) fn take_durable(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.durable)
    }

    /// How many of the events that came before a point are in no batch.
    pub(super) const fn uncut(&self, before: u64) -> u64 {
        before.saturating_sub(self.backlog.taken()) + self.durable.len() as u64
    }

    /// Gives up all of it, and returns how many events that were.
    pub(super) fn drop_all(&mut self) -> u64 {
        let lost = self.backlog.frames() + self.durable.len() as u64;
        self.durable.clear();
        self.backlog = Backlog::default();
        lost
    }

    /// Cuts the next batch from the backlog.
    pub(super) fn cut(&mut self, shared: &Shared, now: Instant) -> Option<Batch> {
        if self.backlog.is_empty() {
            return None;
        }
        // For the whole batch: asking for it is not free.
        let policy = shared.rules.load();
        let cut = self.backlog.cut(
            now,
            |frame, rows| finish(shared, &*policy, frame, rows),
            |buffer| shared.queue.recycle(buffer),
        );
        if cut.rows.is_empty() {
            shared.queue.release(cut.bytes);
            return None;
        }
        let (first, bytes) = (cut.first, cut.bytes);
        Some(Batch::new(cut.rows, Origin::Queue { first, bytes }))
    }

    /// The rows of these events, and how many bytes of the queue's budget they hold.
    pub(super) fn finished(&self, shared: &Shared, chunks: &mut [Chunk]) -> Batch {
        let policy = shared.rules.load();
        let (mut rows, mut bytes) = (RowBuffer::default(), 0);
        for chunk in chunks {
            while let Some(frame) = chunk.next() {
                bytes += frame.size();
                finish(shared, &*policy, frame, &mut rows);
            }
        }
        let first = self.backlog.taken();
        Batch::new(rows, Origin::Queue { first, bytes })
    }
}

/// Draws the event's id, once and for all, and adds its row.
fn finish(shared: &Shared, policy: &dyn Policy, frame: Frame<'_>, rows: &mut RowBuffer) {
    let event = Event::decode(frame.occurred_at, frame.fields);
    let event_id = Uuid::new_v4();
    if let Ok(row) = catch_unwind(AssertUnwindSafe(|| policy.finish(event_id, &event))) {
        return rows.push(&row);
    }
    let counters = shared.queue.counters();
    counters.add(Metric::Panicked, 1);
    shared.tell(&RecorderError::new(
        RecorderErrorKind::Panic,
        "the policy panicked while finishing an event; the default policy finished it",
    ));
    let default = DefaultPolicy::default();
    let row = catch_unwind(AssertUnwindSafe(|| {
        Policy::finish(&default, event_id, &event)
    }));
    if let Ok(row) = row {
        rows.push(&row);
    } else {
        counters.sub(Metric::InHand, 1);
        counters.add(Metric::PolicyPanicked, 1);
    }
}
