//! A thread's own buffer.

use std::cell::RefCell;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::frame::Frame;
use super::lane::Parcel;
use super::{Busy, Queue};
use crate::stats::{Tallies, Term};

/// A thread's place at one queue. On cache lines of its own: what one thread writes slows no other down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Seat {
    chunk: Mutex<Chunk>,
    /// Written by the seat's thread alone.
    pub(super) tallies: Tallies,
    /// The thread has ended.
    left: AtomicBool,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    frames: u64,
    /// Of the budget, at least as much as there are bytes.
    reserved: usize,
    sealed: bool,
}

impl Seat {
    /// Takes an event into the thread's own buffer. What cannot be kept is counted here.
    #[inline]
    pub(super) fn push(&self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Busy> {
        let Ok(mut chunk) = self.chunk.try_lock() else {
            return Err(Busy);
        };
        if frame.overfills(&chunk.bytes) {
            chunk.hand_over(queue);
        }
        if let Err(loss) = chunk.push(queue, frame) {
            self.tallies.own(loss);
        }
        Ok(())
    }
}

impl Chunk {
    #[inline]
    fn push(&mut self, queue: &Queue, frame: &Frame<'_>) -> Result<(), Term> {
        if self.sealed {
            return Err(Term::AfterShutdown);
        }
        let needed = self.bytes.len() + frame.size();
        if needed > self.reserved {
            self.reserve(queue, frame, needed)?;
        }
        frame.write(&mut self.bytes);
        self.frames += 1;
        Ok(())
    }

    /// Reserves for some forty events at once.
    #[cold]
    #[inline(never)]
    fn reserve(&mut self, queue: &Queue, frame: &Frame<'_>, needed: usize) -> Result<(), Term> {
        if !queue.budget.could_hold(frame.size()) {
            return Err(Term::Oversize);
        }
        let more = (needed - self.reserved).max(queue.budget.grain());
        queue.reserve(more)?;
        self.reserved += more;
        Ok(())
    }

    /// Puts the full buffer where the writer finds it. While another thread is at the lane, the buffer just grows.
    #[cold]
    #[inline(never)]
    fn hand_over(&mut self, queue: &Queue) {
        let Ok(mut lane) = queue.lane.try_lock() else {
            return;
        };
        self.reserved -= self.bytes.len();
        lane.exchange(&mut self.bytes, mem::take(&mut self.frames));
        // A wake costs this thread more than a dozen events do, and the writer comes at its tick anyway.
        if lane.holds_a_batch() {
            queue.bell.ring();
        }
    }
}

/// All threads' places.
#[derive(Debug, Default)]
pub(super) struct Seats {
    all: Vec<Arc<Seat>>,
    sealed: bool,
}

impl Seats {
    /// A place for one more thread; none once nobody drains them any more.
    fn add(&mut self) -> Option<Arc<Seat>> {
        if self.sealed {
            return None;
        }
        let seat = Arc::new(Seat::default());
        self.all.push(Arc::clone(&seat));
        Some(seat)
    }

    /// Lets go of the place of a thread that has ended, where no drain will; its counters go to `sum`. One that still holds
    /// events is left to the last drain.
    fn remove(&mut self, seat: &Arc<Seat>, sum: &Tallies) {
        if locked(&seat.chunk).frames > 0 {
            return;
        }
        if let Some(place) = self.all.iter().position(|other| Arc::ptr_eq(other, seat)) {
            sum.absorb(&self.all.swap_remove(place).tallies);
        }
    }

    /// Takes every thread's buffer, and forgets the threads that have ended.
    pub(super) fn drain(&mut self, queue: &Queue, take: &mut impl FnMut(Parcel)) {
        self.all.retain(|seat| {
            let left = seat.left.load(Ordering::Acquire);
            let mut chunk = locked(&seat.chunk);
            if chunk.frames > 0 {
                // The lane's lock is free while a seat's is held, but a thread takes them in this order too.
                let spare = queue
                    .lock(&queue.lane)
                    .map_or_else(Vec::new, |mut l| l.spare());
                let bytes = mem::replace(&mut chunk.bytes, spare);
                chunk.reserved -= bytes.len();
                take(Parcel::new(bytes, mem::take(&mut chunk.frames)));
            }
            queue.budget.release(mem::take(&mut chunk.reserved));
            if left {
                queue.tallies.absorb(&seat.tallies);
            }
            !left
        });
    }

