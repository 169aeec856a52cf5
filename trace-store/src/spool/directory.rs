//! A spool directory, as seen by a program that owns no slot of it.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::damage;
use super::slot::{Slot, Slots};
use super::spools_error::{Kind, SpoolsError};

/// A spool directory.
#[derive(Clone, Debug)]
pub(super) struct SpoolDirectory(PathBuf);

impl SpoolDirectory {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Returns the numbers of all slots, in order.
    pub(super) fn slots(&self) -> Result<Vec<usize>, SpoolsError> {
        let failed = |error| Kind::Path {
            path: self.0.clone(),
            error,
        };
        let mut slots = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.parse::<usize>().ok());
            // Another spelling, such as `007`, is the name of no slot.
            slots.extend(number.filter(|number| *name == *number.to_string()));
        }
        slots.retain(|slot| self.slot(*slot).is_dir());
        slots.sort_unstable();
        Ok(slots)
    }

    /// Returns the directory of a slot.
    pub(super) fn slot(&self, number: usize) -> PathBuf {
        self.0.join(number.to_string())
    }

    /// Fails if there is no such slot.
    pub(super) fn check(&self, number: usize) -> Result<(), SpoolsError> {
        if self.slot(number).is_dir() {
            return Ok(());
        }
        let directory = self.0.clone();
        Err(Kind::NoSlot {
            directory,
            slot: number,
        }
        .into())
    }

    /// Returns the file of a slot if it exists.
    pub(super) fn file(&self, number: usize) -> Result<Option<PathBuf>, SpoolsError> {
        let file = self.slot(number).join("spool.db");
        match fs::metadata(&file) {
            Ok(found) => Ok(found.is_file().then_some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Kind::Path { path: file, error }.into()),
        }
    }

    /// Returns whether a running process owns a slot.
    pub(super) fn is_locked(&self, number: usize) -> Result<bool, SpoolsError> {
        let locked = Slots::new(&self.0).is_locked(number);
        locked.map_err(|error| self.failed(number, error))
    }

    /// Locks a slot that no process owns, as the recovery does.
    pub(super) fn lock(&self, number: usize) -> Result<Slot, SpoolsError> {
        self.check(number)?;
        let locked = Slots::new(&self.0).lock(number);
        let slot = locked.map_err(|error| self.failed(number, error))?;
        let slot = slot.ok_or(Kind::Locked { slot: number })?;
        // A crash may have left the file under two names.
        damage::mend(&slot).map_err(|error| self.failed(number, error))?;
        Ok(slot)
    }

    fn failed(&self, number: usize, error: io::Error) -> SpoolsError {
        let path = self.slot(number);
        Kind::Path { path, error }.into()
    }
}
