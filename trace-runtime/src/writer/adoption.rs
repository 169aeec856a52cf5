//! Adoption of the mapped buffers that dead processes have left, a little at a time.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use behavior_trace_buffer::{AdoptError, BufferFiles};
use behavior_trace_store::spool::{BufferSlot, BufferSlots};
use tokio::time::Instant;

use super::backlog::MAX_BYTES;
use super::{StoreDriver, Writer};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::policy::DEFAULT_POLICY;
use crate::queue::NotAdopted;
use crate::searches::Searches;
use crate::shared::Shared;
use crate::spool_manager::SpoolStorage;
use crate::stats::Metric;

/// Size of the backlog up to which buffers are adopted: enough for the next batches.
const ENOUGH: usize = 4 * MAX_BYTES;

/// State of the adoption.
#[derive(Debug)]
pub(super) struct Adoption {
    slots: Option<BufferSlots>,
    /// What is left in the slot of this recorder.
    own: Option<LeftBuffers>,
    /// What is left in the slot of a dead process.
    current: Option<LeftBuffers>,
    next_slot: usize,
    searches: Searches,
    /// Buffers and slots that cannot be adopted, each of them told once, with the name of the policy that a buffer waits for.
    left: HashMap<PathBuf, Option<String>>,
}

/// Buffers that a dead process has left in a slot, which this process has locked.
#[derive(Debug)]
pub(crate) struct LeftBuffers {
    pub(crate) slot: Arc<BufferSlot>,
    pub(crate) paths: VecDeque<PathBuf>,
}

impl Adoption {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            slots: shared.config.spool_directory().map(BufferSlots::new),
            own: shared.take_left_buffers(),
            current: None,
            next_slot: 0,
            searches: Searches::default(),
            left: HashMap::new(),
        }
    }

    /// Returns whether a buffer waits for another policy.
    fn has_waiting(&self) -> bool {
        self.left.values().any(Option::is_some)
    }

    /// Lets the buffers be looked for again that waited for the policy of this name.
    fn release(&mut self, policy: &str) {
        let is_due = |waits: &Option<String>| waits.as_deref() == Some(policy);
        let due = self.left.extract_if(|_, waits| is_due(waits));
        let mut due: Vec<PathBuf> = due.map(|(path, _)| path).collect();
        if due.is_empty() {
            return;
        }
        (self.next_slot, self.searches) = (0, Searches::default());
        if let Some(own) = &mut self.own {
            due.retain(|path| path.parent() == Some(own.slot.directory()));
            due.sort();
            own.paths.extend(due);
        }
    }

    /// Returns the next buffer to adopt, and the lock that it needs.
    fn next(&mut self, now: Instant) -> Result<Option<(PathBuf, Arc<BufferSlot>)>, String> {
        let own = self.own.as_mut();
        if let Some(own) = own
            && let Some(path) = own.paths.pop_front()
        {
            return Ok(Some((path, Arc::clone(&own.slot))));
        }
        loop {
            if let Some(current) = &mut self.current {
                if let Some(path) = current.paths.pop_front() {
                    return Ok(Some((path, Arc::clone(&current.slot))));
                }
                self.current = None;
            }
            if !self.searches.is_due(now) {
                return Ok(None);
            }
            self.current = self.look()?;
            if self.current.is_none() {
                self.next_slot = 0;
                self.searches.completed(now);
                return Ok(None);
            }
        }
    }

    /// Returns whether buffers are being adopted, or looked for.
    pub(super) fn needs_ticks(&self, now: Instant) -> bool {
        let own = self.own.as_ref();
        let adopts = own.is_some_and(|own| !own.paths.is_empty()) || self.current.is_some();
        self.slots.is_some() && (adopts || self.searches.is_due(now))
    }

    /// Returns the time of the next search.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.searches.next().filter(|_| self.slots.is_some())
    }

    /// Notes that events came.
    pub(super) fn keep_up(&mut self, now: Instant) {
        self.searches.keep_up(now);
    }

    /// Looks for the next slot with buffers that can be adopted.
    fn look(&mut self) -> Result<Option<LeftBuffers>, String> {
        let Some(slots) = &self.slots else {
            return Ok(None);
        };
        let is_new = |path: &PathBuf| !self.left.contains_key(path);
        let found = slots.left(self.next_slot, |directory| {
            Ok(BufferFiles::left(directory)?.iter().any(is_new))
        });
        match found {
            Ok(None) => Ok(None),
            Ok(Some(slot)) => {
                self.next_slot = slot.number() + 1;
                let paths = BufferFiles::left(slot.directory()).map_err(|e| e.to_string())?;
                Ok(Some(LeftBuffers {
                    slot: Arc::new(slot),
                    paths: paths.into_iter().filter(is_new).collect(),
                }))
            }
            Err((next, error)) => {
                self.next_slot = next;
                Err(format!(
                    "buffers of a dead process are left for now: {error}"
                ))
            }
        }
    }
}

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Adopts buffers of dead processes, as many as the next batches need.
    pub(super) fn adopt_buffers(&mut self, now: Instant) {
        if self.requests.shutdown.is_some() {
            return;
        }
        if self.adoption.has_waiting() {
            self.adoption.release(&self.shared.policy_name());
        }
        while self.intake.backlog().bytes() < ENOUGH {
            match self.adoption.next(now) {
                Ok(Some((path, slot))) => self.adopt(path, &slot, now),
                Ok(None) => return,
                Err(why) => return self.leave(PathBuf::from(&why), None, why),
            }
        }
    }

    fn adopt(&mut self, path: PathBuf, slot: &Arc<BufferSlot>, now: Instant) {
        let name = self.shared.policy_name();
        let takes = |policy: &str| policy == name || policy == DEFAULT_POLICY;
        match self.shared.queue.adopt(&path, slot, takes) {
            Ok((chunk, complaint)) => {
                self.count(Metric::Recovered, chunk.frames());
                self.count(Metric::InHand, chunk.frames());
                self.intake.receive(chunk, &self.shared.queue, now);
                if let Some(complaint) = complaint {
                    self.leave(path, None, complaint);
                }
            }
            Err(NotAdopted::File(AdoptError::Unfinished(path))) => {
                // No frame was ever in it.
                let _ = fs::remove_file(path);
            }
            Err(NotAdopted::File(error)) => self.leave(path, None, error.to_string()),
            Err(NotAdopted::Policy(policy)) => {
                let why = format!(
                    "the buffer {} waits for a process whose policy is named `{policy}`; the policy here is `{name}`",
                    path.display()
                );
                self.leave(path, Some(policy), why);
            }
        }
    }

    /// Leaves a buffer where it is, until the policy has the name that it waits for, and tells so once.
    fn leave(&mut self, path: PathBuf, waits: Option<String>, why: String) {
        if self.adoption.left.insert(path, waits).is_none() {
            self.shared
                .tell(&RecorderError::new(RecorderErrorKind::Spool, why));
        }
    }

    /// Settles what is stored or in the spool, and keeps spare buffers ready.
    pub(super) fn settle_buffers(&mut self) {
        let queue = &self.shared.queue;
        if self.intake.has_pieces() {
            let held = self.delivery.positions_in_memory().collect();
            queue.settle(self.intake.settled_pieces(held));
        }
        if let Some(error) = queue.tidy_buffers()
            && !self.told_unmapped
        {
            self.told_unmapped = true;
            let why = format!(
                "no buffer in a mapped file could be made, so a kill loses the events in memory: {error}"
            );
            self.shared
                .tell(&RecorderError::new(RecorderErrorKind::Spool, why));
        }
    }
}
