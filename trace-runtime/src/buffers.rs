//! Mapped buffers of a spool directory, from any program.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use behavior_trace_buffer::{AdoptError, BufferFiles};
use behavior_trace_core::{Event, Policy as _};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use behavior_trace_store::spool::{BufferSlot, BufferSlots, SpoolFile as _, SpoolStorage, Storage};
use uuid::Uuid;

use crate::policy::{DEFAULT_POLICY, DefaultPolicy};
use crate::queue::{Chunk, NotAdopted, Queue};

/// Rows that go to the spool in one write.
const ROWS: usize = 1000;

/// The mapped buffers under a spool directory: events of recorders with
/// [`Durability::Mapped`](crate::Durability::Mapped), from the call until they are stored or spooled.
///
/// A recorder that starts on the same directory recovers the events of dead processes by itself. This is for programs without a
/// recorder, such as a tool that empties a machine. It needs a tokio runtime and the rights of the user who owns the directory.
///
/// ```
/// use behavior_trace::spool::Buffers;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// # let directory = tempfile::tempdir()?;
/// # let spool_dir = directory.path();
/// let buffers = Buffers::new(spool_dir);
/// for slot in buffers.list()?.iter().filter(|slot| !slot.owner_alive) {
///     println!("slot {}: {} events of a dead process", slot.slot, slot.events);
/// }
/// // They are rows of the spool then, which `Spools::drain` stores.
/// let moved = buffers.move_to_spool(1 << 30).await?;
/// assert_eq!(moved.events, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Buffers {
    spool_dir: PathBuf,
}

/// State of one slot of mapped buffers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BufferInfo {
    /// Number of the slot, which is the name of its directory under `buffers`. It is no slot of a spool.
    pub slot: usize,
    /// A running process owns the slot.
    pub owner_alive: bool,
    /// Events that are neither stored nor spooled. Those of a running process change all the time.
    pub events: u64,
    /// Size of the files, in bytes.
    pub bytes: u64,
    /// Names of policies other than the default one for which events wait. Only a recorder with that policy takes them.
    pub policies: Vec<String>,
    /// Files that cannot be read, with the reason.
    pub problems: Vec<String>,
}

/// Result of moving events of mapped buffers to the spool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedEvents {
    /// Events that are rows of the spool now.
    pub events: u64,
    /// Events that wait for a recorder with another policy.
    pub waiting: u64,
    /// Files that cannot be read, with the reason. They are left where they are.
    pub problems: Vec<String>,
}

impl Buffers {
    /// Refers to the mapped buffers under a spool directory. Nothing is read yet.
    pub fn new(spool_dir: impl AsRef<Path>) -> Self {
        Self {
            spool_dir: spool_dir.as_ref().to_owned(),
        }
    }

    /// Returns the state of each slot, in order of their numbers. It changes nothing, and works beside running recorders.
    ///
    /// # Errors
    ///
    /// A directory or a lock that cannot be read. A directory without buffers has no slots.
    pub fn list(&self) -> io::Result<Vec<BufferInfo>> {
        let slots = BufferSlots::new(&self.spool_dir).all()?;
        let info = |(slot, directory, owner_alive): (usize, PathBuf, bool)| {
            let mut info = BufferInfo {
                slot,
                owner_alive,
                ..BufferInfo::default()
            };
            for path in BufferFiles::left(&directory)? {
                info.add(&path);
            }
            Ok(info)
        };
        slots.into_iter().map(info).collect()
    }

    /// Moves the events of dead processes to the spool, where at most `spool_bytes` bytes of rows are. Those that were kept for
    /// the default policy are finished by it. Each keeps its event id. They are in the spool, on disk, before they are gone
    /// from their buffer.
    ///
    /// # Errors
    ///
    /// A directory that cannot be locked, or a spool that cannot be opened or is full. Events that were not moved stay.
    pub async fn move_to_spool(&self, spool_bytes: u64) -> io::Result<MovedEvents> {
        let mut moved = MovedEvents::default();
        let slots = BufferSlots::new(&self.spool_dir);
        let mut first = 0;
        let is_left = |directory: &Path| Ok(!BufferFiles::left(directory)?.is_empty());
        loop {
            match slots.left(first, is_left) {
                Ok(None) => return Ok(moved),
                Ok(Some(slot)) => {
                    first = slot.number() + 1;
                    self.empty(slot, spool_bytes, &mut moved).await?;
                }
                Err((next, error)) => {
                    first = next;
                    moved.problems.push(error.to_string());
                }
            }
        }
    }

