//! The writer's side of the mapped buffers.

use std::collections::HashMap;
use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use behavior_trace_buffer::{AdoptError, BufferFiles, Collector};
use behavior_trace_core::Timestamp;
use behavior_trace_store::spool::BufferSlot;
use uuid::Uuid;

use super::{FILE, Made, MappedBuffers, Open, Part, READY, SPARES, locked};
use crate::queue::{Chunk, Frame};

/// All buffers whose frames are not settled, and the empty ones.
#[derive(Debug, Default)]
pub(crate) struct Collectors {
    all: HashMap<u64, Buffer>,
    /// Number of adopted buffers ever. They are numbered from the other end.
    adopted: u64,
    scratch: Vec<u8>,
    /// Damaged files that could not be renamed, until it is told.
    not_renamed: Vec<String>,
}

/// A buffer of this process, or an adopted one with the lock on its directory.
#[derive(Debug)]
struct Buffer {
    collector: Collector,
    adopted: Option<Arc<BufferSlot>>,
    /// Never settled again: rows of it were lost in memory, so the next process shall find them.
    held: bool,
}

/// Frames that were collected together: they are settled up to this offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) number: u64,
    pub(crate) until: usize,
}

impl Collectors {
    /// Takes buffers that threads have made.
    pub(super) fn add(&mut self, made: Vec<Made>) {
        for Made { collector, number } in made {
            let buffer = Buffer {
                collector,
                adopted: None,
                held: false,
            };
            self.all.insert(number, buffer);
        }
    }

    /// Collects a part into a chunk. Each frame has the id that every later process has for it.
    pub(super) fn collect(&mut self, part: Part, bytes: Vec<u8>) -> Option<Chunk> {
        let Part { number, until } = part;
        let collector = &mut self.all.get_mut(&number)?.collector;
        let mut bytes = bytes;
        let frames = collect(collector, until, &mut self.scratch, &mut bytes);
        let piece = Piece {
            number,
            until: collector.collected(),
        };
        Some(Chunk::mapped(bytes, frames, piece))
    }

    /// Adopts a buffer of a dead process. Returns its frames, and a complaint if a part of the file cannot be read.
    pub(super) fn adopt(
        &mut self,
        path: &Path,
        slot: &Arc<BufferSlot>,
        takes: impl Fn(&str) -> bool,
    ) -> Result<(Chunk, Option<String>), NotAdopted> {
        let mut collector = BufferFiles::adopt(path)?;
        let policy = collector.policy();
        if !takes(&policy) {
            return Err(NotAdopted::Policy(policy));
        }
        let mut bytes = Vec::new();
        let frames = collect(&mut collector, usize::MAX, &mut self.scratch, &mut bytes);
        let unread = collector.committed() - collector.collected();
        let complaint = (unread > 0).then(|| {
            format!(
                "{unread} bytes at the end of the buffer {} are not recovered: they are damaged, as by a failure of the machine; the file is kept as `.damaged`",
                path.display()
            )
        });
        let number = u64::MAX - self.adopted;
        self.adopted += 1;
        let piece = Piece {
            number,
            until: collector.collected(),
        };
        let buffer = Buffer {
            collector,
            adopted: Some(Arc::clone(slot)),
            held: false,
        };
        self.all.insert(number, buffer);
        Ok((Chunk::mapped(bytes, frames, piece), complaint))
    }

    /// Settles a piece: its rows are stored, or in the spool.
    pub(super) fn settle(&mut self, piece: Piece) {
        if let Some(buffer) = self.all.get_mut(&piece.number)
            && !buffer.held
        {
            buffer.collector.settle(piece.until);
        }
    }

    /// Leaves all frames that are not settled for the next process.
    pub(super) fn hold(&mut self) {
        for buffer in self.all.values_mut() {
            buffer.held = !buffer.collector.is_settled();
        }
    }

    /// Empties buffers that are settled and no longer appended to, and keeps spare ones ready. Returns a complaint for each
    /// damaged file that keeps its name.
    pub(super) fn tidy(&mut self, buffers: Option<&MappedBuffers>) -> Vec<String> {
        let done = self.all.iter_mut();
        let done: Vec<u64> = done
            .filter_map(|(number, buffer)| buffer.is_done().then_some(*number))
            .collect();
        for number in done {
            if !buffers.is_some_and(|buffers| self.reuse(number, buffers)) {
                self.remove(number, buffers);
            }
        }
        if let Some(buffers) = buffers {
            self.rename(buffers);
            self.prepare(buffers);
        }
        mem::take(&mut self.not_renamed)
    }

