//! Slots: numbered directories under the spool directory, each owned by the process that has locked it.
//!
//! The operating system releases the lock when the process ends for any reason, though its forked children live on. A slot that is
//! not locked is either free or left behind by a dead process. Slots are never removed, only emptied. Otherwise two
//! processes could lock two files of one name.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::damaged_files;
use super::names::SpoolFileNames;
use super::process_lock::ProcessLock;

/// Maximum number of processes that share one spool directory.
const MOST: usize = 256;

/// A directory that this process has locked for itself.
#[derive(Debug)]
pub struct Slot {
    directory: PathBuf,
    number: usize,
    /// Released when the slot is dropped.
    _lock: ProcessLock,
    /// SQLite reported damage while the file was open, so the next opening checks the whole file.
    pub(super) suspected: bool,
}

impl Slot {
    pub(super) fn file(&self) -> PathBuf {
        self.directory.join("spool.db")
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// Removes the files of the spool; the slot remains.
    pub(super) async fn clear(&self) {
        // If the file remains, the next process finds it empty or stores its rows again under the same ids.
        let Ok(_names) = SpoolFileNames::take(&self.file()).await else {
            return;
        };
        // SQLite removes a log without its file, while a file without its log would lose rows. So the file is removed first.
        for name in ["spool.db", "spool.db-wal", "spool.db-shm"] {
            let _ = fs::remove_file(self.directory.join(name));
        }
    }
}

/// Slots of a spool directory.
#[derive(Clone, Debug)]
pub(crate) struct Slots(PathBuf);

/// Creates the spool directory, or checks that an existing one is safe to use.
///
/// # Errors
///
/// Fails if the directory cannot be created. On Unix it also fails if the directory belongs to another user, is writable for
/// other users, or is a symbolic link.
pub fn check(path: &Path) -> io::Result<()> {
    make_directory(path).and_then(|()| own(path, 0o022))
}

impl Slots {
    pub(crate) fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    /// Locks the first free slot, starting at `first`. A slot that cannot be used is skipped and named in `complaints`.
    pub(crate) fn claim(&self, first: usize, complaints: &mut Vec<String>) -> io::Result<Slot> {
        let mut failed = None;
        for number in first..MOST {
            match self.lock(number) {
                Ok(Some(slot)) => return Ok(slot),
                Ok(None) => {}
                Err(error) => {
                    if let Some(first) = failed {
                        // A second failure means that the cause is not in one slot.
                        return Err(first);
                    }
                    complaints.push(format!("the spool {number} is passed over: {error}"));
                    failed = Some(error);
                }
            }
        }
        Err(failed.unwrap_or_else(|| io::Error::other("every slot is held by another process")))
    }

    /// Locks the first slot, starting at `first`, in which a dead process left a spool. An error comes with the number of the
    /// slot after the unreadable one.
    pub(crate) fn stale(&self, first: usize) -> Result<Option<Slot>, (usize, io::Error)> {
        self.left(first, |slot| {
            Ok(may_exist(&slot.file()) || damaged_files::is_unfinished(slot.directory()))
        })
    }

    /// Locks the first slot, starting at `first`, in which a dead process left what `is_left` looks for.
    pub(super) fn left(
        &self,
        first: usize,
        is_left: impl Fn(&Slot) -> io::Result<bool>,
    ) -> Result<Option<Slot>, (usize, io::Error)> {
        for number in first..MOST {
            if !self.0.join(number.to_string()).is_dir() {
                return Ok(None);
            }
            let failed = |error: io::Error| {
                let directory = self.0.join(number.to_string());
                let text = format!("the slot {}: {error}", directory.display());
                let error = io::Error::new(error.kind(), text);
                (number + 1, error)
            };
            if let Some(slot) = self.lock(number).map_err(failed)?
                && is_left(&slot).map_err(failed)?
            {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    }

    /// Returns whether a slot has a spool, as far as is visible without its lock.
    pub(crate) fn has_file(&self, number: usize) -> bool {
        may_exist(&self.0.join(number.to_string()).join("spool.db"))
    }

    /// Returns whether a process has locked a slot. Another process that looks at the same moment may pass over a free slot.
    pub(super) fn is_locked(&self, number: usize) -> io::Result<bool> {
        let lock = match File::open(self.0.join(number.to_string()).join("lock")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            lock => lock?,
        };
        match lock.try_lock_shared() {
            Ok(()) => lock.unlock().map(|()| false),
            Err(fs::TryLockError::WouldBlock) => Ok(true),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Locks a slot; returns `None` while another process has it.
    pub(super) fn lock(&self, number: usize) -> io::Result<Option<Slot>> {
        let directory = self.0.join(number.to_string());
        make_directory(&directory)?;
        own(&directory, 0o077)?;
        match ProcessLock::try_lock(private_file(&directory.join("lock"))?) {
            Ok(lock) => Ok(Some(Slot {
                directory,
                number,
                _lock: lock,
                suspected: false,
            })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Returns whether a file is there, or may be: what cannot be looked at is not taken for missing.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// Creates a directory for this user alone; leaves an existing one unchanged.
fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.recursive(true).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(io::Error::other("it is not a directory"))
        }
        made => made,
    }
}

/// Opens or creates a file for this user alone, never through a symbolic link.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    let file = options.open(path)?;
    own(path, 0o077)?;
    Ok(file)
}

/// Refuses a path that another user owns or can access.
#[cfg(unix)]
fn own(path: &Path, forbidden: u32) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let found = fs::symlink_metadata(path)?;
    let refuse = |why: String| Err(io::Error::other(why));
    if found.is_symlink() {
        return refuse("it is a symbolic link; use the path that it points to".to_owned());
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return refuse(format!("it belongs to the user {}", found.uid()));
    }
    if found.mode() & forbidden != 0 {
        let mode = found.mode() & 0o777;
        return refuse(format!(
            "its mode is {mode:03o}, which gives other users access; remove `{forbidden:03o}` from it with `chmod`"
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn own(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn slots() -> (tempfile::TempDir, Slots) {
        let directory = tempfile::tempdir().expect("a directory");
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory.path(), mode).expect("our own directory");
        let slots = Slots::new(directory.path());
        (directory, slots)
    }

    #[test]
    fn a_slot_that_cannot_be_locked_is_passed_over_and_named() {
        let (directory, slots) = slots();
        let held: Vec<_> = (0..3)
            .map(|_| slots.claim(0, &mut Vec::new()).expect("a slot"))
            .collect();
        for slot in &held {
            fs::write(slot.file(), "x").expect("written");
        }
        drop(held);
        let lock = directory.path().join("0/lock");
        fs::set_permissions(&lock, fs::Permissions::from_mode(0o644)).expect("ours");
        let (next, error) = slots.stale(0).expect_err("others can read the lock");
        assert!(error.to_string().contains("/0: "), "{error}");
        let stale = slots.stale(next).expect("looks").expect("left behind");
        assert_eq!(stale.number(), 1);
        let mut complaints = Vec::new();
        let slot = slots.claim(0, &mut complaints).expect("a slot");
        assert_eq!((slot.number(), complaints.len()), (2, 1), "{complaints:?}");
    }
}
