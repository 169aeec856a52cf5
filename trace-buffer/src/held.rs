//! The files that this process has mapped, so that none of them is mapped twice.
//!
//! Two mappings of a file are the same bytes. The halves of a buffer divide them between threads, which holds only while there
//! is one pair of halves in the process.
#![expect(
    unsafe_code,
    reason = "the list of a process is never freed; the block says why it is sound"
)]

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::fork::ForkGuard;

/// Device and number of a file.
type FileId = (u64, u64);

/// The files of one process.
#[derive(Debug)]
struct MappedFiles {
    guard: ForkGuard,
    files: Mutex<HashSet<FileId>>,
}

/// The list of this process, or of the one that it was forked from. A child begins a new one, because another thread of the
/// parent may have held the lock of the old one.
static CURRENT: AtomicPtr<MappedFiles> = AtomicPtr::new(ptr::null_mut());

/// The right of this process to map a file. Dropping it lets the file be mapped again.
#[derive(Debug)]
pub(crate) struct HeldFile {
    id: FileId,
    list: &'static MappedFiles,
}

impl HeldFile {
    /// Takes the right; returns `None` if the file is mapped.
    ///
    /// # Errors
    ///
    /// A file that cannot be asked for its number, or a kernel before 4.14.
    pub(crate) fn take(file: &File) -> io::Result<Option<Self>> {
        let id = id_of(file)?;
        let list = current()?;
        let is_new = list
            .files
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
        Ok(is_new.then(|| Self { id, list }))
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        // The list of a parent is of no use, and its lock may never be free.
        if !self.list.guard.is_child() {
            self.list
                .files
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&self.id);
        }
    }
}

/// Returns the list of this process.
fn current() -> io::Result<&'static MappedFiles> {
    loop {
        let found = CURRENT.load(Ordering::Acquire);
        // SAFETY: the pointer is null or that of a list which was made here and is never freed, and `Release` has published it.
        if let Some(list) = unsafe { found.as_ref() }
            && !list.guard.is_child()
        {
            return Ok(list);
        }
        let list = Box::into_raw(Box::new(MappedFiles {
            guard: ForkGuard::new()?,
            files: Mutex::default(),
        }));
        // One that another thread was faster than is empty, and remains.
        let _ = CURRENT.compare_exchange(found, list, Ordering::AcqRel, Ordering::Relaxed);
    }
}

#[cfg(not(miri))]
fn id_of(file: &File) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt as _;

    let found = file.metadata()?;
    Ok((found.dev(), found.ino()))
}

/// Miri's mappings are copies on the heap, so no two of them share bytes.
#[cfg(miri)]
#[expect(clippy::unnecessary_wraps, reason = "a file can refuse to be asked")]
fn id_of(_: &File) -> io::Result<FileId> {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    Ok((0, NEXT.fetch_add(1, Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(miri))]
    fn a_file_is_held_once_by_any_of_its_names_until_it_is_let_go() {
        let directory = tempfile::tempdir().expect("a directory");
        let (one, other) = (directory.path().join("one"), directory.path().join("other"));
        let file = File::create(&one).expect("a file");
        std::fs::hard_link(&one, &other).expect("another name");
        let held = HeldFile::take(&file).expect("asked");
        assert!(held.is_some());
        let again = File::open(&other).expect("opened");
        for _ in 0..2 {
            assert!(HeldFile::take(&again).expect("asked").is_none());
        }
        drop(held);
        assert!(HeldFile::take(&again).expect("asked").is_some());
    }

    #[test]
    #[cfg(not(miri))]
    fn a_forked_child_holds_nothing_though_a_thread_of_its_parent_has_the_list() {
        let file = tempfile::tempfile().expect("a file");
        let held = HeldFile::take(&file).expect("asked").expect("free");
        let lock = held.list.files.lock();
        match fork::fork().expect("a child") {
            fork::Fork::Child => {
                drop(held);
                let is_free = HeldFile::take(&file).is_ok_and(|held| held.is_some());
                std::process::exit(i32::from(!is_free))
            }
            fork::Fork::Parent(child) => {
                drop(lock);
                assert_eq!(fork::waitpid(child).expect("the child's end"), 0);
            }
        }
        assert!(HeldFile::take(&file).expect("asked").is_none());
        drop(held);
    }

    #[test]
    fn threads_have_one_list() {
        let lists: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| ptr::from_ref(current().expect("a list")).addr()))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert!(lists.iter().all(|list| *list == lists[0]), "{lists:?}");
    }
}
