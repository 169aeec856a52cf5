//! The mapping, and all access to its bytes.
#![expect(
    unsafe_code,
    reason = "a mapping is raw memory that other processes share; each block says why it is sound"
)]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering, compiler_fence};

use crate::held::HeldFile;

/// A shared mapping of a whole file.
///
/// Words are atomic and may be used at any time. Other bytes are read and written through `unsafe` functions, whose callers
/// divide the mapping between them.
#[derive(Debug)]
pub(crate) struct Memory {
    /// Let go before the mapping is: its number may be another file's as soon as nothing has it mapped.
    _held: HeldFile,
    #[cfg(not(miri))]
    map: memmap2::MmapRaw,
    /// Miri knows no shared mapping of a file, so it runs the same code on the heap.
    #[cfg(miri)]
    map: Heap,
}

impl Memory {
    /// Maps `bytes` bytes of the file. With `ready`, all pages are there at once, so that the first store to each is no fault.
    /// Kernels before Linux 5.14 cannot, and their first stores are faults.
    #[cfg(not(miri))]
    pub(crate) fn map(file: &File, held: HeldFile, bytes: usize, ready: bool) -> io::Result<Self> {
        let mut options = memmap2::MmapOptions::new();
        let map = options.len(bytes).map_raw(file)?;
        // Not `MAP_POPULATE`, which prepares a shared page for reading only.
        if ready && let Err(error) = map.advise(memmap2::Advice::PopulateWrite) {
            return match error.kind() {
                io::ErrorKind::InvalidInput => Ok(Self { _held: held, map }),
                _ => Err(error),
            };
        }
        Ok(Self { _held: held, map })
    }

    #[cfg(miri)]
    pub(crate) fn map(file: &File, held: HeldFile, bytes: usize, _ready: bool) -> io::Result<Self> {
        Heap::read(file, bytes).map(|map| Self { _held: held, map })
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    /// Loads the word at an offset, with `Acquire`.
    ///
    /// # Panics
    ///
    /// Panics if the offset is beyond the mapping, or no multiple of eight.
    #[inline]
    pub(crate) fn load(&self, at: usize) -> u64 {
        self.word(at).load(Ordering::Acquire)
    }

    /// Stores the word at an offset: after all earlier stores of this thread, and before all later ones. A kill is like a
    /// signal, between two instructions, so for the file it is enough that the compiler keeps this order.
    ///
    /// # Panics
    ///
    /// As [`load`](Self::load).
    #[inline]
    pub(crate) fn store(&self, at: usize, value: u64) {
        #[cfg(test)]
        crate::journal::note(at, &value.to_ne_bytes(), true);
        self.word(at).store(value, Ordering::Release);
        compiler_fence(Ordering::SeqCst);
    }

    #[inline]
    fn word(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(8) && at < self.len() && self.len() - at >= 8);
        // SAFETY: the word lies in the mapping, which lives as long as `self` and starts at a page, and it is aligned. Words of
        // the head are only ever accessed here. Those of a frame, its length, are loaded by the collector alone, to which the
        // frame belongs, so never while `write` or `clear` run on the same bytes.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().add(at).cast()) }
    }

    /// Writes bytes at an offset.
    ///
    /// # Safety
    ///
    /// The bytes lie in the mapping, and no other thread reads or writes them meanwhile.
    #[inline]
    pub(crate) unsafe fn write(&self, at: usize, bytes: &[u8]) {
        debug_assert!(at + bytes.len() <= self.len());
        #[cfg(test)]
        crate::journal::note(at, bytes, false);
        // SAFETY: the caller has these bytes of the mapping to itself. `bytes` is memory of Rust, so it is no part of the
        // mapping, to which no reference is ever made.
        unsafe {
            let to = self.map.as_mut_ptr().add(at);
            to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }

    /// Appends a copy of bytes of the mapping to `out`. The copy is what is looked at: other processes share the original.
    ///
    /// # Safety
    ///
    /// The bytes lie in the mapping, and no other thread writes them meanwhile.
    pub(crate) unsafe fn append_to(&self, at: usize, length: usize, out: &mut Vec<u8>) {
        debug_assert!(at + length <= self.len());
        out.reserve(length);
        let end = out.len();
        // SAFETY: the caller keeps others from writing these bytes. `reserve` made room for `length` bytes behind `end`, and
        // they are all written before the length covers them.
        unsafe {
            let from = self.map.as_ptr().add(at);
            let to = out.as_mut_ptr().add(end);
            to.copy_from_nonoverlapping(from, length);
            out.set_len(end + length);
        }
    }

    /// Fills bytes with zeros.
    ///
    /// # Safety
    ///
    /// The bytes lie in the mapping, and no other thread reads or writes them meanwhile.
    pub(crate) unsafe fn clear(&self, at: usize, length: usize) {
        debug_assert!(at + length <= self.len());
        #[cfg(test)]
        crate::journal::note(at, &vec![0; length], false);
        // SAFETY: the caller has these bytes of the mapping to itself.
        unsafe { self.map.as_mut_ptr().add(at).write_bytes(0, length) };
    }
}

/// The same bytes on the heap, for Miri.
#[cfg(miri)]
#[derive(Debug)]
struct Heap {
    words: *mut [u64],
}

// SAFETY: as of a mapping, access to the bytes is divided between threads by the callers.
#[cfg(miri)]
unsafe impl Send for Heap {}
// SAFETY: as above.
#[cfg(miri)]
unsafe impl Sync for Heap {}

#[cfg(miri)]
impl Heap {
    fn read(mut file: &File, bytes: usize) -> io::Result<Self> {
        use std::io::Read as _;

        let mut content = vec![0; bytes];
        let read = file.read(&mut content)?;
        let mut words = vec![0_u64; bytes.div_ceil(8)];
        for (word, chunk) in words.iter_mut().zip(content[..read].chunks(8)) {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            *word = u64::from_ne_bytes(eight);
        }
        Ok(Self {
            words: Box::into_raw(words.into_boxed_slice()),
        })
    }

    fn len(&self) -> usize {
        self.words.len() * 8
    }

    fn as_ptr(&self) -> *const u8 {
        self.words.cast()
    }

    fn as_mut_ptr(&self) -> *mut u8 {
        self.words.cast()
    }
}

#[cfg(miri)]
impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of the box, which nothing else frees.
        drop(unsafe { Box::from_raw(self.words) });
    }
}
