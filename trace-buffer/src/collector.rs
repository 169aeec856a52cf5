//! The half of a buffer that the writer of a process reads.
#![expect(
    unsafe_code,
    reason = "frames are read from the mapping; each block says why it is sound"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::POLICY_NAME;
use crate::appender::Appender;
use crate::files::BufferFiles;
use crate::key::Key;
use crate::layout::{
    COMMITTED, FRAMES, GENERATION_AT, HEAD, LENGTH_AT, NAMES_AT, POLICY_AT, SETTLED, TIME_AT, size,
};
use crate::memory::Memory;
use crate::rename::rename_beside;

/// Takes frames out of a buffer and settles them. There is one for a buffer.
#[derive(Debug)]
pub struct Collector {
    memory: Arc<Memory>,
    path: PathBuf,
    key: Key,
    /// Offset behind the last frame that was collected.
    collected: usize,
    /// Offset up to which frames are settled and their bytes are zero.
    settled: usize,
    /// Frames are checked, because another process wrote them.
    is_adopted: bool,
    /// The process that has the file. A forked child has a copy of the collector, and not the file.
    process: u32,
}

/// Bytes that are copied out at once, unless a frame has more.
const STEP: usize = 256 << 10;

/// One frame, as it was collected.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Time in microseconds, as it was appended.
    pub micros: i64,
    /// Id of the frame, the same each time that it is collected by any process.
    pub id: [u8; 16],
    /// The fields.
    pub fields: Fields<'a>,
}

/// The fields of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Returns the bytes.
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

impl Collector {
    pub(crate) fn new(memory: Arc<Memory>, path: PathBuf, from: usize, is_adopted: bool) -> Self {
        Self {
            key: Key::load(&memory),
            memory,
            path,
            collected: from,
            settled: from,
            is_adopted,
            process: std::process::id(),
        }
    }

