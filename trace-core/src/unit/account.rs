//! What a recorder has to do with a unit, beside the events that wait for it.

use std::mem;
use std::sync::Arc;

use crate::sink::{Counter, Sink};

/// Room is asked for, and given back, in pieces of this size at most: one look at the recorder's budget serves many events.
const GRAIN: usize = 16 * 1024;

/// One recorder's side of a unit. The room it has set aside goes back with it, whatever becomes of the unit.
pub(super) struct Account {
    pub(super) sink: Arc<dyn Sink>,
    /// Of the recorder's budget, at least as much as is used.
    reserved: usize,
    used: usize,
    /// Events that are lost if the unit commits, and why.
    lost: Vec<(Counter, u64)>,
    /// Somebody has waited for room in vain.
    pub(super) gave_up: bool,
    /// Events that the host's own transaction stored.
    pub(super) stored: u64,
    /// Those of which it is unknown whether the unit committed.
    pub(super) doubted: u64,
}

impl Account {
    pub(super) fn new(sink: &Arc<dyn Sink>) -> Self {
        Self {
            sink: Arc::clone(sink),
            reserved: 0,
            used: 0,
            lost: Vec::new(),
            gave_up: false,
            stored: 0,
            doubted: 0,
        }
    }

    /// Takes the room of what waits, and leaves the counts.
    pub(super) fn split(&mut self) -> Self {
        let mut other = Self::new(&self.sink);
        other.take_room(self);
        other
    }

    /// Takes room and counts of what an inner unit passes on.
    pub(super) fn add(&mut self, other: &mut Self) {
        self.take_room(other);
        for (tally, times) in mem::take(&mut other.lost) {
            self.lose(tally, times);
        }
        self.gave_up |= other.gave_up;
        self.stored += mem::take(&mut other.stored);
        self.doubted += mem::take(&mut other.doubted);
    }

    fn take_room(&mut self, other: &mut Self) {
        self.reserved += mem::take(&mut other.reserved);
        other.used = 0;
    }

    /// Takes room for an event. Half as much again is asked for, so that few events have to ask.
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

    /// An event has been handed over, and takes room of its own there.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.used -= bytes;
        if self.reserved - self.used >= GRAIN {
            self.give_back();
        }
    }

    /// Nothing waits here any more.
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

    /// What is stored is in doubt from here on.
    pub(super) fn doubt(&mut self) {
        self.doubted += mem::take(&mut self.stored);
    }

    /// The unit has committed, perhaps.
    pub(super) fn released(&self) {
        for &(tally, times) in &self.lost {
            self.count(tally, times);
        }
        self.count(Counter::InTransaction, self.stored);
        self.count(Counter::CommitUnknown, self.doubted);
    }

    /// The unit was rolled back.
    pub(super) fn discarded(&self) {
        let lost: u64 = self.lost.iter().map(|(_, times)| times).sum();
        self.count(Counter::RolledBack, lost + self.stored + self.doubted);
    }

    fn count(&self, tally: Counter, times: u64) {
        for _ in 0..times {
            self.sink.count(tally);
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.clear();
    }
}
