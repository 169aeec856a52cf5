//! Adoption of a buffer that a dead process has left.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Arc;

use crate::AdoptError;
use crate::boot;
use crate::collector::{Collector, word};
use crate::files::{BufferFiles, open};
use crate::layout::{BOOT_AT, COMMITTED, FRAMES, KIND, MAGIC, MAGIC_AT, MAXIMUM, SETTLED};
use crate::memory::Memory;

/// A file that is smaller or larger than these was not made here.
const SIZES: std::ops::RangeInclusive<u64> = FRAMES as u64..=MAXIMUM as u64;

impl BufferFiles {
    /// Adopts a buffer of a process that has ended. The caller has locked the directory.
    ///
    /// Frames that were settled are passed over. The others are collected as those of a buffer of this process are, and each
    /// keeps the id that it has.
    ///
    /// # Errors
    ///
    /// A file that cannot be mapped, was never finished, is of a later release, or is no buffer. It stays as it is.
    pub fn adopt(path: &Path) -> Result<Collector, AdoptError> {
        let failed = |error| AdoptError::Io(path.to_owned(), error);
        let file = open(&mut OpenOptions::new(), path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        let unfinished = || AdoptError::Unfinished(path.to_owned());
        let damaged = || AdoptError::Damaged(path.to_owned());
        if !found.is_file() {
            return Err(damaged());
        }
        if found.len() == 0 {
            return Err(unfinished());
        }
        if !SIZES.contains(&found.len()) {
            return Err(damaged());
        }
        let bytes = usize::try_from(found.len()).map_err(|_| damaged())?;
        let memory = Memory::map(&file, bytes, false).map_err(failed)?;
        match memory.load(MAGIC_AT) {
            MAGIC => {}
            // A failed machine may have lost the head and kept frames behind it.
            0 if is_zero(&memory) => return Err(unfinished()),
            other if other & (u64::MAX >> 8) == KIND => {
                return Err(AdoptError::Version(path.to_owned()));
            }
            _ => return Err(damaged()),
        }
        let (committed, settled) = (word(&memory, COMMITTED), word(&memory, SETTLED));
        let is_offset = |at: usize| (FRAMES..=bytes).contains(&at) && at.is_multiple_of(8);
        if !is_offset(committed) || !is_offset(settled) {
            return Err(damaged());
        }
        // While a buffer is emptied, the end of its frames lies before those that are settled for a moment.
        let from = settled.min(committed);
        let is_of_this_boot = BOOT_AT.map(|at| memory.load(at)) == boot::id();
        let memory = Arc::new(memory);
        let mut collector = Collector::new(memory, path.to_owned(), from, true);
        collector.wants_ids = !is_of_this_boot;
        Ok(collector)
    }
}

/// Returns whether there is nothing where frames would be.
fn is_zero(memory: &Memory) -> bool {
    (FRAMES..memory.len().saturating_sub(7))
        .step_by(8)
        .all(|at| memory.load(at) == 0)
}
