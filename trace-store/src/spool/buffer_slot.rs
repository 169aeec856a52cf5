//! Slots for mapped buffers: directories beside those of the spools, each owned by the process that has locked it.
//!
//! They are not the slots of the spools. A recorder has its buffers before its first event, and keeps them until its end. It
//! takes its spool later, and may change it when a file is damaged.

use std::io;
use std::path::{Path, PathBuf};

use super::slot::{Slot, Slots};
use super::volume;

/// File systems on which a store into a mapped file does not wait for a server or a checksum of the page.
const SUITABLE: [&str; 3] = ["tmpfs", "ext4", "xfs"];

/// A locked directory for the buffers of one recorder, or of one that has ended.
#[derive(Debug)]
pub struct BufferSlot(Slot);

/// Directories for mapped buffers under a spool directory.
#[derive(Clone, Debug)]
pub struct BufferSlots(PathBuf);

impl BufferSlot {
    /// Returns the directory.
    pub fn directory(&self) -> &Path {
        self.0.directory()
    }

    /// Returns the number of the slot.
    pub const fn number(&self) -> usize {
        self.0.number()
    }
}

impl BufferSlots {
    /// Returns the slots of a spool directory. Nothing is created.
    pub fn new(spool_dir: &Path) -> Self {
        Self(spool_dir.join("buffers"))
    }

    /// Returns whether the spool directory is on a file system on which buffers are mapped without being asked for.
    pub fn is_suitable(spool_dir: &Path) -> bool {
        volume::kind(spool_dir).is_some_and(|kind| SUITABLE.contains(&kind.as_str()))
    }

    /// Locks the first free slot.
    ///
    /// # Errors
    ///
    /// A directory that cannot be made or locked, or that other users can access.
    pub fn claim(&self) -> io::Result<BufferSlot> {
        Slots::new(&self.0)
            .claim(0, &mut Vec::new())
            .map(BufferSlot)
    }

    /// Returns the number and the directory of each slot, and whether a running process owns it.
    ///
    /// # Errors
    ///
    /// A directory or a lock that cannot be read. A directory that is not there has no slots.
    pub fn all(&self) -> io::Result<Vec<(usize, PathBuf, bool)>> {
        let slots = Slots::new(&self.0);
        let mut all = Vec::new();
        for number in 0.. {
            let directory = self.0.join(number.to_string());
            if !directory.is_dir() {
                break;
            }
            all.push((number, directory, slots.is_locked(number)?));
        }
        Ok(all)
    }

    /// Locks the first slot, starting at `first`, for which `is_left` returns `true` and whose process has ended.
    ///
    /// # Errors
    ///
    /// A slot that cannot be read, with the number of the slot after it.
    pub fn left(
        &self,
        first: usize,
        is_left: impl Fn(&Path) -> io::Result<bool>,
    ) -> Result<Option<BufferSlot>, (usize, io::Error)> {
        let slots = Slots::new(&self.0);
        let found = slots.left(first, |slot| is_left(slot.directory()))?;
        Ok(found.map(BufferSlot))
    }
}