    pub(super) fn seal(&mut self) {
        self.sealed = true;
        for seat in &self.all {
            locked(&seat.chunk).sealed = true;
        }
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn total(&self, term: Term) -> u64 {
        self.all.iter().map(|seat| seat.tallies.get(term)).sum()
    }

    /// Adds all counters to `sum`; returns how many events wait in the buffers.
    pub(super) fn sum_into(&self, sum: &Tallies) -> u64 {
        let frames = |seat: &Arc<Seat>| {
            sum.absorb(&seat.tallies);
            locked(&seat.chunk).frames
        };
        self.all.iter().map(frames).sum()
    }
}

fn locked(chunk: &Mutex<Chunk>) -> std::sync::MutexGuard<'_, Chunk> {
    chunk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread's seat at a queue, given up when the thread ends.
struct Held {
    queue: Weak<Queue>,
    seat: Arc<Seat>,
}

impl Held {
    #[inline]
    fn is_at(&self, queue: &Arc<Queue>) -> bool {
        Weak::as_ptr(&self.queue) == Arc::as_ptr(queue)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.seat.left.store(true, Ordering::Release);
        if let Some(queue) = self.queue.upgrade() {
            queue.leave(&self.seat);
        }
    }
}

thread_local! {
    static HELD: RefCell<AllHeld> = const {
        RefCell::new(AllHeld {
            last: None,
            others: Vec::new(),
        })
    };
}

/// The seats of a thread.
struct AllHeld {
    /// Where it records to one recorder, this is all that is touched.
    last: Option<Held>,
    others: Vec<Held>,
}

impl AllHeld {
    /// This thread's seat at `queue`; `None` where there is no more to be had, after the end and in a forked child.
    #[inline]
    fn at(&mut self, queue: &Arc<Queue>) -> Option<&Seat> {
        if !self.last.as_ref().is_some_and(|held| held.is_at(queue)) {
            self.change(queue)?;
        }
        self.last.as_ref().map(|held| &*held.seat)
    }

    #[cold]
    #[inline(never)]
    fn change(&mut self, queue: &Arc<Queue>) -> Option<()> {
        self.others.extend(self.last.take());
        let next = match self.others.iter().position(|held| held.is_at(queue)) {
            Some(at) => self.others.swap_remove(at),
            None => self.sit_down(queue)?,
        };
        self.last = Some(next);
        Some(())
    }

    fn sit_down(&mut self, queue: &Arc<Queue>) -> Option<Held> {
        self.others.retain(|held| held.queue.strong_count() > 0);
        if queue.budget.is_closed() || queue.is_forked() {
            return None;
        }
        Some(Held {
            queue: Arc::downgrade(queue),
            seat: queue.lock(&queue.seats)?.add()?,
        })
    }
}

impl Queue {
    /// Runs `work` with this thread's seat; `None` where it has none: while the thread is being torn down, and for a new
    /// thread after the end or in a forked child.
    #[inline]
    pub(super) fn with_seat<T>(self: &Arc<Self>, work: impl FnOnce(&Seat) -> T) -> Option<T> {
        HELD.try_with(|held| {
            let mut held = held.try_borrow_mut().ok()?;
            held.at(self).map(work)
        })
        .ok()
        .flatten()
    }

    /// A thread gives up its seat. While the writer lives, it lets go of the seat at its next tick.
    fn leave(&self, seat: &Arc<Seat>) {
        if !self.budget.is_closed() {
            return;
        }
        if let Some(mut seats) = self.lock(&self.seats)
            && (seats.sealed || self.is_forked())
        {
            seats.remove(seat, &self.tallies);
        }
    }
}