    /// Moves the events of one slot.
    async fn empty(
        &self,
        slot: BufferSlot,
        spool_bytes: u64,
        moved: &mut MovedEvents,
    ) -> io::Result<()> {
        let queue = Queue::new(usize::MAX);
        let mut spool = LateSpool::new(&self.spool_dir, spool_bytes);
        let slot = Arc::new(slot);
        for path in BufferFiles::left(slot.directory())? {
            match queue.adopt(&path, &slot, |policy| policy == DEFAULT_POLICY) {
                Ok((chunk, complaint)) => {
                    moved.problems.extend(complaint);
                    let piece = chunk.piece;
                    moved.events += spool.take(chunk).await?;
                    queue.settle(piece);
                    moved.problems.extend(queue.tidy_buffers().not_renamed);
                }
                Err(NotAdopted::Policy(_)) => {
                    let waiting = BufferFiles::look(&path).map(|buffer| buffer.unsettled);
                    moved.waiting += waiting.unwrap_or_default();
                }
                Err(NotAdopted::File(AdoptError::Unfinished(_))) => {}
                Err(NotAdopted::File(error)) => moved.problems.push(error.to_string()),
            }
        }
        spool.close().await;
        Ok(())
    }
}

/// A spool that is opened for the first row.
struct LateSpool {
    storage: Storage,
    open: Option<<Storage as SpoolStorage>::Spool>,
}

impl LateSpool {
    fn new(spool_dir: &Path, spool_bytes: u64) -> Self {
        Self {
            storage: Storage::new(spool_dir, spool_bytes),
            open: None,
        }
    }

    /// Spools the events of a chunk as rows of the default policy. Returns their number.
    async fn take(&mut self, chunk: Chunk) -> io::Result<u64> {
        let mut taken = 0;
        for rows in finished(chunk) {
            let rows: Vec<_> = (0..rows.len()).filter_map(|row| rows.get(row)).collect();
            if rows.is_empty() {
                continue;
            }
            let spool = if let Some(spool) = &mut self.open {
                spool
            } else {
                let opened = self.storage.open(None).await;
                let opened = opened.map_err(|failed| io::Error::other(failed.error))?;
                self.open.insert(opened.spool)
            };
            spool.append(&rows).await.map_err(io::Error::other)?;
            taken += rows.len() as u64;
        }
        Ok(taken)
    }

    async fn close(self) {
        if let Some(spool) = self.open {
            let _ = spool.close().await;
        }
    }
}

impl BufferInfo {
    fn add(&mut self, path: &Path) {
        let buffer = match BufferFiles::look(path) {
            Ok(buffer) => buffer,
            // A buffer that is being made.
            Err(AdoptError::Unfinished(_)) => return,
            Err(error) => return self.problems.push(error.to_string()),
        };
        self.events += buffer.unsettled;
        self.bytes += buffer.bytes as u64;
        let policy = buffer.policy;
        if buffer.unsettled > 0 && policy != DEFAULT_POLICY && !self.policies.contains(&policy) {
            self.policies.push(policy);
        }
    }
}

/// Returns the rows of a chunk, by the default policy.
fn finished(mut chunk: Chunk) -> Vec<RowBuffer> {
    let policy = DefaultPolicy::default();
    let mut all = Vec::new();
    let mut rows = RowBuffer::default();
    while let Some(frame) = chunk.next() {
        let event = Event::decode(frame.occurred_at, frame.fields);
        let event_id = frame.event_id.unwrap_or_else(Uuid::new_v4);
        rows.push(&policy.finish(event_id, &event));
        if rows.len() >= ROWS {
            all.push(std::mem::take(&mut rows));
        }
    }
    all.push(rows);
    all
}
