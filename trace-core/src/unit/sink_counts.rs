//! The room and the counts of one recorder in a unit.

use std::mem;
use std::sync::Arc;

use crate::sink::{Counter, Sink};

/// The maximum step, in bytes, in which room is reserved and released. One access to the recorder's budget thus serves many
/// events.
const GRAIN: usize = 16 * 1024;

/// The room that a recorder reserved for a unit, and the counts of its events. Dropping it releases the room.
pub(super) struct SinkCounts {
    pub(super) sink: Arc<dyn Sink>,
    /// The reserved part of the recorder's budget, at least as large as the used part.
    reserved: usize,
    used: usize,
    /// The events that are lost if the unit commits, by counter.
    lost: Vec<(Counter, u64)>,
    /// The flag that a call has waited for room without success.
    pub(super) gave_up: bool,
    /// The number of events that the application's own transaction stored.
    pub(super) stored: u64,
    /// The number of events whose commit is unknown.
    pub(super) unknown: u64,
}

impl SinkCounts {
    pub(super) fn new(sink: &Arc<dyn Sink>) -> Self {
        Self {
            sink: Arc::clone(sink),
            reserved: 0,
            used: 0,
            lost: Vec::new(),
            gave_up: false,
            stored: 0,
            unknown: 0,
        }
    }

    /// Takes the room of the pending events. The counts stay.
    pub(super) fn split(&mut self) -> Self {
        let mut other = Self::new(&self.sink);
        other.take_room(self);
        other
    }

    /// Takes the room and the counts of an inner unit.
    pub(super) fn add(&mut self, other: &mut Self) {
        self.take_room(other);
        for (tally, times) in mem::take(&mut other.lost) {
            self.lose(tally, times);
        }
        self.gave_up |= other.gave_up;
        self.stored += mem::take(&mut other.stored);
        self.unknown += mem::take(&mut other.unknown);
    }

    fn take_room(&mut self, other: &mut Self) {
        self.reserved += mem::take(&mut other.reserved);
        other.used = 0;
    }

    /// Takes room for an event. It reserves half as much again, so that few events have to ask.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Counter> {
        let free = self.reserved - self.used;
        if bytes > free {
            let least = bytes - free;
            let more = (self.reserved / 2).min(GRAIN);
            self.reserved += self.sink.set_aside(least, least + more)?;
        }
        self.used += bytes;
        Ok(())
    }

    /// Releases the room of a submitted event, which takes other room at the recorder.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.used -= bytes;
        if self.reserved - self.used >= GRAIN {
            self.give_back();
        }
    }

    /// Releases the room of all events.
    pub(super) fn clear(&mut self) {
        self.used = 0;
        self.give_back();
    }

    fn give_back(&mut self) {
        let free = self.reserved - self.used;
        self.reserved = self.used;
        if free > 0 {
            self.sink.give_back(free);
        }
    }

    pub(super) fn lose(&mut self, tally: Counter, times: u64) {
        match self.lost.iter_mut().find(|(known, _)| *known == tally) {
            Some((_, count)) => *count += times,
            None => self.lost.push((tally, times)),
        }
    }

    /// Counts the stored events as events of an unknown commit.
    pub(super) fn mark_unknown(&mut self) {
        self.unknown += mem::take(&mut self.stored);
    }

    /// Counts the events at the recorder after a commit or an unknown commit.
    pub(super) fn count_released(&self) {
        for &(tally, times) in &self.lost {
            self.count(tally, times);
        }
        self.count(Counter::InTransaction, self.stored);
        self.count(Counter::CommitUnknown, self.unknown);
    }

    /// Counts the events at the recorder after a rollback.
    pub(super) fn count_discarded(&self) {
        let lost: u64 = self.lost.iter().map(|(_, times)| times).sum();
        self.count(Counter::RolledBack, lost + self.stored + self.unknown);
    }

    fn count(&self, tally: Counter, times: u64) {
        for _ in 0..times {
            self.sink.count(tally);
        }
    }
}

impl Drop for SinkCounts {
    fn drop(&mut self) {
        self.clear();
    }
}
