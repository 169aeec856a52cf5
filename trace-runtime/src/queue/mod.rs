//! The queue from the application's threads to the writer. Recording does not wake, allocate or wait.
//!
//! Each recording thread has its own [`ThreadBuffer`](thread_buffer::ThreadBuffer). The writer swaps the buffers out at its
//! tick. A thread whose buffer is locked, full or gone uses the one [`SharedChunks`](shared_chunks::SharedChunks). One
//! [`Budget`](budget::Budget) in bytes covers all events until the writer is done with them.

mod budget;
mod frame;
mod mapped;
mod shared_chunks;
#[cfg(test)]
#[path = "../../tests/queue/mod.rs"]
mod tests;
mod thread_buffer;
mod wake_signal;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use behavior_trace_core::{Counter, Timestamp};

use crate::stats::{Counters, Metric, Stats};
use budget::Budget;
pub(crate) use frame::Frame;
use mapped::{Collectors, Taken};
pub(crate) use mapped::{MappedBuffers, NotAdopted, Piece};
use shared_chunks::SharedChunks;
pub(crate) use shared_chunks::{Chunk, DurableAck};
use thread_buffer::ThreadBuffers;
use wake_signal::WakeSignal;

/// Size limit of a thread's buffer. The thread hands the buffer over when the next event would exceed it. With all else that
/// a thread keeps it is less than 64 KiB.
const CHUNK: usize = 62 * 1024;

/// Queue of encoded events with a limit in bytes.
pub(crate) struct Queue {
    buffers: Mutex<ThreadBuffers>,
    shared: Mutex<SharedChunks>,
    budget: Budget,
    wake: WakeSignal,
    counters: Counters,
    pid: u32,
    forked: AtomicBool,
    mapped: Option<MappedBuffers>,
    /// The writer's side of the mapped buffers, and of those that dead processes left.
    collectors: Mutex<Collectors>,
}

