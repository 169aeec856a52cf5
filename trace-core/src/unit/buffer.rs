//! The buffer of pending events in a unit.

use std::mem;
use std::sync::Arc;

use super::sink_counts::SinkCounts;
use crate::clock::Timestamp;
use crate::event::Event;
use crate::field::Field;
use crate::fields::Fields;
use crate::sink::{Accept, Counter, Sink};

/// The mark of an event whose commit is unknown.
const UNKNOWN: &str = "unknown";

/// An item that is pending until a unit ends: one event, or all events of an inner unit.
pub(super) trait PendingItem {
    /// Stays pending in an open unit.
    fn hold(&mut self, buffer: &mut UnitBuffer);

    /// Marks the events as of an unknown commit.
    fn mark_unknown(&mut self);

    /// Submits the events to their recorders.
    fn release(&mut self);

    /// Counts the events as discarded.
    fn discard(&mut self);
}

/// An event on its way into a unit.
pub(super) struct PendingEvent<'a> {
    sink: &'a Arc<dyn Sink>,
    occurred_at: Timestamp,
    /// Its number among the calls of the unit and of its inner and outer units.
    number: u64,
    fields: &'a Fields,
    /// The flag of an event whose commit is unknown.
    unknown: bool,
}

impl<'a> PendingEvent<'a> {
    pub(super) const fn new(
        sink: &'a Arc<dyn Sink>,
        occurred_at: Timestamp,
        number: u64,
        fields: &'a Fields,
    ) -> Self {
        Self {
            sink,
            occurred_at,
            number,
            fields,
            unknown: false,
        }
    }
}

impl PendingItem for PendingEvent<'_> {
    fn hold(&mut self, buffer: &mut UnitBuffer) {
        let event = BufferedEvent {
            occurred_at: self.occurred_at,
            number: self.number,
            sink: buffer.index_of(self.sink),
            start: 0,
            end: 0,
            unknown: self.unknown,
        };
        buffer.push(event, self.fields.as_bytes());
    }

    fn mark_unknown(&mut self) {
        self.unknown = true;
    }

    fn release(&mut self) {
        if self.unknown {
            let mut fields = self.fields.clone();
            fields.set(Field::Commit, UNKNOWN);
            self.sink.accept(self.occurred_at, &fields);
            self.sink.count(Counter::CommitUnknown);
        } else {
            self.sink.accept(self.occurred_at, self.fields);
        }
    }

    fn discard(&mut self) {
        self.sink.count(Counter::RolledBack);
    }
}

/// An event without room at its recorder, which is lost if the unit commits.
pub(super) struct LostEvent<'a> {
    sink: &'a Arc<dyn Sink>,
}

impl<'a> LostEvent<'a> {
    pub(super) const fn new(sink: &'a Arc<dyn Sink>) -> Self {
        Self { sink }
    }
}

impl PendingItem for LostEvent<'_> {
    fn hold(&mut self, buffer: &mut UnitBuffer) {
        let index = buffer.index_of(self.sink);
        buffer.sinks[index].lose(Counter::QueueFull, 1);
        buffer.sinks[index].gave_up = true;
    }

    fn mark_unknown(&mut self) {}

    fn release(&mut self) {
        self.sink.count(Counter::QueueFull);
    }

    fn discard(&mut self) {
        self.sink.count(Counter::RolledBack);
    }
}

/// All pending events of a unit, in one buffer.
#[derive(Default)]
pub(super) struct UnitBuffer {
    bytes: Vec<u8>,
    events: Vec<BufferedEvent>,
    /// The counts per recorder, nearly always one: a unit sees several recorders only if subscribers change inside it.
    sinks: Vec<SinkCounts>,
    limit: usize,
}

#[derive(Clone, Copy)]
struct BufferedEvent {
    occurred_at: Timestamp,
    number: u64,
    /// The index of the event's recorder in `sinks`.
    sink: usize,
    start: usize,
    end: usize,
    /// The flag of an event whose commit is unknown.
    unknown: bool,
}

impl BufferedEvent {
    /// Returns the memory of the pending event, in bytes.
    const fn size(&self) -> usize {
        self.end - self.start + size_of::<Self>()
    }
}

