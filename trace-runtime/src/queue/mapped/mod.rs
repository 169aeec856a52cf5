//! Buffers in mapped files, which outlive the process (`trace-buffer`).
//!
//! A thread appends to the buffer of its [`Lane`]. The writer collects what was appended into chunks like those of the heap,
//! and keeps the file until it settles the frames: they are stored, or in the spool. A thread whose buffer is full takes a
//! spare one, or makes one. Where none can be made, its events are on the heap.

mod collectors;
mod lane;
mod writing;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use behavior_trace_buffer::{Appender, BufferFiles, Collector};

pub(crate) use collectors::{Collectors, NotAdopted, Piece};
use lane::Part;
pub(super) use lane::{Laid, Lane};

/// Size of a file, a multiple of the pages of all machines.
pub(super) const FILE: usize = 64 * 1024;
/// Number of full buffers after which the writer is woken: a batch of about 1 MiB.
const BATCH: usize = (1 << 20) / FILE;
/// Maximum number of spare buffers kept.
const SPARES: usize = 32;
/// Number of spare buffers that are there before a thread needs one.
const READY: usize = 2;

/// The mapped buffers of a queue.
#[derive(Debug)]
pub(crate) struct MappedBuffers {
    files: BufferFiles,
    limit: usize,
    policy: Mutex<Box<str>>,
    /// Set when the policy's name has changed since the writer looked.
    renamed: AtomicBool,
    spares: Mutex<Vec<Open>>,
    next: AtomicU64,
    /// Buffers that became full since the writer collected.
    full: AtomicUsize,
    failed: Mutex<Option<io::Error>>,
}

/// A buffer to append to, with the number under which the writer knows it.
#[derive(Debug)]
struct Open {
    appender: Appender,
    number: u64,
}

/// What the writer has to collect: parts of buffers, and the buffers that were made meanwhile.
#[derive(Debug, Default)]
pub(super) struct Taken {
    made: Vec<Made>,
    parts: Vec<Part>,
}

impl Taken {
    const fn is_empty(&self) -> bool {
        self.made.is_empty() && self.parts.is_empty()
    }
}

/// A buffer that was just made, on its way to the writer.
#[derive(Debug)]
pub(super) struct Made {
    collector: Collector,
    number: u64,
}

impl MappedBuffers {
    /// Takes the directory, which this process has locked, for at most `limit` bytes of files.
    pub(crate) fn new(directory: &Path, limit: usize, policy: &str) -> io::Result<Self> {
        Ok(Self {
            files: BufferFiles::new(directory, limit)?,
            limit,
            policy: Mutex::new(policy.into()),
            renamed: AtomicBool::new(false),
            spares: Mutex::default(),
            next: AtomicU64::new(0),
            full: AtomicUsize::new(0),
            failed: Mutex::new(None),
        })
    }

    /// Sets the name of the policy for which frames are kept from now on.
    pub(crate) fn set_policy(&self, name: &str) {
        *locked(&self.policy) = name.into();
        self.renamed.store(true, Ordering::Release);
    }

    /// Returns the first reason for which a buffer could not be made, once.
    pub(crate) fn take_failure(&self) -> Option<io::Error> {
        locked(&self.failed).take()
    }

    /// Returns whether this process is a forked child.
    pub(super) fn is_child(&self) -> bool {
        self.files.is_child()
    }

    /// Returns whether one more buffer is within the limit.
    fn has_room(&self) -> bool {
        self.files.bytes() + FILE <= self.limit
    }

    /// Returns a spare buffer. It does not wait for another thread.
    fn spare(&self) -> Option<Open> {
        match self.spares.try_lock() {
            Ok(mut spares) => spares.pop(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().pop(),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Makes a buffer with room for a frame with `fields` bytes of fields.
    fn make(&self, fields: usize) -> Option<(Open, Made)> {
        let policy = locked(&self.policy).clone();
        match self.files.create(FILE, fields, &policy) {
            Ok((appender, collector)) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                Some((Open { appender, number }, Made { collector, number }))
            }
            Err(error) => {
                locked(&self.failed).get_or_insert(error);
                None
            }
        }
    }

    /// Notes a full buffer. Returns whether there are enough of them to wake the writer.
    fn note_full(&self) -> bool {
        self.full.fetch_add(1, Ordering::Relaxed) + 1 == BATCH
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
