//! Adoption of the mapped buffers that dead processes have left, a little at a time.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::mem;
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
    /// Set when a search is complete: the next one begins with the buffers in the slot of this recorder.
    tries_own: bool,
    /// Buffers and slots that are left, each of them told once.
    left: HashMap<PathBuf, Left>,
}

/// Reason for which a buffer is left, as far as it matters when it is tried again.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// It is no buffer, or of a later release.
    ForGood,
    /// Its events wait for the policy of this name.
    ForPolicy(String),
    /// It may be free, or readable, at the next search.
    UntilSearch,
}

impl From<&AdoptError> for Left {
    fn from(error: &AdoptError) -> Self {
        match error {
            AdoptError::InUse(_) | AdoptError::Io(..) => Self::UntilSearch,
            _ => Self::ForGood,
        }
    }
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
            tries_own: false,
            left: HashMap::new(),
        }
    }

    /// Notes that a buffer is left. Returns whether that is new.
    fn note_left(&mut self, path: PathBuf, left: Left) -> bool {
        self.left.insert(path, left).is_none()
    }

    /// Returns whether a buffer waits for another policy.
    fn has_waiting(&self) -> bool {
        let mut all = self.left.values();
        all.any(|left| matches!(left, Left::ForPolicy(_)))
    }

    /// Lets the buffers be looked for again that waited for the policy of this name.
    fn release(&mut self, policy: &str) {
        let is_due = |left: &Left| matches!(left, Left::ForPolicy(name) if name == policy);
        let due = self.left.extract_if(|_, left| is_due(left));
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
        loop {
            if let Some(own) = &mut self.own
                && let Some(path) = own.paths.pop_front()
            {
                return Ok(Some((path, Arc::clone(&own.slot))));
            }
            if let Some(current) = &mut self.current {
                if let Some(path) = current.paths.pop_front() {
                    return Ok(Some((path, Arc::clone(&current.slot))));
                }
                self.current = None;
            }
            if !self.searches.is_due(now) {
                return Ok(None);
            }
            if mem::take(&mut self.tries_own) {
                self.try_own_again();
                continue;
            }
            self.current = self.look()?;
            if self.current.is_none() {
                (self.next_slot, self.tries_own) = (0, true);
                self.searches.completed(now);
                return Ok(None);
            }
        }
    }

    /// Takes the buffers in the slot of this recorder that were left until now.
    fn try_own_again(&mut self) {
        let Some(own) = &mut self.own else {
            return;
        };
        let left = self.left.iter();
        let again = left.filter(|(path, left)| {
            **left == Left::UntilSearch && path.parent() == Some(own.slot.directory())
        });
        own.paths.extend(again.map(|(path, _)| path.clone()));
        own.paths.make_contiguous().sort();
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
        let is_due = |path: &PathBuf| {
            let left = self.left.get(path);
            left.is_none_or(|left| *left == Left::UntilSearch)
        };
        let found = slots.left(self.next_slot, |directory| {
            Ok(BufferFiles::left(directory)?.iter().any(is_due))
        });
        match found {
            Ok(None) => Ok(None),
            Ok(Some(slot)) => {
                self.next_slot = slot.number() + 1;
                let paths = BufferFiles::left(slot.directory()).map_err(|e| e.to_string())?;
                Ok(Some(LeftBuffers {
                    slot: Arc::new(slot),
                    paths: paths.into_iter().filter(is_due).collect(),
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
                Err(why) => return self.leave(PathBuf::from(&why), Left::UntilSearch, why),
            }
        }
    }

    fn adopt(&mut self, path: PathBuf, slot: &Arc<BufferSlot>, now: Instant) {
        let name = self.shared.policy_name();
        let takes = |policy: &str| policy == name || policy == DEFAULT_POLICY;
        match self.shared.queue.adopt(&path, slot, takes) {
            Ok((chunk, complaint)) => {
                self.adoption.left.remove(&path);
                self.count(Metric::Recovered, chunk.frames());
                self.count(Metric::InHand, chunk.frames());
                self.intake.receive(chunk, &self.shared.queue, now);
                if let Some(complaint) = complaint {
                    self.leave(path, Left::ForGood, complaint);
                }
            }
            Err(NotAdopted::File(AdoptError::Unfinished(path))) => {
                // No frame was ever in it.
                let _ = fs::remove_file(path);
            }
            Err(NotAdopted::File(error)) => {
                self.leave(path, Left::from(&error), error.to_string());
            }
            Err(NotAdopted::Policy(policy)) => {
                let why = format!(
                    "the buffer {} waits for a process whose policy is named `{policy}`; the policy here is `{name}`",
                    path.display()
                );
                self.leave(path, Left::ForPolicy(policy), why);
            }
        }
    }

    /// Leaves a buffer where it is, and tells so once.
    fn leave(&mut self, path: PathBuf, left: Left, why: String) {
        if self.adoption.note_left(path, left) {
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
        let problems = queue.tidy_buffers();
        for why in problems.not_renamed {
            self.shared
                .tell(&RecorderError::new(RecorderErrorKind::Spool, why));
        }
        if let Some(error) = problems.not_made
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Interval that is longer than any between two searches.
    const LATER: Duration = Duration::from_hours(1);

    /// Returns the names of the buffers that one search tries, each of which is left for this reason.
    fn search(
        adoption: &mut Adoption,
        now: Instant,
        error: fn(PathBuf) -> AdoptError,
    ) -> Vec<(String, bool)> {
        let mut tried = Vec::new();
        while let Some((path, _)) = adoption.next(now).expect("slots that can be read") {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let left = Left::from(&error(path.clone()));
            tried.push((name, adoption.note_left(path, left)));
        }
        tried
    }

    fn in_two_slots() -> (tempfile::TempDir, Adoption) {
        let directory = tempfile::tempdir().expect("a directory");
        let slots = BufferSlots::new(directory.path());
        let (own, other) = (
            slots.claim().expect("a slot"),
            slots.claim().expect("another"),
        );
        let buffer =
            |slot: &BufferSlot, name| fs::write(slot.directory().join(name), b"").expect("written");
        buffer(&own, "1.buffer");
        buffer(&own, "2.buffer");
        buffer(&other, "3.buffer");
        drop(other);
        let paths = BufferFiles::left(own.directory()).expect("listed").into();
        let adoption = Adoption {
            slots: Some(slots),
            own: Some(LeftBuffers {
                slot: Arc::new(own),
                paths,
            }),
            current: None,
            next_slot: 0,
            searches: Searches::default(),
            tries_own: false,
            left: HashMap::new(),
        };
        (directory, adoption)
    }

    #[test]
    fn a_buffer_in_use_or_out_of_reach_is_tried_at_each_search_and_told_at_the_first() {
        let out_of_reach = |path| AdoptError::Io(path, std::io::Error::other("for now"));
        for error in [AdoptError::InUse, out_of_reach] {
            let (_directory, mut adoption) = in_two_slots();
            let mut now = Instant::now();
            for is_told in [true, false, false] {
                let tried = search(&mut adoption, now, error);
                let all = ["1.buffer", "2.buffer", "3.buffer"];
                assert_eq!(tried, all.map(|name| (name.to_owned(), is_told)));
                assert_eq!(search(&mut adoption, now, error), [], "once a search");
                now += LATER;
            }
        }
    }

    #[test]
    fn what_is_no_buffer_or_of_a_later_release_is_tried_once() {
        for error in [AdoptError::Damaged, AdoptError::Version] {
            let (_directory, mut adoption) = in_two_slots();
            let now = Instant::now();
            assert_eq!(search(&mut adoption, now, error).len(), 3);
            assert_eq!(search(&mut adoption, now + LATER, error), []);
        }
    }
}
