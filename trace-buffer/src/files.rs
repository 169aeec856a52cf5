//! The buffers of one directory.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rustix::fs::OFlags;

use crate::appender::Appender;
use crate::collector::{Collector, write_policy};
use crate::fork::ForkGuard;
use crate::held::HeldFile;
use crate::key::Key;
use crate::layout::{COMMITTED, FRAMES, MAGIC, MAGIC_AT, MAXIMUM, SETTLED, size};
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
        let left = Self::left(directory)?;
        let numbers = left.iter().filter_map(|path| number(path));
        let last = numbers.filter(|&number| number < u64::MAX / 2).max();
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
    /// It makes some ten system calls, and prepares each page for its first frame.
    ///
    /// # Errors
    ///
    /// A full disk or directory, the limit ([`StorageFull`](io::ErrorKind::StorageFull)), more than 1 GiB, a limit of the
    /// process on the size of files, or a forked child. No file is left.
    pub fn create(
        &self,
        bytes: usize,
        fields: usize,
        policy: &str,
    ) -> io::Result<(Appender, Collector)> {
        if self.guard.is_child() {
            return Err(io::Error::other("a forked child makes no buffers"));
        }
        let bytes = bytes.max(FRAMES.saturating_add(size(fields)));
        let bytes = bytes.min(MAXIMUM + 8).next_multiple_of(8);
        self.reserve(bytes)?;
        let made = self.new_file().and_then(|(path, file)| {
            let made = make(&file, bytes, policy);
            if made.is_err() {
                let _ = fs::remove_file(&path);
            }
            Ok((path, made?))
        });
        let (path, memory) = made.inspect_err(|_| self.give_back(bytes))?;
        let memory = Arc::new(memory);
        let collector = Collector::new(Arc::clone(&memory), path, FRAMES, false);
        let appender = Appender::new(memory, self.guard(), collector.key());
        Ok((appender, collector))
    }

    /// Removes a buffer that this directory has made, and makes its bytes free for others.
    ///
    /// # Errors
    ///
    /// The error of the file system, or a forked child. The file stays, and its bytes are free nevertheless.
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

    /// Creates a file under the next number that is free. One that is there already belongs to somebody else.
    fn new_file(&self) -> io::Result<(PathBuf, File)> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = self.directory.join(format!("{number:010}.{ENDING}"));
            match open(OpenOptions::new().create_new(true), &path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                file => return Ok((path, file?)),
            }
        }
    }

    fn reserve(&self, bytes: usize) -> io::Result<()> {
        let full = |what: String| Err(io::Error::new(io::ErrorKind::StorageFull, what));
        if bytes > MAXIMUM {
            return full(format!("a buffer has at most {MAXIMUM} bytes"));
        }
        let limit = self.limit;
        let more = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= limit);
        match self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
        {
            Ok(_) => Ok(()),
            Err(_) => full(format!("the buffers have their {limit} bytes")),
        }
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
    let stem = path.file_stem()?.to_str()?;
    // A sign before the number is none of ours, though `parse` takes it.
    let digits = stem.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| stem.parse().ok()).flatten()
}

/// Makes an empty buffer of an empty file.
fn make(file: &File, bytes: usize, policy: &str) -> io::Result<Memory> {
    take_room(file, bytes as u64)?;
    let held = HeldFile::take(file)?.ok_or_else(|| io::Error::other("the file is mapped"))?;
    let memory = Memory::map(file, held, bytes, true)?;
    memory.store(COMMITTED, FRAMES as u64);
    memory.store(SETTLED, FRAMES as u64);
    write_policy(&memory, policy);
    Key::draw().store(&memory);
    memory.store(MAGIC_AT, MAGIC);
    Ok(memory)
}

/// Takes room on the disk before a frame needs it: a store into a page without any would end the process.
#[cfg(not(miri))]
fn take_room(file: &File, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::process::{Resource, getrlimit};

    // Beyond this limit the system sends a signal that ends the process, besides the error.
    if let Some(limit) = getrlimit(Resource::Fsize).current
        && limit < bytes
    {
        let message = format!("the process may write files of {limit} bytes only (`ulimit -f`)");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(fallocate(file, FallocateFlags::empty(), 0, bytes)?)
}

#[cfg(miri)]
fn take_room(file: &File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)
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
