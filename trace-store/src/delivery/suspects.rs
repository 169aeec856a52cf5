//! Rows that failed alone and wait, apart from all others, for their next attempt.
//!
//! A row that is safe in the spool is represented by its number only.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use behavior_trace_core::{Activity, Timestamp};
use tokio::time::Instant;

use super::availability::SLOW_PROBE;
use super::backoff::Backoff;
use super::judgement::{History, retry_after};
use super::row_buffer::RowBuffer;
use super::session::SessionSerial;
use crate::store::ErrorClass;

/// Maximum number of waiting rows. More are refused only for a cause that is outside the rows.
const MAX: usize = 10_000;
/// Maximum number of rows in one trial.
const TRIAL: usize = 100;

/// The rows that failed alone and wait for their next attempt.
#[derive(Debug, Default)]
pub struct Suspects {
    waiting: BTreeMap<u64, Suspect>,
    next_key: u64,
    /// Spool numbers of the waiting rows that are in the spool.
    spooled: BTreeSet<i64>,
    generation: u64,
}

/// A waiting row.
#[derive(Debug)]
pub struct Suspect {
    pub place: RowPlace,
    pub class: ErrorClass,
    /// The store's last error message.
    pub complaint: String,
    pub record: SuspectRecord,
    /// The session on which another row has to pass to complete the proof.
    pub session: Option<SessionSerial>,
    /// The table is at fault, as far as is known.
    pub blames_table: bool,
    pub due: Instant,
    /// The row may be sent with others, because it has not failed since the store became available.
    pub with_others: bool,
}

/// State that a row keeps from one attempt to the next.
#[derive(Clone, Copy, Debug, Default)]
pub struct SuspectRecord {
    pub history: History,
    pub backoff: Backoff,
}

/// Place where the row is kept.
#[derive(Debug)]
pub enum RowPlace {
    /// Memory, with the row's bytes of the queue's budget. Its position among all events is from `first` to before `end`.
    Memory {
        row: RowBuffer,
        first: u64,
        end: u64,
        bytes: usize,
    },
    /// The spool.
    Spool { number: i64 },
}

impl Suspect {
    /// Returns whether rows of this class are sifted rather than sent as one statement.
    pub const fn is_sifted(&self) -> bool {
        matches!(
            self.class,
            ErrorClass::Value | ErrorClass::Rule | ErrorClass::Other
        )
    }

    fn is_like(&self, other: &Self) -> bool {
        let same_place = matches!(
            (&self.place, &other.place),
            (RowPlace::Memory { .. }, RowPlace::Memory { .. })
                | (RowPlace::Spool { .. }, RowPlace::Spool { .. })
        );
        let together =
            self.is_sifted() && other.is_sifted() || self.with_others && other.with_others;
        same_place && together
    }

    /// Returns the row if it is in memory.
    pub fn row(&self) -> Option<Activity<'_>> {
        match &self.place {
            RowPlace::Memory { row, .. } => row.get(0),
            RowPlace::Spool { .. } => None,
        }
    }

    pub const fn number(&self) -> Option<i64> {
        match self.place {
            RowPlace::Memory { .. } => None,
            RowPlace::Spool { number } => Some(number),
        }
    }
}

impl Suspects {
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MAX
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns the number of waiting rows that are in the spool.
    pub fn spooled(&self) -> u64 {
        self.spooled.len() as u64
    }

    pub fn has_spooled(&self, number: i64) -> bool {
        self.spooled.contains(&number)
    }

    /// Returns the number of rows in memory whose position is lower than `before`.
    pub fn in_memory(&self, before: u64) -> u64 {
        let early = self.waiting.values().filter(
            |suspect| matches!(suspect.place, RowPlace::Memory { first, .. } if first < before),
        );
        early.count() as u64
    }

    /// Returns the positions among which the rows in memory are.
    pub fn positions_in_memory(&self) -> impl Iterator<Item = Range<u64>> {
        let waiting = self.waiting.values();
        waiting.filter_map(|suspect| match suspect.place {
            RowPlace::Memory { first, end, .. } => Some(first..end),
            RowPlace::Spool { .. } => None,
        })
    }

