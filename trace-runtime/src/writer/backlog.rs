//! Events in the writer's hands that are no batch yet.

use std::collections::VecDeque;
use std::time::Duration;

use behavior_trace_store::delivery::row_buffer::RowBuffer;
use tokio::time::Instant;

use crate::queue::{Chunk, Frame};

/// RowBuffer in a batch; more gains nothing on either server.
pub(super) const MAX_ROWS: usize = 1000;
/// Bytes in a batch.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    chunks: VecDeque<Chunk>,
    frames: u64,
    bytes: usize,
    /// When the oldest of it came.
    since: Option<Instant>,
    /// How many events ever left it.
    taken: u64,
}

/// Rows cut from the backlog.
#[derive(Debug)]
pub(super) struct CutRows {
    pub(super) rows: RowBuffer,
    /// The place of the first row among all that ever left the backlog.
    pub(super) first: u64,
    /// How many bytes of the queue's budget they hold.
    pub(super) bytes: usize,
}

impl Backlog {
    /// Adds what came. Returns a buffer that is empty now: while events come faster than they go, each tick's few share
    /// buffers with those before, or they would hold many times the memory that they need.
    pub(super) fn add(&mut self, mut chunk: Chunk, now: Instant) -> Option<Vec<u8>> {
        self.since.get_or_insert(now);
        self.frames += chunk.frames();
        self.bytes += chunk.size();
        if let Some(last) = self.chunks.back_mut() {
            last.absorb(&mut chunk);
        }
        if chunk.frames() == 0 {
            return Some(chunk.into_bytes());
        }
        self.chunks.push_back(chunk);
        None
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.frames == 0
    }

    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many events ever left.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// How many events ever came.
    pub(super) const fn received(&self) -> u64 {
        self.taken + self.frames
    }

    /// Whether a full batch is there.
    pub(super) const fn is_full(&self) -> bool {
        self.frames >= MAX_ROWS as u64 || self.bytes >= MAX_BYTES
    }

    /// Whether the oldest event is older than this.
    pub(super) fn is_older(&self, than: Duration, now: Instant) -> bool {
        self.since.is_some_and(|since| now >= since + than)
    }

    /// Cuts one batch. `finish` adds the row, if there is to be one; `spare` takes emptied buffers.
    pub(super) fn cut(
        &mut self,
        now: Instant,
        mut finish: impl FnMut(Frame<'_>, &mut RowBuffer),
        mut spare: impl FnMut(Vec<u8>),
    ) -> CutRows {
        // No buffer that grows to half a megabyte, and copies what it holds each time.
        let rows = usize::try_from(self.frames)
            .unwrap_or(MAX_ROWS)
            .min(MAX_ROWS);
        let mut cut = CutRows {
            rows: RowBuffer::with_capacity(rows, self.bytes.min(MAX_BYTES)),
            first: self.taken,
            bytes: 0,
        };
        let mut taken = 0;
        while taken < MAX_ROWS && cut.bytes < MAX_BYTES {
            let Some(chunk) = self.chunks.front_mut() else {
                break;
            };
            let Some(frame) = chunk.next() else {
                spare(self.chunks.pop_front().unwrap_or_default().into_bytes());
                continue;
            };
            taken += 1;
            cut.bytes += frame.size();
            finish(frame, &mut cut.rows);
        }
        if self.chunks.front().is_some_and(|chunk| chunk.frames() == 0) {
            spare(self.chunks.pop_front().unwrap_or_default().into_bytes());
        }
        self.taken += taken as u64;
        self.frames -= taken as u64;
        self.bytes -= cut.bytes;
        // What is left came later, but not later than now.
        self.since = (!self.is_empty()).then_some(now);
        cut
    }
}
