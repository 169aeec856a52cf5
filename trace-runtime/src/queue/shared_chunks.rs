//! State that threads share: full buffers, events of threads whose own buffer was locked, and spare buffers.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::frame::{self, Frame};
use super::mapped::{FILE, Laid, Lane, Piece};
use super::{CHUNK, Queue, Taken};
use crate::deadline::left_until;
use crate::stats::Metric;

/// Number of spare buffers kept. More than these only served a burst.
const SPARES: usize = 32;

/// Size from which a chunk is no longer filled up.
const FULL: usize = CHUNK / 4 * 3;

/// Number of full buffers in a whole batch of about 1 MiB.
const BATCH: usize = (1 << 20) / CHUNK;

/// Chunks on their way to the writer, and spare buffers.
#[derive(Debug, Default)]
pub(super) struct SharedChunks {
    chunks: VecDeque<Chunk>,
    /// Mapped buffers for the events of threads whose own ones were locked or gone.
    lane: Lane,
    laid_frames: u64,
    spares: Vec<Vec<u8>>,
    sealed: bool,
}

/// Frames held by the writer, taken from the front.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    read: usize,
    frames: u64,
    /// Ack of the one event in this chunk, if its caller waits.
    pub(crate) ack: Option<Arc<DurableAck>>,
    /// The part of a mapped buffer that these are the frames of.
    pub(crate) piece: Option<Piece>,
}

impl Chunk {
    pub(super) const fn new(bytes: Vec<u8>, frames: u64) -> Self {
        Self {
            bytes,
            read: 0,
            frames,
            ack: None,
            piece: None,
        }
    }

    /// Creates a chunk of frames that stay in a mapped buffer until they are settled.
    pub(super) const fn mapped(bytes: Vec<u8>, frames: u64, piece: Piece) -> Self {
        let mut chunk = Self::new(bytes, frames);
        chunk.piece = Some(piece);
        chunk
    }

    /// Returns the number of frames left.
    pub(crate) const fn frames(&self) -> u64 {
        self.frames
    }

    /// Returns the number of bytes left.
    pub(crate) const fn size(&self) -> usize {
        self.bytes.len() - self.read
    }

    /// Returns the next frame without taking it.
    pub(crate) fn first(&self) -> Option<Frame<'_>> {
        Frame::read(self.bytes.get(self.read..)?)
    }

    /// Takes the next frame.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        let frame = Frame::read(self.bytes.get(self.read..)?)?;
        self.read += frame.size();
        self.frames -= 1;
        Some(frame)
    }

    /// Moves as many events of a later chunk here as fit into one chunk. A later chunk that is nearly full stays as it is:
    /// splitting it would split every chunk behind it.
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
            // The rest moves to the front, or the freed room would stay unused while the chunk waits.
            later.bytes.drain(..end);
            later.read = 0;
        }
    }

    /// Returns the buffer for reuse.
    pub(crate) fn into_bytes(mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }
}

impl Drop for Chunk {
    /// Unblocks the caller if the chunk is dropped unacknowledged.
    fn drop(&mut self) {
        if let Some(ack) = &self.ack {
            ack.complete(false);
        }
    }
}

impl SharedChunks {
    pub(super) fn push(&mut self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Metric> {
        if let Some(buffers) = &queue.mapped {
            let size = frame.size_with_id();
            self.admit(queue, frame, size)?;
            match self.lane.push(buffers, frame) {
                Ok(Laid::NotMapped) => queue.budget.release(size - frame.size()),
                Ok(_) => {
                    self.laid_frames += 1;
                    return Ok(());
                }
                Err(loss) => {
                    queue.budget.release(size);
                    return Err(loss);
                }
            }
        } else {
            self.admit(queue, frame, frame.size())?;
        }
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
        self.admit(queue, frame, frame.size())?;
        let mut chunk = Chunk::new(self.spare(), 1);
        frame.write(&mut chunk.bytes);
        chunk.ack = Some(Arc::clone(ack));
        self.chunks.push_back(chunk);
        Ok(())
    }

    fn admit(&self, queue: &Queue, frame: &Frame<'_>, size: usize) -> Result<(), Metric> {
        if self.sealed {
            return Err(Metric::AfterShutdown);
        }
        if !frame.fits() || !queue.budget.could_hold(size) {
            return Err(Metric::Oversize);
        }
        queue.reserve(size)
    }

    /// Takes a thread's full buffer, and gives it an empty one of full size. The thread will fill that one too, and buffers
    /// that grow fragment the heap.
    pub(super) fn exchange(&mut self, full: &mut Vec<u8>, frames: u64) {
        let mut spare = self.spare();
        spare.reserve_exact(CHUNK);
        let mut full = mem::replace(full, spare);
        frame::give_back_room(&mut full);
        self.chunks.push_back(Chunk::new(full, frames));
    }

    /// Returns whether there are enough chunks to wake the writer for them.
    pub(super) fn holds_a_batch(&self) -> bool {
        self.chunks.len() >= BATCH
    }

    pub(super) fn spare(&mut self) -> Vec<u8> {
        self.spares.pop().unwrap_or_default()
    }

    pub(super) fn recycle(&mut self, mut bytes: Vec<u8>) {
        if self.spares.len() < SPARES && (1..=FILE).contains(&bytes.capacity()) {
            bytes.clear();
            self.spares.push(bytes);
        }
    }

    pub(super) fn drain(&mut self, taken: &mut Taken, take: &mut impl FnMut(Chunk)) {
        self.lane.take(taken);
        if self.sealed {
            self.lane.end();
        }
        self.laid_frames = 0;
        self.chunks.drain(..).for_each(take);
    }

    pub(super) fn frames(&self) -> u64 {
        self.chunks.iter().map(Chunk::frames).sum::<u64>() + self.laid_frames
    }

    pub(super) const fn seal(&mut self) {
        self.sealed = true;
    }
}

/// Acknowledgement of a durable event, held by its caller until the event is on disk.
#[derive(Debug, Default)]
pub(crate) struct DurableAck {
    /// The result, once it is known: whether the event is on disk.
    safe: Mutex<Option<bool>>,
    known: Condvar,
}

impl DurableAck {
    /// Completes the ack and unblocks the caller. The first result wins.
    pub(crate) fn complete(&self, safe: bool) {
        let mut known = self.safe.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(safe);
        drop(known);
        self.known.notify_all();
    }

    /// Waits until the deadline; returns whether the event is known to be on disk.
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