    /// Returns the time of the call of the oldest row in memory.
    pub fn oldest_in_memory(&self) -> Option<Timestamp> {
        let in_memory = self.waiting.values().filter_map(Suspect::row);
        in_memory.map(|row| row.occurred_at).min()
    }

    /// Adds a row and sets the time of its next attempt.
    pub fn add(&mut self, mut suspect: Suspect, now: Instant, chance: u16) {
        let wait = suspect.record.backoff.next(SLOW_PROBE, chance);
        suspect.due = now + wait.max(retry_after(suspect.class));
        self.put(suspect);
    }

    /// Adds a row unchanged.
    pub fn put(&mut self, suspect: Suspect) {
        if let Some(number) = suspect.number() {
            self.spooled.insert(number);
        }
        self.waiting.insert(self.next_key, suspect);
        self.next_key += 1;
    }

    fn take(&mut self, key: u64) -> Option<Suspect> {
        let suspect = self.waiting.remove(&key)?;
        if let Some(number) = suspect.number() {
            self.spooled.remove(&number);
        }
        Some(suspect)
    }

    /// Takes due rows of a kind that is tried together.
    pub fn take_due(&mut self, now: Instant) -> Vec<Suspect> {
        let first = self.waiting.iter().find(|(_, suspect)| suspect.due <= now);
        self.take_like(first.map(|(key, _)| *key), |suspect| suspect.due <= now)
    }

    /// Takes the row that is due first, with similar rows if `most` is more than 1, whether they are due or not.
    pub fn take_first(&mut self, most: usize) -> Vec<Suspect> {
        let first = self.waiting.iter().min_by_key(|(_, suspect)| suspect.due);
        let first = first.map(|(key, _)| *key);
        if most > 1 {
            return self.take_like(first, |_| true);
        }
        first.and_then(|key| self.take(key)).into_iter().collect()
    }

    fn take_like(&mut self, first: Option<u64>, is_due: impl Fn(&Suspect) -> bool) -> Vec<Suspect> {
        let Some(first) = first.and_then(|key| self.take(key)) else {
            return Vec::new();
        };
        let like: Vec<u64> = self
            .waiting
            .iter()
            .filter(|(_, suspect)| is_due(suspect) && suspect.is_like(&first))
            .map(|(key, _)| *key)
            .take(TRIAL - 1)
            .collect();
        let mut taken = vec![first];
        taken.extend(like.into_iter().filter_map(|key| self.take(key)));
        taken
    }

    /// Takes the rows whose proof is complete now that a row has passed on this session.
    pub fn take_witnessed(&mut self, session: SessionSerial) -> Vec<Suspect> {
        let keys: Vec<u64> = self
            .waiting
            .iter()
            .filter(|(_, suspect)| suspect.session == Some(session))
            .map(|(key, _)| *key)
            .collect();
        keys.into_iter().filter_map(|key| self.take(key)).collect()
    }

    /// Takes up to `most` rows that are in memory.
    pub fn take_in_memory(&mut self, most: usize) -> Vec<Suspect> {
        let keys: Vec<u64> = self
            .waiting
            .iter()
            .filter(|(_, suspect)| suspect.number().is_none())
            .map(|(key, _)| *key)
            .take(most)
            .collect();
        keys.into_iter().filter_map(|key| self.take(key)).collect()
    }

    /// Makes all rows due, because the store has become available.
    pub fn release(&mut self, now: Instant) {
        for suspect in self.waiting.values_mut() {
            suspect.due = suspect.due.min(now);
            suspect.with_others = true;
        }
    }

    /// Makes the rows due that were refused with the same class as one that has passed now.
    pub fn release_class(&mut self, class: ErrorClass, now: Instant) {
        for suspect in self.waiting.values_mut() {
            if suspect.class == class {
                suspect.due = suspect.due.min(now);
            }
        }
    }

    /// Forgets the rows of an earlier spool file, which are read from the new one.
    pub fn keep_generation(&mut self, generation: u64) {
        if generation != self.generation {
            self.generation = generation;
            self.waiting.retain(|_, suspect| suspect.number().is_none());
            self.spooled.clear();
        }
    }

    /// Returns the row with the most informative error: one that blames the table, if there is one.
    pub fn worst(&self) -> Option<&Suspect> {
        self.waiting
            .values()
            .max_by_key(|suspect| suspect.blames_table)
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }
}
