//! What waits in a unit.

use std::mem;
use std::sync::Arc;

use super::account::Account;
use crate::clock::Timestamp;
use crate::event::Event;
use crate::field::Field;
use crate::fields::Fields;
use crate::sink::{Accept, Counter, Sink};

/// What an event says of a commit whose answer was lost.
const UNKNOWN: &str = "unknown";

/// Something that waits until a unit's end is known: one event, or all that an inner unit held.
pub(super) trait Waiting {
    /// Waits on, in an open unit.
    fn hold(&mut self, held: &mut Held);

    /// From here on it is unknown whether what it tells of was committed.
    fn doubt(&mut self);

    /// Leaves for its recorder.
    fn release(&mut self);

    /// Vanishes, counted.
    fn discard(&mut self);
}

/// An event on its way into a unit.
pub(super) struct Single<'a> {
    sink: &'a Arc<dyn Sink>,
    occurred_at: Timestamp,
    /// Its place among the calls of the unit and of those around and inside it.
    number: u64,
    fields: &'a Fields,
    doubted: bool,
}

impl<'a> Single<'a> {
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
            doubted: false,
        }
    }
}

impl Waiting for Single<'_> {
    fn hold(&mut self, held: &mut Held) {
        let entry = Entry {
            occurred_at: self.occurred_at,
            number: self.number,
            account: held.account(self.sink),
            start: 0,
            end: 0,
            doubted: self.doubted,
        };
        held.push(entry, self.fields.as_bytes());
    }

    fn doubt(&mut self) {
        self.doubted = true;
    }

    fn release(&mut self) {
        if self.doubted {
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

/// An event for which its recorder has no room: lost if the unit commits.
pub(super) struct Lost<'a> {
    sink: &'a Arc<dyn Sink>,
}

impl<'a> Lost<'a> {
    pub(super) const fn new(sink: &'a Arc<dyn Sink>) -> Self {
        Self { sink }
    }
}

impl Waiting for Lost<'_> {
    fn hold(&mut self, held: &mut Held) {
        let account = held.account(self.sink);
        held.accounts[account].lose(Counter::QueueFull, 1);
        held.accounts[account].gave_up = true;
    }

    fn doubt(&mut self) {}

    fn release(&mut self) {
        self.sink.count(Counter::QueueFull);
    }

    fn discard(&mut self) {
        self.sink.count(Counter::RolledBack);
    }
}

/// All events that wait in a unit, in one buffer.
#[derive(Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Nearly always one: a unit sees several recorders only if subscribers change inside it.
    accounts: Vec<Account>,
    limit: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    occurred_at: Timestamp,
    number: u64,
    account: usize,
    start: usize,
    end: usize,
    doubted: bool,
}

impl Entry {
    /// How much memory it takes while it waits.
    const fn size(&self) -> usize {
        self.end - self.start + size_of::<Self>()
    }
}