impl UnitBuffer {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(super) const fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.events.len()
    }

    /// Takes out the pending events. The counts stay.
    pub(super) fn split(&mut self) -> Self {
        self.sort();
        let sinks = self.sinks.iter_mut().map(SinkCounts::split);
        Self {
            sinks: sinks.collect(),
            bytes: mem::take(&mut self.bytes),
            events: mem::take(&mut self.events),
            limit: self.limit,
        }
    }

    /// Counts all pending events as stored by the application's own transaction.
    pub(super) fn mark_stored(&mut self) {
        for event in self.events.drain(..) {
            self.sinks[event.sink].stored += 1;
        }
        self.bytes = Vec::new();
        self.sinks.iter_mut().for_each(SinkCounts::clear);
    }

    /// Calls `show` with each event and its recorder.
    pub(super) fn for_each(&self, mut show: impl FnMut(&Event<'_>, &dyn Sink)) {
        for buffered in &self.events {
            let bytes = &self.bytes[buffered.start..buffered.end];
            let event = Event::decode(buffered.occurred_at, bytes);
            show(&event, &*self.sinks[buffered.sink].sink);
        }
    }

    /// Adds an event with a known recorder, and sets the range of its bytes.
    fn push(&mut self, event: BufferedEvent, encoded: &[u8]) {
        let start = self.bytes.len();
        let end = start + encoded.len();
        let event = BufferedEvent {
            start,
            end,
            ..event
        };
        let counts = &mut self.sinks[event.sink];
        let is_full = end + (self.events.len() + 1) * size_of::<BufferedEvent>() > self.limit;
        let taken = if is_full {
            Err(Counter::UnitFull)
        } else {
            counts.take(event.size())
        };
        if let Err(tally) = taken {
            return counts.lose(tally, 1);
        }
        make_room(&mut self.bytes, encoded.len());
        self.bytes.extend_from_slice(encoded);
        self.events.push(event);
    }

    /// Returns whether a call has waited for room at a recorder without success.
    pub(super) fn gave_up(&self, sink: &Arc<dyn Sink>) -> bool {
        self.sinks
            .iter()
            .any(|counts| counts.gave_up && Arc::ptr_eq(&counts.sink, sink))
    }

    /// Returns the index of a recorder, and adds a new recorder.
    fn index_of(&mut self, sink: &Arc<dyn Sink>) -> usize {
        let found = self
            .sinks
            .iter()
            .position(|counts| Arc::ptr_eq(&counts.sink, sink));
        found.unwrap_or_else(|| {
            self.sinks.push(SinkCounts::new(sink));
            self.sinks.len() - 1
        })
    }

    /// Sorts the events by the order of their calls. The events of an inner unit arrive in one piece, perhaps after later
    /// events.
    ///
    /// Timestamps do not give this order, since a clock may be set back.
    fn sort(&mut self) {
        self.events.sort_by_key(|event| event.number);
    }

    /// Submits the events to the recorders from `next` on, each recorder's events in one piece.
    ///
    /// The calls are nested, so that waiting for durability starts after all recorders have their events.
    fn submit(&mut self, next: &mut usize) {
        while let Some(counts) = self.sinks.get(*next) {
            let (index, sink) = (*next, Arc::clone(&counts.sink));
            *next += 1;
            sink.accept_all(&mut |accept| {
                self.give(index, accept);
                self.submit(next);
            });
        }
    }

    /// Submits the events of one recorder.
    fn give(&mut self, index: usize, accept: &mut Accept<'_>) {
        let mut fields = Fields::new();
        let counts = &mut self.sinks[index];
        for event in self.events.iter().filter(|event| event.sink == index) {
            fields.load(&self.bytes[event.start..event.end]);
            if event.unknown {
                fields.set(Field::Commit, UNKNOWN);
                counts.unknown += 1;
            }
            accept(event.occurred_at, &fields);
            counts.pass(event.size());
        }
    }
}

/// Makes room in the buffer. It doubles at first, like `Vec`, and later grows by a quarter: the budget counts the bytes in
/// the buffer, not its capacity.
fn make_room(bytes: &mut Vec<u8>, more: usize) {
    const DOUBLES: usize = 16 * 1024;
    if bytes.capacity() - bytes.len() < more {
        let spare = bytes.capacity().min(DOUBLES).max(bytes.capacity() / 4);
        bytes.reserve_exact(more.max(spare));
    }
}

impl PendingItem for UnitBuffer {
    fn hold(&mut self, buffer: &mut UnitBuffer) {
        // The reserved part of the budget goes first, so that the events find room.
        let mut indexes = Vec::with_capacity(self.sinks.len());
        for counts in &mut self.sinks {
            let index = buffer.index_of(&counts.sink);
            buffer.sinks[index].add(counts);
            indexes.push(index);
        }
        for event in mem::take(&mut self.events) {
            let sink = indexes[event.sink];
            let encoded = &self.bytes[event.start..event.end];
            buffer.push(BufferedEvent { sink, ..event }, encoded);
        }
    }

    fn mark_unknown(&mut self) {
        for event in &mut self.events {
            event.unknown = true;
        }
        self.sinks.iter_mut().for_each(SinkCounts::mark_unknown);
    }

    fn release(&mut self) {
        self.sort();
        self.submit(&mut 0);
        self.sinks.iter().for_each(SinkCounts::count_released);
    }

    fn discard(&mut self) {
        for event in &self.events {
            self.sinks[event.sink].sink.count(Counter::RolledBack);
        }
        self.sinks.iter().for_each(SinkCounts::count_discarded);
    }
}