    pub(crate) const fn key(&self) -> Key {
        self.key
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the size of the file.
    pub fn bytes(&self) -> usize {
        self.memory.len()
    }

    /// Returns the offset behind the last whole frame.
    pub fn committed(&self) -> usize {
        word(&self.memory, COMMITTED)
    }

    /// Returns the offset behind the last frame that was collected.
    pub const fn collected(&self) -> usize {
        self.collected
    }

    /// Returns the offset up to which frames are settled.
    pub const fn settled(&self) -> usize {
        self.settled
    }

    /// Returns whether all frames are collected and settled.
    pub fn is_settled(&self) -> bool {
        self.settled == self.collected && self.collected == self.committed()
    }

    /// Returns whether all frames that were collected are settled.
    pub const fn is_settled_so_far(&self) -> bool {
        self.settled == self.collected
    }

    /// Returns whether the appender is gone. Ask this before [`is_settled`](Self::is_settled): an appender may append a last
    /// frame between the two questions.
    pub fn is_abandoned(&mut self) -> bool {
        Arc::get_mut(&mut self.memory).is_some()
    }

    /// Returns whether the appender is gone and all frames are settled, so that no frame is lost with the file.
    pub fn is_free(&mut self) -> bool {
        self.is_abandoned() && self.is_settled()
    }

    /// Collects the frames up to an offset, through `scratch`, and passes each to `take`. Returns the number of frames.
    ///
    /// It ends early at a frame of a dead process with a wrong checksum; [`collected`](Self::collected) has the offset. In a
    /// forked child there are no frames.
    pub fn collect(
        &mut self,
        until: usize,
        scratch: &mut Vec<u8>,
        mut take: impl FnMut(Frame<'_>),
    ) -> u64 {
        let until = until.min(self.committed());
        let mut all = 0;
        while !self.is_child() && self.copy(until, scratch) {
            let frames = self.take(scratch, &mut take);
            if frames == 0 {
                break;
            }
            all += frames;
        }
        all
    }

    /// Copies the next frames up to an offset, at least one. Returns false behind the last one.
    fn copy(&self, until: usize, scratch: &mut Vec<u8>) -> bool {
        scratch.clear();
        let most = until.saturating_sub(self.collected);
        if most < HEAD {
            return false;
        }
        let length = self.memory.load(self.collected + LENGTH_AT).to_ne_bytes();
        let length = length.first_chunk().map_or(0, |b| u32::from_le_bytes(*b));
        let first = usize::try_from(length).map_or(usize::MAX, size);
        // SAFETY: the bytes are before `COMMITTED`, which `committed` has loaded with `Acquire`. The appender does not write
        // there, and this is the one collector.
        unsafe {
            self.memory
                .append_to(self.collected, most.min(first.max(STEP)), scratch);
        }
        true
    }

    /// Passes on the whole frames of a copy. Returns their number.
    fn take(&mut self, copy: &[u8], take: &mut impl FnMut(Frame<'_>)) -> u64 {
        let mut frames = 0;
        let mut rest = copy;
        while let Some((head, fields)) = read(rest) {
            let check = || self.key.checksum(head.generation, head.micros, fields);
            if self.is_adopted && head.check != check() {
                break;
            }
            take(Frame {
                micros: head.micros,
                id: self.key.id(head.generation, self.collected),
                fields: Fields(fields),
            });
            frames += 1;
            let size = size(fields.len());
            self.collected += size;
            rest = rest.get(size..).unwrap_or_default();
        }
        frames
    }

    /// Settles the frames up to an offset: they are stored elsewhere, and no process will find them here again.
    pub fn settle(&mut self, until: usize) {
        let until = until.min(self.collected);
        if until <= self.settled || self.is_child() {
            return;
        }
        // In this order: a frame of zeros that is not settled would end what the next process finds.
        self.memory.store(SETTLED, until as u64);
        // SAFETY: the bytes are before `COMMITTED`, where the appender does not write, and this is the one collector.
        unsafe {
            self.memory.clear(self.settled, until - self.settled);
        }
        self.settled = until;
    }

    /// Returns the name of the policy whose frames these are.
    pub fn policy(&self) -> String {
        let name = NAMES_AT[word(&self.memory, POLICY_AT) & 1];
        let length = word(&self.memory, name).min(POLICY_NAME);
        let mut text = Vec::new();
        // SAFETY: names lie in the mapping, and only this collector writes them.
        unsafe { self.memory.append_to(name + 8, length, &mut text) };
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Writes the name of the policy whose frames these are.
    pub fn set_policy(&mut self, name: &str) {
        if !self.is_child() {
            write_policy(&self.memory, name);
        }
    }

    /// Makes the buffer empty and returns a new appender, if the old one is gone and all frames are settled. An adopted
    /// buffer is not used again.
    pub fn reuse(&mut self, files: &BufferFiles) -> Option<Appender> {
        if self.is_adopted || self.is_child() || !self.is_free() {
            return None;
        }
        let key = self.key.next()?;
        // In this order: at each moment no frame is before one word and behind the other.
        let memory = &self.memory;
        memory.store(COMMITTED, FRAMES as u64);
        memory.store(SETTLED, FRAMES as u64);
        (self.collected, self.settled, self.key) = (FRAMES, FRAMES, key);
        Some(Appender::new(Arc::clone(memory), files.guard(), key))
    }

    /// Removes the file.
    ///
    /// # Errors
    ///
    /// The error of the file system, or a forked child. The file stays, and so do the frames in it that are not settled.
    pub fn remove(self) -> io::Result<()> {
        if self.is_child() {
            return Err(io::Error::other("a forked child removes no buffers"));
        }
        fs::remove_file(&self.path)
    }

    /// Renames the file, so that no process adopts it again. A file that has the name already stays. Returns the new path.
    ///
    /// # Errors
    ///
    /// The error of the file system, or a forked child. The file keeps its name.
    pub fn set_aside(self) -> io::Result<PathBuf> {
        if self.is_child() {
            return Err(io::Error::other("a forked child renames no buffers"));
        }
        for number in 0_u32.. {
            let ending = match number {
                0 => "damaged".to_owned(),
                number => format!("{number}.damaged"),
            };
            let kept = self.path.with_extension(ending);
            match rename_beside(&self.path, &kept) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                renamed => return renamed.map(|()| kept),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn is_child(&self) -> bool {
        std::process::id() != self.process
    }
}

/// The head of a frame.
struct Head {
    check: u64,
    generation: u32,
    micros: i64,
}

/// Reads the first frame of a copy: its head and its fields. Returns `None` behind the last one, or if there is no frame.
fn read(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let head: &[u8; HEAD] = bytes.first_chunk()?;
    let length = u32::from_le_bytes(*head[LENGTH_AT..].first_chunk()?);
    let fields = bytes[HEAD..].get(..usize::try_from(length).ok()?)?;
    let head = Head {
        check: u64::from_le_bytes(*head.first_chunk()?),
        generation: u32::from_le_bytes(*head[GENERATION_AT..].first_chunk()?),
        micros: i64::from_le_bytes(*head[TIME_AT..].first_chunk()?),
    };
    Some((head, fields))
}

/// Loads a word as an offset. One that does not fit is beyond every file.
pub(crate) fn word(memory: &Memory, at: usize) -> usize {
    usize::try_from(memory.load(at)).unwrap_or(usize::MAX)
}

/// Writes the name into the place that is not in force, and then puts it in force. A kill leaves one name or the other.
pub(crate) fn write_policy(memory: &Memory, name: &str) {
    let end = name.floor_char_boundary(POLICY_NAME);
    let next = 1 - (word(memory, POLICY_AT) & 1);
    let at = NAMES_AT[next];
    memory.store(at, end as u64);
    // SAFETY: names lie in the mapping, before all frames, and only the collector writes them or the maker of the file.
    unsafe { memory.write(at + 8, &name.as_bytes()[..end]) };
    memory.store(POLICY_AT, next as u64);
}
