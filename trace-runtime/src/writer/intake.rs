//! Events received from the application's threads that are not in a batch yet.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use behavior_trace_core::{Event, Policy};
use behavior_trace_store::delivery::batch::{Batch, Origin};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use tokio::time::Instant;
use uuid::Uuid;

use super::backlog::Backlog;
use super::due::Due;
use super::ledger::Ledger;
use super::linger::{Arrivals, LONGEST, wait_after};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::policy::DefaultPolicy;
use crate::queue::{Chunk, Frame, Piece, Queue};
use crate::shared::Shared;
use crate::stats::Metric;

/// The backlog and the durable events the writer has received.
#[derive(Debug)]
pub(super) struct EventIntake {
    backlog: Backlog,
    /// Parts of mapped buffers whose events are not settled.
    ledger: Ledger,
    /// Events whose callers wait until they are on disk.
    durable: Vec<Chunk>,
    /// Time when the queue was last drained completely.
    emptied: Instant,
    arrivals: Arrivals,
    /// Time that the events of the backlog wait for others, where the configuration has none.
    wait: Duration,
}

impl EventIntake {
    pub(super) fn new() -> Self {
        Self {
            backlog: Backlog::default(),
            ledger: Ledger::default(),
            durable: Vec::new(),
            emptied: Instant::now(),
            arrivals: Arrivals::new(Instant::now()),
            wait: Duration::ZERO,
        }
    }

    /// Takes all events from the queue; returns whether there were any.
    pub(super) fn take(&mut self, queue: &Queue, now: Instant) -> bool {
        let mut received = Vec::new();
        // No thread is kept from its buffer for longer than it takes to collect it.
        queue.drain(|chunk| received.push(chunk));
        self.emptied = now;
        self.keep(received, queue, now)
    }

    /// Takes events like [`take`](Self::take). With `leaves`, threads keep buffers they have not filled, but not longer
    /// than `longest`: buffers collected half empty cost memory.
    pub(super) fn take_due(
        &mut self,
        queue: &Queue,
        leaves: bool,
        longest: Duration,
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
        if self.backlog.is_empty() {
            self.wait = wait_after(self.arrivals.recent(now));
        }
        for chunk in received {
            self.receive(chunk, queue, now);
        }
        let came = self.backlog.received() - before;
        if came > 0 {
            self.arrivals.note(came, now);
        }
        came > 0 || !self.durable.is_empty()
    }

    /// Takes one chunk.
    pub(super) fn receive(&mut self, chunk: Chunk, queue: &Queue, now: Instant) {
        if chunk.ack.is_some() {
            return self.durable.push(chunk);
        }
        if let Some(piece) = chunk.piece {
            let first = self.backlog.received();
            self.ledger.add(first..first + chunk.frames(), piece);
        }
        if let Some(emptied) = self.backlog.add(chunk, now) {
            queue.recycle(emptied);
        }
    }

    /// Returns whether parts of mapped buffers wait to be settled.
    pub(super) fn has_pieces(&self) -> bool {
        !self.ledger.is_empty()
    }

    /// Returns the parts of mapped buffers that are settled: none of their events is in the backlog, nor in `held`.
    pub(super) fn settled_pieces(&mut self, mut held: Vec<Range<u64>>) -> Vec<Piece> {
        held.push(self.backlog.taken()..u64::MAX);
        self.ledger.settled(held)
    }

    pub(super) const fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    pub(super) const fn is_full(&self) -> bool {
        self.backlog.is_full()
    }

    /// Returns whether a batch has to be cut. Beside `others`, rows that wait already, nothing is sent sooner than usual.
    pub(super) fn is_due(&self, due: Due, others: bool, shared: &Shared, now: Instant) -> bool {
        let wait = match shared.config.linger {
            Some(linger) => linger,
            None if others => LONGEST,
            None => self.wait,
        };
        !self.backlog.is_empty()
            && (self.backlog.is_full() || due.hurried || self.backlog.is_older(wait, now))
    }

    pub(super) const fn has_durable(&self) -> bool {
        !self.durable.is_empty()
    }

    pub(super) fn take_durable(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.durable)
    }

    /// Returns how many events received before `before` are in no batch.
    pub(super) const fn uncut(&self, before: u64) -> u64 {
        before.saturating_sub(self.backlog.taken()) + self.durable.len() as u64
    }

    /// Drops all events; returns their number.
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
        // Once for the whole batch: loading the policy is not free.
        let policy = shared.rules.load();
        let cut = self.backlog.cut(
            now,
            |frame, rows| finish(shared, &*policy, frame, rows),
            |buffer| shared.queue.recycle(buffer),
        );
        // What is left came with the batch that goes now.
        self.wait = wait_after(self.arrivals.recent(now));
        if cut.rows.is_empty() {
            shared.queue.release(cut.bytes);
            return None;
        }
        let origin = Origin::Queue {
            first: cut.first,
            end: self.backlog.taken(),
            bytes: cut.bytes,
        };
        Some(Batch::new(cut.rows, origin))
    }

    /// Returns a batch of the rows of these chunks, with the bytes they hold of the queue's budget.
    pub(super) fn finished(&self, shared: &Shared, chunks: &mut [Chunk]) -> Batch {
        let policy = shared.rules.load();
        let (mut rows, mut bytes) = (RowBuffer::default(), 0);
        for chunk in chunks {
            while let Some(frame) = chunk.next() {
                bytes += frame.size();
                finish(shared, &*policy, frame, &mut rows);
            }
        }
        // They were in no mapped buffer: an empty range.
        let first = self.backlog.taken();
        let origin = Origin::Queue {
            first,
            end: first,
            bytes,
        };
        Batch::new(rows, origin)
    }
}

/// Assigns the event its permanent id, and adds its row.
fn finish(shared: &Shared, policy: &dyn Policy, frame: Frame<'_>, rows: &mut RowBuffer) {
    let event = Event::decode(frame.occurred_at, frame.fields);
    let event_id = frame.event_id.unwrap_or_else(Uuid::new_v4);
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
