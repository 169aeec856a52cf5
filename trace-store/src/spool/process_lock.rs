//! A lock on a file that ends with the process that has taken it, whatever becomes of that process's children.
//!
//! The system keeps such a lock with the open file. A forked child has a copy of each open file, and would keep the lock of a
//! parent that was killed: what the parent left could not be recovered while the child runs. So on Linux the file is kept open by
//! a mapping alone, which children do not get. Its bytes are never touched.
//!
//! A mapping keeps the file open that the file system has put behind it. On overlayfs that is another one, and the lock would be
//! lost at once. So only file systems of which it is known map the file itself; on others the open file is kept, and a child that
//! outlives its parent keeps the lock.

use std::fs::{File, TryLockError};
use std::mem;
use std::process;

/// An exclusive lock of this process.
#[derive(Debug)]
pub(super) struct ProcessLock {
    held: Held,
    /// Id of the process that has the lock. A forked child has a copy of this value, and not the lock.
    process: u32,
}

/// What keeps the file open.
#[derive(Debug)]
enum Held {
    /// A mapping that no child has.
    #[cfg(target_os = "linux")]
    Mapped(memmap2::MmapRaw),
    /// The file itself, where a mapping may not keep it open.
    Open(File),
    Nothing,
}

impl ProcessLock {
    /// Locks a file without waiting.
    ///
    /// A child that another thread forks in the few microseconds of this call may keep a copy of the lock.
    pub(super) fn try_lock(file: File) -> Result<Self, TryLockError> {
        file.try_lock()?;
        Ok(Self {
            held: held(file),
            process: process::id(),
        })
    }
}

/// Numbers of the file systems on which a mapping keeps its own file open: ext4, xfs and tmpfs.
#[cfg(target_os = "linux")]
const MAPS_ITSELF: [u32; 3] = [0xef53, 0x5846_5342, 0x0102_1994];

#[cfg(target_os = "linux")]
fn held(file: File) -> Held {
    let kind = rustix::fs::fstatfs(&file).ok();
    let kind = kind.and_then(|found| u32::try_from(found.f_type).ok());
    if !kind.is_some_and(|kind| MAPS_ITSELF.contains(&kind)) {
        return Held::Open(file);
    }
    // A file may be empty.
    let mapped = memmap2::MmapOptions::new().len(1).map_raw_read_only(&file);
    let unshared = mapped.and_then(|map| map.advise(memmap2::Advice::DontFork).map(|()| map));
    unshared.map_or(Held::Open(file), Held::Mapped)
}

#[cfg(not(target_os = "linux"))]
fn held(file: File) -> Held {
    Held::Open(file)
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        let is_child = self.process != process::id();
        match mem::replace(&mut self.held, Held::Nothing) {
            // In a child the addresses may be those of another mapping.
            #[cfg(target_os = "linux")]
            Held::Mapped(map) if is_child => mem::forget(map),
            #[cfg(target_os = "linux")]
            Held::Mapped(map) => drop(map),
            // Closing the file is not enough: a child that is being started briefly has a copy, and the lock belongs to all
            // copies.
            Held::Open(file) if !is_child => drop(file.unlock()),
            Held::Open(_) | Held::Nothing => {}
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::path::Path;
    use std::thread;

    use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

    use super::*;

    /// A forked process. It is killed when it is dropped.
    struct Forked(Pid);

    impl Forked {
        /// Forks a process that does `work` and waits to be killed.
        fn run(work: impl FnOnce()) -> Self {
            match fork::fork().expect("a process") {
                fork::Fork::Child => {
                    work();
                    loop {
                        thread::park();
                    }
                }
                fork::Fork::Parent(child) => Self(Pid::from_raw(child).expect("its id")),
            }
        }
    }

    impl Drop for Forked {
        fn drop(&mut self) {
            let _ = kill_process(self.0, Signal::KILL);
            let _ = waitpid(Some(self.0), WaitOptions::empty());
        }
    }

    fn lock(path: &Path) -> Option<ProcessLock> {
        let file = File::options().read(true).write(true).open(path);
        match ProcessLock::try_lock(file.expect("a file")) {
            Ok(lock) => Some(lock),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => panic!("{error}"),
        }
    }

    /// Creates a file on a tmpfs, whose mappings keep it open.
    fn file() -> tempfile::NamedTempFile {
        tempfile::NamedTempFile::new_in("/dev/shm").expect("a file")
    }

    #[test]
    fn a_lock_is_held_on_whatever_file_system_the_file_is() {
        for file in [tempfile::NamedTempFile::new().expect("a file"), file()] {
            let held = lock(file.path()).expect("free");
            assert!(lock(file.path()).is_none(), "{held:?}");
            drop(held);
            assert!(lock(file.path()).is_some());
        }
    }

    #[test]
    fn a_lock_is_released_at_once_though_a_forked_child_lives() {
        let file = file();
        let held = lock(file.path()).expect("free");
        assert!(matches!(held.held, Held::Mapped(_)), "{held:?}");
        let _child = Forked::run(|| ());
        assert!(lock(file.path()).is_none());
        drop(held);
        assert!(lock(file.path()).is_some());
    }

    #[test]
    fn a_forked_child_does_not_release_the_lock_of_its_parent() {
        let file = file();
        let mut held = lock(file.path());
        let (mut done, mut tell) = std::io::pipe().expect("a pipe");
        let _child = Forked::run(|| {
            drop(held.take());
            tell.write_all(b".").expect("written");
        });
        done.read_exact(&mut [0]).expect("the child's word");
        assert!(held.is_some() && lock(file.path()).is_none());
    }

    #[test]
    fn a_lock_ends_with_the_killed_process_that_took_it_though_its_child_lives() {
        let file = file();
        let (mut done, mut tell) = std::io::pipe().expect("a pipe");
        let supervisor = Forked::run(|| {
            let held = lock(file.path());
            let worker = Forked::run(|| ());
            let id = worker.0.as_raw_nonzero().get();
            mem::forget((held, worker));
            tell.write_all(&id.to_le_bytes()).expect("written");
        });
        let mut id = [0; 4];
        done.read_exact(&mut id).expect("the worker's id");
        let worker = Pid::from_raw(i32::from_le_bytes(id)).expect("an id");
        assert!(lock(file.path()).is_none());
        drop(supervisor);
        let is_free = lock(file.path()).is_some();
        // It was alive all the time.
        kill_process(worker, Signal::KILL).expect("killed");
        assert!(is_free);
    }
}
