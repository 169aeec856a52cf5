//! Event buffer of one thread.

use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::frame::Frame;
use super::mapped::{Laid, Lane};
use super::shared_chunks::Chunk;
use super::{Busy, MappedBuffers, Notice, Queue, Taken};
use crate::stats::{Counters, Metric};

/// Buffer of a thread at one queue. The alignment keeps threads from sharing cache lines.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct ThreadBuffer {
    chunk: Mutex<OpenChunk>,
    /// Only the buffer's thread writes these.
    pub(super) counters: Counters,
    /// Set when the thread has ended.
    left: AtomicBool,
}

#[derive(Debug, Default)]
struct OpenChunk {
    bytes: Vec<u8>,
    lane: Lane,
    /// Bytes that the events in the lane will take as chunks.
    laid: usize,
    /// Events in the lane.
    laid_frames: u64,
    frames: u64,
    /// Bytes reserved from the budget, at least as many as the buffer holds.
    reserved: usize,
    sealed: bool,
}

impl ThreadBuffer {
    /// Adds an event to the buffer. Counts the event as lost if it cannot be kept.
    #[inline]
    pub(super) fn push(&self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Busy> {
        let Ok(mut chunk) = self.chunk.try_lock() else {
            return Err(Busy);
        };
        let pushed = match &queue.mapped {
            None => chunk.push(queue, frame),
            Some(buffers) => chunk.push_mapped(queue, buffers, frame),
        };
        // The writer needs the chunk as soon as it is awake.
        drop(chunk);
        match pushed {
            Ok(Notice::None) => {}
            Ok(Notice::Wake) => queue.wake.notify(),
            Err(loss) => {
                self.counters.own(loss);
                queue.wake_resting();
            }
        }
        Ok(())
    }
}

impl OpenChunk {
    #[inline]
    fn push(&mut self, queue: &Queue, frame: &Frame<'_>) -> Result<Notice, Metric> {
        if frame.overfills(&self.bytes) {
            self.hand_over(queue);
        }
        if self.sealed {
            return Err(Metric::AfterShutdown);
        }
        let needed = self.bytes.len() + self.laid + frame.size();
        let mut notice = Notice::None;
        if needed > self.reserved {
            notice = self.reserve(queue, frame, needed)?;
        }
        frame.write(&mut self.bytes);
        self.frames += 1;
        Ok(notice)
    }

    /// Appends an event to a mapped buffer, or to the heap where there is none.
    #[inline]
    fn push_mapped(
        &mut self,
        queue: &Queue,
        buffers: &MappedBuffers,
        frame: &Frame<'_>,
    ) -> Result<Notice, Metric> {
        if self.sealed {
            return Err(Metric::AfterShutdown);
        }
        let size = frame.size_with_id();
        let needed = self.bytes.len() + self.laid + size;
        let mut notice = Notice::None;
        if needed > self.reserved {
            notice = self.reserve(queue, frame, needed)?;
        }
        match self.lane.push(buffers, frame)? {
            Laid::Mapped => {}
            Laid::MappedAndWake => notice = Notice::Wake,
            Laid::NotMapped => {
                let pushed = self.push(queue, frame)?;
                return Ok(if notice == Notice::Wake {
                    notice
                } else {
                    pushed
                });
            }
        }
        self.laid += size;
        self.laid_frames += 1;
        Ok(notice)
    }

    /// Takes what was appended to mapped buffers.
    fn take_laid(&mut self, taken: &mut Taken) {
        self.lane.take(taken);
        if self.sealed {
            self.lane.end();
        }
        self.laid_frames = 0;
        self.reserved -= mem::take(&mut self.laid);
    }

    /// Reserves room for some forty events at once. The first event after a drain comes here, so a resting writer is woken.
    #[cold]
    #[inline(never)]
    fn reserve(
        &mut self,
        queue: &Queue,
        frame: &Frame<'_>,
        needed: usize,
    ) -> Result<Notice, Metric> {
        if !frame.fits() || !queue.budget.could_hold(frame.size()) {
            return Err(Metric::Oversize);
        }
        let more = (needed - self.reserved).max(queue.budget.grain());
        queue.reserve(more)?;
        self.reserved += more;
        Ok(if queue.wake.is_resting() {
            Notice::Wake
        } else {
            Notice::None
        })
    }

    const fn all_frames(&self) -> u64 {
        self.frames + self.laid_frames
    }

    /// Hands the full buffer over to the shared chunks. If another thread has them locked, the buffer grows instead.
    #[cold]
    #[inline(never)]
    fn hand_over(&mut self, queue: &Queue) {
        let Ok(mut shared) = queue.shared.try_lock() else {
            return;
        };
        self.reserved -= self.bytes.len();
        shared.exchange(&mut self.bytes, mem::take(&mut self.frames));
        // A wake costs this thread more than a dozen events do, and the writer comes at its tick anyway.
        if shared.holds_a_batch() {
            queue.wake.notify();
        }
    }
}

/// Buffers of all threads.
#[derive(Debug, Default)]
pub(super) struct ThreadBuffers {
    all: Vec<Arc<ThreadBuffer>>,
    sealed: bool,
}

impl ThreadBuffers {
    /// Creates the buffer of one more thread. Returns `None` once no writer drains the buffers any more.
    fn add(&mut self) -> Option<Arc<ThreadBuffer>> {
        if self.sealed {
            return None;
        }
        let buffer = Arc::new(ThreadBuffer::default());
        self.all.push(Arc::clone(&buffer));
        Some(buffer)
    }

