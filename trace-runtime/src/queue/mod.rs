//! The hand-over: from the host's threads to the writer, without waking, allocating or waiting.
//!
//! Each recording thread has a [`ThreadBuffer`](thread_buffer::ThreadBuffer) with a buffer of its own. The writer swaps the buffers out at its own
//! tick. A thread that finds its buffer locked, full or gone uses the one shared [`SharedChunks`](shared_chunks::SharedChunks). One
//! [`Budget`](budget::Budget) in bytes holds for all of it, until the writer is done with an event.

mod budget;
mod frame;
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
use shared_chunks::SharedChunks;
pub(crate) use shared_chunks::{Chunk, DurableAck};
use thread_buffer::ThreadBuffers;
use wake_signal::WakeSignal;

/// A thread hands its buffer over when the next event would make it hold more bytes than this.
const CHUNK: usize = 64 * 1024;

/// See the module.
pub(crate) struct Queue {
    buffers: Mutex<ThreadBuffers>,
    shared: Mutex<SharedChunks>,
    budget: Budget,
    wake: WakeSignal,
    counters: Counters,
    pid: u32,
    forked: AtomicBool,
}

impl Queue {
    /// A queue for at most `bytes` of events.
    pub(crate) fn new(bytes: usize) -> Self {
        Self {
            buffers: Mutex::default(),
            shared: Mutex::default(),
            budget: Budget::new(bytes),
            wake: WakeSignal::default(),
            counters: Counters::default(),
            pid: std::process::id(),
            forked: AtomicBool::new(false),
        }
    }

    /// Whether one more event fits; if not, and none is let in within `wait`, it is counted as dropped.
    #[inline]
    pub(crate) fn has_room(self: &Arc<Self>, wait: Option<Duration>) -> bool {
        self.budget.has_room() || self.find_room(wait)
    }

    /// Whether one more event would be dropped; nothing is counted, and nobody waits.
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

    /// Whether one more event is let in within `wait`; nothing is counted.
    pub(crate) fn wait_for_room(&self, wait: Duration) -> bool {
        if self.budget.is_closed() {
            return false;
        }
        self.wake.notify();
        !self.is_forked() && self.budget.wait_for_room(wait)
    }

    /// Sets room aside for what waits in a unit of work: `least` bytes or, where that saves asking again, up to `most`.
    pub(crate) fn set_aside(&self, least: usize, most: usize) -> Result<usize, Counter> {
        if !self.budget.could_hold(least) {
            return Err(Counter::Oversize);
        }
        let bytes = most.min(self.budget.grain()).max(least);
        if self.is_forked() || !self.budget.try_reserve(bytes) {
            return Err(Counter::QueueFull);
        }
        Ok(bytes)
    }

    /// Takes back room that was set aside. In a forked child nobody waits for it, and its lock may be registration for ever.
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
        // No bell: it rang when half of the limit was reserved, and a writer that is behind comes at its tick.
        let dropped = self.count_loss(Metric::QueueFull);
        // Asking for the process is a system call, too dear for every event that is dropped; from the next on, those of a
        // forked child are counted as such.
        if dropped.is_multiple_of(64) {
            self.is_forked();
        }
    }

    /// Takes an event.
    #[inline]
    pub(crate) fn push(self: &Arc<Self>, occurred_at: Timestamp, fields: &[u8]) {
        let frame = Frame {
            occurred_at,
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

    /// Takes an event that the caller waits for: the ack is stamped when it is on disk. `None` if it was not taken.
    pub(crate) fn push_durable(
        &self,
        occurred_at: Timestamp,
        fields: &[u8],
    ) -> Option<Arc<DurableAck>> {
        let ack = Arc::new(DurableAck::default());
        self.counters.add(Metric::Accepted, 1);
        let frame = Frame {
            occurred_at,
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

    /// Takes an event of a thread whose own buffer is out of its reach. What cannot be kept is counted.
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
    }

    /// Counts what became no event.
    pub(crate) fn count(self: &Arc<Self>, term: Metric) {
        if self
            .with_buffer(|buffer| buffer.counters.own(term))
            .is_none()
        {
            self.counters.add(term, 1);
        }
    }

    /// Counts an event that came after the end, or in a forked child. There the buffers may be under a lock for ever, and
    /// nobody would see what they count.
    #[cold]
    fn count_late(self: &Arc<Self>, loss: Metric) {
        if loss == Metric::Forked {
            self.counters.add(Metric::Accepted, 1);
            self.counters.add(loss, 1);
        } else {
            self.count_loss(loss);
        }
    }

    /// Counts an event that is lost before it was made; says how many this thread has lost so.
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

    /// The counters of the writer, and of threads that are gone.
    pub(crate) const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The sum of a counter over all threads.
    pub(crate) fn total(&self, term: Metric) -> u64 {
        let buffers = self.lock(&self.buffers);
        // Both under the lock: what a thread counted moves from the one to the other when it has ended.
        buffers.as_ref().map_or(0, |buffers| buffers.total(term)) + self.counters.get(term)
    }

    /// The numbers.
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

    /// Moves everything to the writer, and counts it as in its hands.
    pub(crate) fn drain(&self, mut take: impl FnMut(Chunk)) {
        self.drain_shared(&mut take);
        if let Some(mut buffers) = self.lock(&self.buffers) {
            buffers.drain(self, &mut |chunk| self.hand_over(chunk, &mut take));
        }
    }

    /// As [`drain`](Self::drain), but for what lies in threads' own buffers.
    pub(crate) fn drain_shared(&self, mut take: impl FnMut(Chunk)) {
        self.wake.reset();
        if let Some(mut shared) = self.lock(&self.shared) {
            shared.drain(&mut |chunk| self.hand_over(chunk, &mut take));
        }
    }

    fn hand_over(&self, chunk: Chunk, take: &mut impl FnMut(Chunk)) {
        self.counters.add(Metric::InHand, chunk.frames());
        take(chunk);
    }

    /// Returns an emptied buffer for the next thread that hands over.
    pub(crate) fn recycle(&self, bytes: Vec<u8>) {
        if let Some(mut shared) = self.lock(&self.shared) {
            shared.recycle(bytes);
        }
    }

    /// Gives back the room of events the writer is done with.
    pub(crate) fn release(&self, bytes: usize) {
        self.budget.release(bytes);
    }

    /// Stops the intake: from here on events are counted as late.
    pub(crate) fn close(&self) {
        self.budget.close();
    }

    /// Closes every buffer, so that not even an event that found room before [`Queue::close`] is left in one. Drain after
    /// this.
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

    /// Waits until the writer is woken; the writer's own.
    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Whether this is a forked child: nobody empties the queue here, and its locks may be registration for ever.
    pub(crate) fn is_forked(&self) -> bool {
        if self.forked.load(Ordering::Relaxed) {
            return true;
        }
        let forked = std::process::id() != self.pid;
        if forked {
            self.forked.store(true, Ordering::Relaxed);
            self.budget.close();
        }
        forked
    }

    /// Locks, unless the lock may be one that a fork left registration.
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

    /// Reserves room. `Err` in a forked child, which is looked for here because this is rare enough.
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

/// The thread's own buffer was locked.
#[derive(Clone, Copy, Debug)]
struct Busy;
