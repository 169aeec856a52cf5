//! The half of a buffer that one thread writes.
#![expect(
    unsafe_code,
    reason = "frames are written into the mapping; the block says why it is sound"
)]

use std::sync::Arc;

use crate::NotAppended;
use crate::fork::ForkGuard;
use crate::key::Key;
use crate::layout::{COMMITTED, FRAMES, GENERATION_AT, HEAD, LENGTH_AT, TIME_AT, size};
use crate::memory::Memory;

/// Writes frames into a buffer, for one thread at a time.
///
/// Dropping it ends the writing. The file and its frames stay, for the [`Collector`](crate::Collector) or the next process.
#[derive(Debug)]
pub struct Appender {
    memory: Arc<Memory>,
    guard: Arc<ForkGuard>,
    key: Key,
    /// Offset behind the last frame.
    end: usize,
}

impl Appender {
    pub(crate) fn new(memory: Arc<Memory>, guard: Arc<ForkGuard>, key: Key) -> Self {
        Self {
            memory,
            guard,
            key,
            end: FRAMES,
        }
    }

    /// Returns the number of bytes that a frame with `fields` bytes of fields takes.
    #[inline]
    pub const fn size(fields: usize) -> usize {
        size(fields)
    }

    /// Returns whether there is room for a frame with `fields` bytes of fields.
    #[inline]
    pub fn has_room(&self, fields: usize) -> bool {
        size(fields) <= self.memory.len() - self.end
    }

    /// Returns the offset behind the last frame. It is the one to collect until.
    #[inline]
    pub const fn end(&self) -> usize {
        self.end
    }

    /// Appends a frame. Once it returns, the frame outlives this process.
    ///
    /// It makes no system call and does not allocate.
    ///
    /// # Errors
    ///
    /// A full file, or a forked child.
    #[inline]
    pub fn append(&mut self, micros: i64, fields: &[u8]) -> Result<(), NotAppended> {
        if self.guard.is_child() {
            return Err(NotAppended::Forked);
        }
        let Ok(length) = u32::try_from(fields.len()) else {
            return Err(NotAppended::Full);
        };
        if !self.has_room(fields.len()) {
            return Err(NotAppended::Full);
        }
        let mut head = [0; HEAD];
        let generation = self.key.generation;
        let check = self.key.checksum(generation, micros, fields);
        head[..LENGTH_AT].copy_from_slice(&check.to_le_bytes());
        head[LENGTH_AT..GENERATION_AT].copy_from_slice(&length.to_le_bytes());
        head[GENERATION_AT..TIME_AT].copy_from_slice(&generation.to_le_bytes());
        head[TIME_AT..HEAD].copy_from_slice(&micros.to_le_bytes());
        // SAFETY: the bytes from `end` on lie in the mapping, since there is room. They are behind `COMMITTED`, where the
        // collector neither reads nor writes, and there is one appender for a mapping.
        unsafe {
            self.memory.write(self.end, &head);
            self.memory.write(self.end + HEAD, fields);
        }
        self.end += size(fields.len());
        self.memory.store(COMMITTED, self.end as u64);
        Ok(())
    }
}