impl Queue {
    /// Creates a queue for at most `bytes` of events.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            buffers: Mutex::default(),
            shared: Mutex::default(),
            budget: Budget::new(bytes),
            wake: WakeSignal::default(),
            counters: Counters::default(),
            pid: std::process::id(),
            forked: AtomicBool::new(false),
            mapped: None,
            collectors: Mutex::default(),
        }
    }

    /// Keeps events in mapped buffers, which outlive the process.
    pub(crate) fn with_mapped(mut self, buffers: Option<MappedBuffers>) -> Self {
        self.mapped = buffers;
        self
    }

    /// Returns whether one more event fits. Counts a drop if it does not, and no room is freed within `wait`.
    #[inline]
    pub(crate) fn has_room(self: &Arc<Self>, wait: Option<Duration>) -> bool {
        self.budget.has_room() || self.find_room(wait)
    }

    /// Returns whether one more event would be dropped. It counts nothing and does not wait.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        !self.budget.has_room()
    }

    #[cold]
    fn find_room(self: &Arc<Self>, wait: Option<Duration>) -> bool {
        let found = wait.is_some_and(|wait| self.wait_for_room(wait));
        if !found {
            self.drop_newest();
        }
        found
    }

    /// Returns whether there is room for one more event within `wait`. It counts nothing.
    pub(crate) fn wait_for_room(&self, wait: Duration) -> bool {
        if self.budget.is_closed() {
            return false;
        }
        self.wake.notify();
        !self.is_forked() && self.budget.wait_for_room(wait)
    }

    /// Reserves room for the pending events of a unit of work: `least` bytes or, where that saves another call, up to
    /// `most`.
    pub(crate) fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        if !self.budget.could_hold(least) {
            return Err(Counter::Oversize);
        }
        let bytes = most.min(self.budget.grain()).max(least);
        if self.is_forked() || !self.budget.try_reserve(bytes) {
            return Err(Counter::QueueFull);
        }
        self.wake_resting();
        Ok(bytes)
    }

    /// Releases room that was reserved. In a forked child no thread waits for it, and its lock may stay held for ever.
    pub(crate) fn give_back(&self, bytes: usize) {
        if !self.is_forked() {
            self.budget.release(bytes);
        }
    }

    /// Counts an event for which there was no room.
    #[inline]
    pub(crate) fn drop_newest(self: &Arc<Self>) {
        if self.budget.is_closed() {
            let forked = self.forked.load(Ordering::Relaxed);
            let loss = if forked {
                Metric::Forked
            } else {
                Metric::AfterShutdown
            };
            return self.count_late(loss);
        }
        // No wake signal: reserving half of the limit sent it, and a writer that is behind comes at its tick.
        let dropped = self.count_loss(Metric::QueueFull);
        // Asking for the process id is a system call, too slow for every dropped event. From the next drop on, those of a
        // forked child are counted as such.
        if dropped.is_multiple_of(64) {
            self.is_forked();
        }
    }

    /// Adds an event to the thread's buffer.
    #[inline]
    pub(crate) fn push(self: &Arc<Self>, occurred_at: Timestamp, fields: &[u8]) {
        let frame = Frame {
            occurred_at,
            event_id: None,
            fields,
        };
        let pushed = self.with_buffer(|buffer| {
            buffer.counters.own(Metric::Accepted);
            buffer.push(self, &frame)
        });
        match pushed {
            Some(Ok(())) => {}
            Some(Err(Busy)) => self.push_to_shared(&frame),
            None => {
                self.counters.add(Metric::Accepted, 1);
                self.push_to_shared(&frame);
            }
        }
    }

    /// Adds an event that the caller waits for. The ack completes when the event is on disk. Returns `None` if the event
    /// was not taken.
    pub(crate) fn push_durable(
        &self,
        occurred_at: Timestamp,
        fields: &[u8],
    ) -> Option<Arc<DurableAck>> {
        let ack = Arc::new(DurableAck::default());
        self.counters.add(Metric::Accepted, 1);
        let frame = Frame {
            occurred_at,
            event_id: None,
            fields,
        };
        let pushed = self
            .lock(&self.shared)
            .ok_or(Metric::Forked)
            .and_then(|mut shared| shared.push_durable(self, &frame, &ack));
        match pushed {
            Ok(()) => {
                self.wake.notify();
                Some(ack)
            }
            Err(loss) => {
                self.counters.add(loss, 1);
                None
            }
        }
    }

    /// Adds an event of a thread that cannot use its own buffer. Counts the event as lost if it cannot be kept.
    #[cold]
    #[inline(never)]
    fn push_to_shared(&self, frame: &Frame<'_>) {
        let pushed = self
            .lock(&self.shared)
            .ok_or(Metric::Forked)
            .and_then(|mut shared| shared.push(self, frame));
        if let Err(loss) = pushed {
            self.counters.add(loss, 1);
        }
        self.wake_resting();
    }

    /// Counts a call that became no event.
    pub(crate) fn count(self: &Arc<Self>, term: Metric) {
        if self
            .with_buffer(|buffer| buffer.counters.own(term))
            .is_none()
        {
            self.counters.add(term, 1);
        }
    }

    /// Counts an event after the shutdown or in a forked child. There the buffers may stay locked for ever, and their
    /// counters would not be read.
    #[cold]
    fn count_late(self: &Arc<Self>, loss: Metric) {
        if loss == Metric::Forked {
            self.counters.add(Metric::Accepted, 1);
            self.counters.add(loss, 1);
        } else {
            self.count_loss(loss);
        }
    }

    /// Counts an event that is lost before it is encoded. Returns the number this thread has lost for that reason.
    #[inline]
    fn count_loss(self: &Arc<Self>, loss: Metric) -> u64 {
        let counted = self.with_buffer(|buffer| {
            buffer.counters.own(Metric::Accepted);
            buffer.counters.own(loss);
            buffer.counters.get(loss)
        });
        counted.unwrap_or_else(|| {
            self.counters.add(Metric::Accepted, 1);
            self.counters.add(loss, 1);
            0
        })
    }

    /// Returns the counters of the writer and of threads that have ended.
    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Returns the sum of a counter over all threads.
    pub(crate) fn total(&self, term: Metric) -> u64 {
        let buffers = self.lock(&self.buffers);
        // Both under the lock: the counters of a thread that has ended move from one to the other.
        buffers.as_ref().map_or(0, |buffers| buffers.total(term)) + self.counters.get(term)
    }

    /// Returns the current statistics.
    pub(crate) fn stats(&self) -> Stats {
        let sum = Counters::default();
        let mut queued = 0;
        let buffers = self.lock(&self.buffers);
        if let Some(buffers) = &buffers {
            queued += buffers.sum_into(&sum);
            queued += self.lock(&self.shared).map_or(0, |shared| shared.frames());
        }
        sum.absorb(&self.counters);
        drop(buffers);
        sum.stats(queued)
    }

    /// Moves all events to the writer, and counts them as held by it.
    pub(crate) fn drain(&self, mut take: impl FnMut(Chunk)) {
        let mut taken = Taken::default();
        self.take_shared(&mut taken, &mut take);
        if let Some(mut buffers) = self.lock(&self.buffers) {
            buffers.drain(self, &mut taken, &mut |chunk| {
                self.hand_over(chunk, &mut take);
            });
        }
        self.collect(taken, &mut take);
    }

    /// Moves the shared chunks to the writer, like [`drain`](Self::drain), but leaves the threads' own buffers.
    pub(crate) fn drain_shared(&self, mut take: impl FnMut(Chunk)) {
        let mut taken = Taken::default();
        self.take_shared(&mut taken, &mut take);
        self.collect(taken, &mut take);
    }

    fn take_shared(&self, taken: &mut Taken, take: &mut impl FnMut(Chunk)) {
        self.wake.reset();
        if let Some(mut shared) = self.lock(&self.shared) {
            shared.drain(taken, &mut |chunk| self.hand_over(chunk, take));
        }
    }

    fn hand_over(&self, chunk: Chunk, take: &mut impl FnMut(Chunk)) {
        self.counters.add(Metric::InHand, chunk.frames());
        take(chunk);
    }

    /// Takes an emptied buffer back for the next thread that hands one over.
    pub(crate) fn recycle(&self, bytes: Vec<u8>) {
        if let Some(mut shared) = self.lock(&self.shared) {
            shared.recycle(bytes);
        }
    }

    /// Releases the room of events the writer is done with.
    pub(crate) fn release(&self, bytes: usize) {
        self.budget.release(bytes);
    }

    /// Stops the intake: later events are counted as late.
    pub(crate) fn close(&self) {
        self.budget.close();
    }

    /// Closes every buffer, so that an event admitted before [`Queue::close`] is not left in one. Drain after this.
    pub(crate) fn seal(&self) {
        self.close();
        if let Some(mut buffers) = self.lock(&self.buffers) {
            buffers.seal();
        }
        if let Some(mut shared) = self.lock(&self.shared) {
            shared.seal();
        }
    }

    /// Wakes the writer.
    pub(crate) fn wake(&self) {
        if !self.is_forked() {
            self.wake.notify();
        }
    }

    /// Wakes the writer if it rests.
    pub(crate) fn wake_resting(&self) {
        // In a forked child the signal's lock may stay held for ever.
        if self.wake.is_resting() && !self.is_forked() {
            self.wake.notify();
        }
    }

    /// Announces that the writer rests once it has drained the queue and found nothing, or ends the rest. Only the writer
    /// calls it.
    pub(crate) fn set_resting(&self, resting: bool) {
        self.wake.set_resting(resting);
    }

    /// Returns whether no room is reserved, by events or by units of work.
    pub(crate) fn is_unused(&self) -> bool {
        self.budget.is_unused()
    }

    /// Waits until the writer is woken. Only the writer calls it.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Returns whether this is a forked child. No writer drains the queue there, and its locks may stay held for ever.
    pub(crate) fn is_forked(&self) -> bool {
        if self.forked.load(Ordering::Relaxed) {
            return true;
        }
        // Mapped buffers know it without a system call.
        let forked = match &self.mapped {
            Some(buffers) => buffers.is_child(),
            None => std::process::id() != self.pid,
        };
        if forked {
            self.forked.store(true, Ordering::Relaxed);
            self.wake.set_resting(false);
            self.budget.close();
        }
        forked
    }

    /// Locks the mutex. Returns `None` if a fork may have left it locked for ever.
    fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> Option<MutexGuard<'a, T>> {
        match mutex.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if self.is_forked() => None,
            Err(TryLockError::WouldBlock) => {
                Some(mutex.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// Counts a loss of a thread, and wakes the writer, which reports it.
    pub(crate) fn count_rare_loss(self: &Arc<Self>, loss: Metric) {
        self.count(Metric::Accepted);
        self.count(loss);
        self.wake_resting();
    }

    /// Reserves room. Fails in a forked child; this call is rare enough to check for one.
    fn reserve(&self, bytes: usize) -> Result<(), Metric> {
        if self.is_forked() {
            return Err(Metric::Forked);
        }
        if self.budget.reserve(bytes) {
            self.wake.notify();
        }
        Ok(())
    }
}

/// Error for a thread buffer that was locked.
#[derive(Clone, Copy, Debug)]
struct Busy;

/// What the writer has to learn of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    /// Nothing: it comes at its tick.
    None,
    /// It has to be woken.
    Wake,
}
