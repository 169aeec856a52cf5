//! Events held by the writer that are not in a batch yet.

use std::collections::VecDeque;
use std::time::Duration;

use behavior_trace_core::Timestamp;
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use tokio::time::Instant;

use crate::queue::{Chunk, Frame};

/// Maximum number of rows in a batch. More gain nothing on either server.
pub(super) const MAX_ROWS: usize = 1000;
/// Maximum number of bytes in a batch.
pub(super) const MAX_BYTES: usize = 1 << 20;

/// Chunks received from the queue, in order, with their totals.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    chunks: VecDeque<Chunk>,
    frames: u64,
    bytes: usize,
    /// Time of arrival of the oldest event.
    since: Option<Instant>,
    /// Number of events ever cut.
    taken: u64,
}

/// Rows cut from the backlog.
#[derive(Debug)]
pub(super) struct CutRows {
    pub(super) rows: RowBuffer,
    /// Position of the first row among all events ever cut.
    pub(super) first: u64,
    /// Bytes they hold of the queue's budget.
    pub(super) bytes: usize,
}

impl Backlog {
    /// Adds a chunk. Returns its buffer if the chunk is empty now. Events of successive ticks share buffers; otherwise a
    /// growing backlog would hold many times the memory it needs.
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

    /// Returns the time of the call of the first event.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        let mut chunks = self.chunks.iter();
        chunks.find_map(|chunk| Some(chunk.first()?.occurred_at))
    }

    /// Returns the number of events ever cut.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// Returns the number of events ever received.
    pub(super) const fn received(&self) -> u64 {
        self.taken + self.frames
    }

    /// Returns whether there is a full batch.
    pub(super) const fn is_full(&self) -> bool {
        self.frames >= MAX_ROWS as u64 || self.bytes >= MAX_BYTES
    }

    /// Returns whether the oldest event is older than `than`.
    pub(super) fn is_older(&self, than: Duration, now: Instant) -> bool {
        self.since.is_some_and(|since| now >= since + than)
    }

    /// Cuts one batch. `finish` adds the row of an event, if there is one; `spare` takes emptied buffers.
    pub(super) fn cut(
        &mut self,
        now: Instant,
        mut finish: impl FnMut(Frame<'_>, &mut RowBuffer),
        mut spare: impl FnMut(Vec<u8>),
    ) -> CutRows {
        // With its capacity, so that the buffer does not grow to half a megabyte with a copy each time.
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
        // The remaining events came later, but not later than now.
        self.since = (!self.is_empty()).then_some(now);
        cut
    }
}