    /// Puts the new name of the policy into all buffers of this process.
    fn rename(&mut self, buffers: &MappedBuffers) {
        if !buffers.renamed.swap(false, Ordering::Acquire) {
            return;
        }
        let policy = locked(&buffers.policy).clone();
        let own = self.all.values_mut().filter(|b| b.adopted.is_none());
        own.for_each(|buffer| buffer.collector.set_policy(&policy));
    }

    /// Makes spare buffers, as many as threads will need until the next tick.
    fn prepare(&mut self, buffers: &MappedBuffers) {
        let mut spares = locked(&buffers.spares).len();
        let wanted = (READY + buffers.full.swap(0, Ordering::Relaxed)).min(SPARES);
        while spares < wanted && buffers.has_room() {
            let Some((open, made)) = buffers.make(0) else {
                break;
            };
            self.add(vec![made]);
            locked(&buffers.spares).push(open);
            spares += 1;
        }
    }

    fn reuse(&mut self, number: u64, buffers: &MappedBuffers) -> bool {
        let Some(buffer) = self.all.get_mut(&number) else {
            return false;
        };
        if buffer.collector.bytes() != FILE || locked(&buffers.spares).len() >= SPARES {
            return false;
        }
        let Some(appender) = buffer.collector.reuse(&buffers.files) else {
            return false;
        };
        buffer.collector.set_policy(&locked(&buffers.policy));
        locked(&buffers.spares).push(Open { appender, number });
        true
    }

    /// Removes the file of a settled buffer. A damaged one is renamed instead.
    fn remove(&mut self, number: u64, buffers: Option<&MappedBuffers>) {
        let Some(buffer) = self.all.remove(&number) else {
            return;
        };
        let Buffer {
            collector, adopted, ..
        } = buffer;
        if adopted.is_some() && !collector.is_settled() {
            let path = collector.path().display().to_string();
            if let Err(error) = collector.set_aside() {
                self.not_renamed.push(format!(
                    "the damaged buffer {path} is not renamed to `.damaged`, so the next start reports it again: {error}"
                ));
            }
            return;
        }
        // A file that remains is settled: the next process finds nothing in it.
        let _ = match (adopted, buffers) {
            (None, Some(buffers)) => buffers.files.remove(collector),
            _ => collector.remove(),
        };
    }

    /// Removes all settled buffers at the end of the recorder. Nobody appends any more.
    pub(super) fn close(&mut self, buffers: Option<&MappedBuffers>) {
        if let Some(buffers) = buffers {
            locked(&buffers.spares).clear();
        }
        let settled: Vec<u64> = self
            .all
            .iter()
            .filter_map(|(number, buffer)| buffer.is_empty().then_some(*number))
            .collect();
        for number in settled {
            self.remove(number, buffers);
        }
        self.all.clear();
    }
}

impl Buffer {
    /// Returns whether all frames that can be read are settled.
    fn is_empty(&self) -> bool {
        !self.held
            && match &self.adopted {
                None => self.collector.is_settled(),
                Some(_) => self.collector.is_settled_so_far(),
            }
    }

    /// In this order: a thread may append a last frame and leave the buffer between the two questions.
    fn is_done(&mut self) -> bool {
        self.collector.is_abandoned() && self.is_empty()
    }
}

/// Reason for a buffer that was left where it is.
#[derive(Debug)]
pub(crate) enum NotAdopted {
    /// Its frames are for another policy.
    Policy(String),
    /// It cannot be adopted.
    File(AdoptError),
}

impl From<AdoptError> for NotAdopted {
    fn from(error: AdoptError) -> Self {
        Self::File(error)
    }
}

fn collect(
    collector: &mut Collector,
    until: usize,
    scratch: &mut Vec<u8>,
    bytes: &mut Vec<u8>,
) -> u64 {
    collector.collect(until, scratch, |frame| {
        let frame = Frame {
            occurred_at: Timestamp::from_micros(frame.micros),
            event_id: Some(Uuid::from_bytes(frame.id)),
            fields: frame.fields.as_bytes(),
        };
        frame.write(bytes);
    })
}
