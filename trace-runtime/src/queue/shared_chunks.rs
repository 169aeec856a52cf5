//! What threads share: full buffers on their way, events that found their own buffer locked, and spare buffers.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::frame::{self, Frame};
use super::{CHUNK, Queue};
use crate::deadline::left_until;
use crate::stats::Metric;

/// Spare buffers kept; more than this were the mark of a burst.
const SPARES: usize = 32;

/// A buffer that holds as many bytes is not filled up.
const FULL: usize = CHUNK / 4 * 3;

/// Full buffers that make a whole batch, of about 1 MiB.
const BATCH: usize = (1 << 20) / CHUNK;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct SharedChunks {
    chunks: VecDeque<Chunk>,
    spares: Vec<Vec<u8>>,
    sealed: bool,
}

/// Frames in the writer's hands, taken from the front.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    read: usize,
    frames: u64,
    /// Who waits for the one event in here.
    pub(crate) ack: Option<Arc<DurableAck>>,
}

impl Chunk {
    pub(super) const fn new(bytes: Vec<u8>, frames: u64) -> Self {
        Self {
            bytes,
            read: 0,
            frames,
            ack: None,
        }
    }

    /// How many frames are left.
    pub(crate) const fn frames(&self) -> u64 {
        self.frames
    }

    /// How many bytes are left.
    pub(crate) const fn size(&self) -> usize {
        self.bytes.len() - self.read
    }

    /// The next frame.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        let frame = Frame::read(self.bytes.get(self.read..)?)?;
        self.read += frame.size();
        self.frames -= 1;
        Some(frame)
    }

    /// Takes over as many of the events of a later one as fit into one chunk. One that is full stays as it is: to take it
    /// apart would take all apart that come behind it.
    pub(crate) fn absorb(&mut self, later: &mut Self) {
        if self.ack.is_some() || later.ack.is_some() {
            return;
        }
        if later.size() >= FULL {
            return frame::give_back_room(&mut self.bytes);
        }
        let (mut end, mut frames) = (later.read, 0);
        while let Some(frame) = later.bytes.get(end..).and_then(Frame::read)
            && self.bytes.len() + (end - later.read) + frame.size() <= CHUNK
        {
            end += frame.size();
            frames += 1;
        }
        frame::make_room(&mut self.bytes, end - later.read);
        self.bytes.extend_from_slice(&later.bytes[later.read..end]);
        self.frames += frames;
        later.read = end;
        later.frames -= frames;
        if later.frames > 0 {
            frame::give_back_room(&mut self.bytes);
            // What is left moves to the front, or the room of what has gone would lie idle for as long as it waits.
            later.bytes.drain(..end);
            later.read = 0;
        }
    }

    /// The buffer, to be recycled.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }
}

impl Drop for Chunk {
    /// Whoever waits for what is dropped without a word would wait in vain.
    fn drop(&mut self) {
        if let Some(ack) = &self.ack {
            ack.complete(false);
        }
    }
}

impl SharedChunks {
    pub(super) fn push(&mut self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Metric> {
        self.admit(queue, frame)?;
        let mut last = match self.chunks.pop_back() {
            Some(last) if last.ack.is_none() && !frame.overfills(&last.bytes) => last,
            Some(other) => {
                self.chunks.push_back(other);
                Chunk::new(self.spare(), 0)
            }
            None => Chunk::new(self.spare(), 0),
        };
        frame.write(&mut last.bytes);
        last.frames += 1;
        self.chunks.push_back(last);
        Ok(())
    }

    pub(super) fn push_durable(
        &mut self,
        queue: &Queue,
        frame: &Frame<'_>,
        ack: &Arc<DurableAck>,
    ) -> Result<(), Metric> {
        self.admit(queue, frame)?;
        let mut chunk = Chunk::new(self.spare(), 1);
        frame.write(&mut chunk.bytes);
        chunk.ack = Some(Arc::clone(ack));
        self.chunks.push_back(chunk);
        Ok(())
    }

    fn admit(&self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Metric> {
        if self.sealed {
            return Err(Metric::AfterShutdown);
        }
        if !queue.budget.could_hold(frame.size()) {
            return Err(Metric::Oversize);
        }
        queue.reserve(frame.size())
    }

    /// Takes a thread's full buffer, and gives it an empty one: of full size, since it will fill that one too, and buffers
    /// that grow leave holes behind.
    pub(super) fn exchange(&mut self, full: &mut Vec<u8>, frames: u64) {
        let mut spare = self.spare();
        spare.reserve_exact(CHUNK);
        let mut full = mem::replace(full, spare);
        frame::give_back_room(&mut full);
        self.chunks.push_back(Chunk::new(full, frames));
    }

    /// Whether it is worth waking the writer for what is here.
    pub(super) fn holds_a_batch(&self) -> bool {
        self.chunks.len() >= BATCH
    }

    pub(super) fn spare(&mut self) -> Vec<u8> {
        self.spares.pop().unwrap_or_default()
    }

    pub(super) fn recycle(&mut self, mut bytes: Vec<u8>) {
        if self.spares.len() < SPARES && (1..=CHUNK).contains(&bytes.capacity()) {
            bytes.clear();
            self.spares.push(bytes);
        }
    }

    pub(super) fn drain(&mut self, take: &mut impl FnMut(Chunk)) {
        self.chunks.drain(..).for_each(take);
    }

    pub(super) fn frames(&self) -> u64 {
        self.chunks.iter().map(Chunk::frames).sum()
    }

    pub(super) const fn seal(&mut self) {
        self.sealed = true;
    }
}

/// What a caller of a durable action holds until its event is on disk.
#[derive(Debug, Default)]
pub(crate) struct DurableAck {
    /// Whether it is on disk, once that is known.
    safe: Mutex<Option<bool>>,
    known: Condvar,
}

impl DurableAck {
    /// Lets the caller go. The first word stands.
    pub(crate) fn complete(&self, safe: bool) {
        let mut known = self.safe.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(safe);
        drop(known);
        self.known.notify_all();
    }

    /// Waits; says whether the event is known to be on disk.
    pub(crate) fn wait_until(&self, deadline: Instant) -> bool {
        let mut safe = self.safe.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = left_until(deadline);
            match *safe {
                Some(safe) => return safe,
                None if left.is_zero() => return false,
                None => {}
            }
            (safe, _) = self
                .known
                .wait_timeout(safe, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
