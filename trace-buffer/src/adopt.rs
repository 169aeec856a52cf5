//! Adoption of a buffer that a dead process has left.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Arc;

use crate::AdoptError;
use crate::collector::Collector;
use crate::files::{BufferFiles, open};
use crate::held::HeldFile;
use crate::layout::{COMMITTED, FRAMES, KIND, MAGIC, MAGIC_AT, MAXIMUM, SETTLED};
use crate::memory::Memory;

/// A file that is smaller or larger than these was not made here.
const SIZES: std::ops::RangeInclusive<u64> = FRAMES as u64..=MAXIMUM as u64;

impl BufferFiles {
    /// Adopts a buffer of a process that has ended. The caller has locked the directory, so that no other process adopts it.
    ///
    /// Within this process a file has one owner at a time: it is refused while a collector or an appender of it is alive.
    ///
    /// Frames that were settled are passed over. The others are collected as those of a buffer of this process are, and each
    /// has the id under which that process would have sent it.
    ///
    /// # Errors
    ///
    /// A file that cannot be mapped, is in use here, was never finished, is of a later release, or is no buffer. It stays as it
    /// is.
    pub fn adopt(path: &Path) -> Result<Collector, AdoptError> {
        let failed = |error| AdoptError::Io(path.to_owned(), error);
        let file = open(&mut OpenOptions::new(), path).map_err(failed)?;
        let bytes = size_of(&file, path)?;
        let in_use = || AdoptError::InUse(path.to_owned());
        let held = HeldFile::take(&file).map_err(failed)?.ok_or_else(in_use)?;
        let memory = Memory::map(&file, held, bytes, false).map_err(failed)?;
        let (committed, settled) = ends(|at| memory.load(at), bytes, path)?;
        // While a buffer is emptied, the end of its frames lies before those that are settled for a moment.
        let from = settled.min(committed);
        let memory = Arc::new(memory);
        Ok(Collector::new(memory, path.to_owned(), from, true))
    }
}

/// Returns the size of a file that may be a buffer.
pub(crate) fn size_of(file: &File, path: &Path) -> Result<usize, AdoptError> {
    let found = file.metadata();
    let found = found.map_err(|error| AdoptError::Io(path.to_owned(), error))?;
    let damaged = || AdoptError::Damaged(path.to_owned());
    if !found.is_file() {
        return Err(damaged());
    }
    if found.len() == 0 {
        return Err(AdoptError::Unfinished(path.to_owned()));
    }
    if !SIZES.contains(&found.len()) {
        return Err(damaged());
    }
    usize::try_from(found.len()).map_err(|_| damaged())
}

/// Returns the offsets behind the last frame and behind the last settled one, by the words of the file.
pub(crate) fn ends(
    load: impl Fn(usize) -> u64,
    bytes: usize,
    path: &Path,
) -> Result<(usize, usize), AdoptError> {
    // A failed machine may have lost the head and kept frames behind it.
    let mut words = (FRAMES..bytes.saturating_sub(7)).step_by(8);
    match load(MAGIC_AT) {
        MAGIC => {}
        0 if words.all(|at| load(at) == 0) => return Err(AdoptError::Unfinished(path.to_owned())),
        other if other & (u64::MAX >> 8) == KIND => {
            return Err(AdoptError::Version(path.to_owned()));
        }
        _ => return Err(AdoptError::Damaged(path.to_owned())),
    }
    let [committed, settled] =
        [COMMITTED, SETTLED].map(|at| usize::try_from(load(at)).unwrap_or(usize::MAX));
    let is_offset = |at: usize| (FRAMES..=bytes).contains(&at) && at.is_multiple_of(8);
    if is_offset(committed) && is_offset(settled) {
        Ok((committed, settled))
    } else {
        Err(AdoptError::Damaged(path.to_owned()))
    }
}