    /// Removes the buffer of a thread that has ended, when no drain will, and adds its counters to `sum`. A buffer with
    /// events is left to the last drain.
    fn remove(&mut self, buffer: &Arc<ThreadBuffer>, sum: &Counters) {
        if locked(&buffer.chunk).all_frames() > 0 {
            return;
        }
        if let Some(place) = self.all.iter().position(|other| Arc::ptr_eq(other, buffer)) {
            sum.absorb(&self.all.swap_remove(place).counters);
        }
    }

    /// Takes the events of every thread, and removes the buffers of threads that have ended. Those in mapped buffers are
    /// collected later, without the lock of a thread.
    pub(super) fn drain(&mut self, queue: &Queue, taken: &mut Taken, take: &mut impl FnMut(Chunk)) {
        self.all.retain(|buffer| {
            let left = buffer.left.load(Ordering::SeqCst);
            let mut chunk = locked(&buffer.chunk);
            if chunk.frames > 0 {
                // The shared chunks are locked after a buffer, in the order in which threads lock them too.
                let spare = queue
                    .lock(&queue.shared)
                    .map_or_else(Vec::new, |mut l| l.spare());
                let bytes = mem::replace(&mut chunk.bytes, spare);
                chunk.reserved -= bytes.len();
                take(Chunk::new(bytes, mem::take(&mut chunk.frames)));
            }
            if queue.mapped.is_some() {
                chunk.take_laid(taken);
            }
            queue.budget.release(mem::take(&mut chunk.reserved));
            if left {
                queue.counters.absorb(&buffer.counters);
            }
            !left
        });
    }

    pub(super) fn seal(&mut self) {
        self.sealed = true;
        for buffer in &self.all {
            locked(&buffer.chunk).sealed = true;
        }
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn total(&self, term: Metric) -> u64 {
        self.all
            .iter()
            .map(|buffer| buffer.counters.get(term))
            .sum()
    }

    /// Adds all counters to `sum`; returns the number of events in the buffers.
    pub(super) fn sum_into(&self, sum: &Counters) -> u64 {
        let frames = |buffer: &Arc<ThreadBuffer>| {
            sum.absorb(&buffer.counters);
            locked(&buffer.chunk).all_frames()
        };
        self.all.iter().map(frames).sum()
    }
}

fn locked(chunk: &Mutex<OpenChunk>) -> std::sync::MutexGuard<'_, OpenChunk> {
    chunk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread's buffer at one queue, given up when the thread ends.
struct Registration {
    queue: Weak<Queue>,
    buffer: Arc<ThreadBuffer>,
}

impl Registration {
    #[inline]
    fn is_at(&self, queue: &Arc<Queue>) -> bool {
        Weak::as_ptr(&self.queue) == Arc::as_ptr(queue)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.buffer.left.store(true, Ordering::SeqCst);
        if let Some(queue) = self.queue.upgrade() {
            queue.leave(&self.buffer);
        }
    }
}

thread_local! {
    static REGISTRATIONS: RefCell<Registrations> = const {
        RefCell::new(Registrations {
            last: None,
            others: Vec::new(),
        })
    };
}

/// Buffers of a thread at all queues.
struct Registrations {
    /// The buffer used last. A thread that records to one recorder touches no other.
    last: Option<Registration>,
    others: Vec<Registration>,
}

impl Registrations {
    /// Returns this thread's buffer at `queue`. Returns `None` after the shutdown and in a forked child, where no buffer is
    /// created.
    #[inline]
    fn at(&mut self, queue: &Arc<Queue>) -> Option<&ThreadBuffer> {
        if !self
            .last
            .as_ref()
            .is_some_and(|registration| registration.is_at(queue))
        {
            self.change(queue)?;
        }
        self.last.as_ref().map(|registration| &*registration.buffer)
    }

    #[cold]
    #[inline(never)]
    fn change(&mut self, queue: &Arc<Queue>) -> Option<()> {
        self.others.extend(self.last.take());
        let next = match self
            .others
            .iter()
            .position(|registration| registration.is_at(queue))
        {
            Some(at) => self.others.swap_remove(at),
            None => self.register(queue)?,
        };
        self.last = Some(next);
        Some(())
    }

    fn register(&mut self, queue: &Arc<Queue>) -> Option<Registration> {
        self.others
            .retain(|registration| registration.queue.strong_count() > 0);
        if queue.budget.is_closed() || queue.is_forked() {
            return None;
        }
        Some(Registration {
            queue: Arc::downgrade(queue),
            buffer: queue.lock(&queue.buffers)?.add()?,
        })
    }
}

impl Queue {
    /// Calls `work` with this thread's buffer. Returns `None` if the thread has none: during its teardown, or as a new
    /// thread after the shutdown or in a forked child.
    #[inline]
    pub(super) fn with_buffer<T>(
        self: &Arc<Self>,
        work: impl FnOnce(&ThreadBuffer) -> T,
    ) -> Option<T> {
        REGISTRATIONS
            .try_with(|registration| {
                let mut registration = registration.try_borrow_mut().ok()?;
                registration.at(self).map(work)
            })
            .ok()
            .flatten()
    }

    /// Gives up the buffer of a thread that ends. While the writer runs, it removes the buffer at its next tick, for which it
    /// is woken from a rest.
    fn leave(&self, buffer: &Arc<ThreadBuffer>) {
        if !self.budget.is_closed() {
            return self.wake_resting();
        }
        if let Some(mut buffers) = self.lock(&self.buffers)
            && (buffers.sealed || self.is_forked())
        {
            buffers.remove(buffer, &self.counters);
        }
    }
}
