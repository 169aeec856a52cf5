//! The buffers of one directory.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rustix::fs::{FallocateFlags, OFlags, fallocate};

use crate::appender::Appender;
use crate::collector::{Collector, write_policy};
use crate::fork::ForkGuard;
use crate::layout::{COMMITTED, FRAMES, MAGIC, MAGIC_AT, SETTLED, size};
use crate::memory::Memory;

const ENDING: &str = "buffer";

/// Makes buffers in a directory that this process has to itself, up to a limit in bytes.
#[derive(Debug)]
pub struct BufferFiles {
    directory: PathBuf,
    limit: usize,
    used: AtomicUsize,
    next: AtomicU64,
    guard: Arc<ForkGuard>,
}

impl BufferFiles {
    /// Takes a directory, which another process may have left buffers in. It creates no file.
    ///
    /// # Errors
    ///
    /// A directory that cannot be read, or a kernel on which a forked child cannot be seen without a system call (before
    /// Linux 4.14).
    pub fn new(directory: &Path, limit: usize) -> io::Result<Self> {
        let last = Self::left(directory)?.last().and_then(|path| number(path));
        Ok(Self {
            directory: directory.to_owned(),
            limit,
            used: AtomicUsize::new(0),
            next: AtomicU64::new(last.map_or(0, |last| last + 1)),
            guard: Arc::new(ForkGuard::new()?),
        })
    }

    /// Returns the paths of the buffers in a directory, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// A directory that cannot be read. One that is not there has no buffers.
    pub fn left(directory: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if let Some(number) = number(&path) {
                found.push((number, path));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }

    /// Creates a buffer of at least `bytes` bytes, with room for a frame with `fields` bytes of fields. Its frames are for
    /// the policy of this name.
    ///
    /// It makes some ten system calls, and writes each page once.
    ///
    /// # Errors
    ///
    /// A full disk or directory, the limit ([`StorageFull`](io::ErrorKind::StorageFull)), or a forked child.
    pub fn create(
        &self,
        bytes: usize,
        fields: usize,
        policy: &str,
    ) -> io::Result<(Appender, Collector)> {
        if self.guard.is_child() {
            return Err(io::Error::other("a forked child makes no buffers"));
        }
        let bytes = bytes.max(FRAMES + size(fields)).next_multiple_of(8);
        self.reserve(bytes)?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.directory.join(format!("{number:010}.{ENDING}"));
        let made = make(&path, bytes, policy).inspect_err(|_| {
            let _ = fs::remove_file(&path);
            self.give_back(bytes);
        });
        let memory = Arc::new(made?);
        let appender = Appender::new(Arc::clone(&memory), self.guard(), FRAMES);
        Ok((appender, Collector::new(memory, path, FRAMES, false)))
    }

    /// Removes a buffer that this directory has made, and makes its bytes free for others.
    ///
    /// # Errors
    ///
    /// The error of the file system. The file stays, and its bytes are free nevertheless.
    pub fn remove(&self, collector: Collector) -> io::Result<()> {
        let bytes = collector.bytes();
        let removed = collector.remove();
        self.give_back(bytes);
        removed
    }

    /// Returns the bytes of all buffers of this directory that this process has made.
    pub fn bytes(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Returns whether this process is a forked child, to which the buffers do not belong.
    pub fn is_child(&self) -> bool {
        self.guard.is_child()
    }

    pub(crate) fn guard(&self) -> Arc<ForkGuard> {
        Arc::clone(&self.guard)
    }

    fn reserve(&self, bytes: usize) -> io::Result<()> {
        let used = self.used.fetch_add(bytes, Ordering::Relaxed);
        if used + bytes > self.limit {
            self.give_back(bytes);
            let limit = self.limit;
            let message = format!("the buffers have their {limit} bytes");
            return Err(io::Error::new(io::ErrorKind::StorageFull, message));
        }
        Ok(())
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Returns the number in the name of a buffer; `None` for other files.
fn number(path: &Path) -> Option<u64> {
    if path.extension()? != ENDING {
        return None;
    }
    path.file_stem()?.to_str()?.parse().ok()
}

/// Makes an empty buffer. Its room is on the disk before a frame needs it: a store beyond it would end the process.
fn make(path: &Path, bytes: usize, policy: &str) -> io::Result<Memory> {
    let file = open(OpenOptions::new().create_new(true), path)?;
    fallocate(&file, FallocateFlags::empty(), 0, bytes as u64)?;
    let memory = Memory::map(&file, bytes, true)?;
    memory
        .word(COMMITTED)
        .store(FRAMES as u64, Ordering::Relaxed);
    memory.word(SETTLED).store(FRAMES as u64, Ordering::Relaxed);
    write_policy(&memory, policy);
    memory.word(MAGIC_AT).store(MAGIC, Ordering::Release);
    Ok(memory)
}

/// Opens a file for this user alone, never through a symbolic link.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options
        .read(true)
        .write(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}