impl Held {
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
        self.entries.is_empty()
    }

    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes out what waits; the counts stay.
    pub(super) fn split(&mut self) -> Self {
        self.sort();
        let accounts = self.accounts.iter_mut().map(Account::split);
        Self {
            accounts: accounts.collect(),
            bytes: mem::take(&mut self.bytes),
            entries: mem::take(&mut self.entries),
            limit: self.limit,
        }
    }

    /// Counts all that waits here as stored by the host's own transaction.
    pub(super) fn mark_stored(&mut self) {
        for entry in self.entries.drain(..) {
            self.accounts[entry.account].stored += 1;
        }
        self.bytes = Vec::new();
        self.accounts.iter_mut().for_each(Account::clear);
    }

    /// Shows each event and its recorder.
    pub(super) fn for_each(&self, mut show: impl FnMut(&Event<'_>, &dyn Sink)) {
        for entry in &self.entries {
            let event = Event::decode(entry.occurred_at, &self.bytes[entry.start..entry.end]);
            show(&event, &*self.accounts[entry.account].sink);
        }
    }

    /// Takes an event whose account is known; where its bytes go is decided here.
    fn push(&mut self, entry: Entry, encoded: &[u8]) {
        let start = self.bytes.len();
        let end = start + encoded.len();
        let entry = Entry {
            start,
            end,
            ..entry
        };
        let account = &mut self.accounts[entry.account];
        let is_full = end + (self.entries.len() + 1) * size_of::<Entry>() > self.limit;
        let taken = if is_full {
            Err(Counter::UnitFull)
        } else {
            account.take(entry.size())
        };
        if let Err(tally) = taken {
            return account.lose(tally, 1);
        }
        make_room(&mut self.bytes, encoded.len());
        self.bytes.extend_from_slice(encoded);
        self.entries.push(entry);
    }

    /// Whether somebody has waited in vain for room at a recorder.
    pub(super) fn gave_up(&self, sink: &Arc<dyn Sink>) -> bool {
        let mut accounts = self.accounts.iter();
        accounts.any(|account| account.gave_up && Arc::ptr_eq(&account.sink, sink))
    }

    fn account(&mut self, sink: &Arc<dyn Sink>) -> usize {
        let found = self
            .accounts
            .iter()
            .position(|account| Arc::ptr_eq(&account.sink, sink));
        found.unwrap_or_else(|| {
            self.accounts.push(Account::new(sink));
            self.accounts.len() - 1
        })
    }

    /// Into the order of the calls: what inner units passed on came in one piece, perhaps behind later events. Times do not
    /// tell it, since a clock may be set back.
    fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.number);
    }
    /// Hands over what waits for the recorders from `next` on. Each gets its events in one piece and waits, if its host asked
    /// for that, when all have theirs.
    fn hand_over(&mut self, next: &mut usize) {
        while let Some(account) = self.accounts.get(*next) {
            let (index, sink) = (*next, Arc::clone(&account.sink));
            *next += 1;
            sink.accept_all(&mut |accept| {
                self.give(index, accept);
                self.hand_over(next);
            });
        }
    }

    fn give(&mut self, index: usize, accept: &mut Accept<'_>) {
        let mut fields = Fields::new();
        let account = &mut self.accounts[index];
        for entry in self.entries.iter().filter(|entry| entry.account == index) {
            fields.load(&self.bytes[entry.start..entry.end]);
            if entry.doubted {
                fields.set(Field::Commit, UNKNOWN);
                account.doubted += 1;
            }
            accept(entry.occurred_at, &fields);
            account.pass(entry.size());
        }
    }
}

/// Doubles up to a point as `Vec` does, and then grows by a quarter: the budget counts what is in the buffer, not what it
/// could hold.
fn make_room(bytes: &mut Vec<u8>, more: usize) {
    const DOUBLES: usize = 16 * 1024;
    if bytes.capacity() - bytes.len() < more {
        let spare = bytes.capacity().min(DOUBLES).max(bytes.capacity() / 4);
        bytes.reserve_exact(more.max(spare));
    }
}

impl Waiting for Held {
    fn hold(&mut self, held: &mut Held) {
        // What the events have of the budget first: they find room for themselves.
        let mut places = Vec::with_capacity(self.accounts.len());
        for account in &mut self.accounts {
            let place = held.account(&account.sink);
            held.accounts[place].add(account);
            places.push(place);
        }
        for entry in mem::take(&mut self.entries) {
            let account = places[entry.account];
            let encoded = &self.bytes[entry.start..entry.end];
            held.push(Entry { account, ..entry }, encoded);
        }
    }

    fn doubt(&mut self) {
        for entry in &mut self.entries {
            entry.doubted = true;
        }
        self.accounts.iter_mut().for_each(Account::doubt);
    }

    fn release(&mut self) {
        self.sort();
        self.hand_over(&mut 0);
        self.accounts.iter().for_each(Account::released);
    }

    fn discard(&mut self) {
        for entry in &self.entries {
            self.accounts[entry.account].sink.count(Counter::RolledBack);
        }
        self.accounts.iter().for_each(Account::discarded);
    }
}
