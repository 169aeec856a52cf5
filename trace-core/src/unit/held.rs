//! What waits in a unit.

use std::mem;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::event::Event;
use crate::field::Field;
use crate::fields::Fields;
use crate::sink::{Sink, Tally};

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
            release_doubted(&**self.sink, self.occurred_at, &mut self.fields.clone());
        } else {
            self.sink.accept(self.occurred_at, self.fields);
        }
    }

    fn discard(&mut self) {
        self.sink.count(Tally::Discarded);
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

/// What a recorder has to do with the unit beside the events that wait for it.
#[derive(Clone)]
struct Account {
    sink: Arc<dyn Sink>,
    /// Events the unit had no room for.
    left_out: u64,
    /// Events that the host's own transaction stored.
    stored: u64,
    /// Those of them of which it is unknown whether the transaction committed.
    doubted: u64,
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

    /// Takes out what waits; the counts stay.
    pub(super) fn split(&mut self) -> Self {
        self.sort();
        let accounts = self
            .accounts
            .iter()
            .map(|account| Account::new(&account.sink));
        Self {
            bytes: mem::take(&mut self.bytes),
            entries: mem::take(&mut self.entries),
            accounts: accounts.collect(),
            limit: self.limit,
        }
    }

    /// Counts all that waits here as stored by the host's own transaction.
    pub(super) fn mark_stored(&mut self) {
        for entry in self.entries.drain(..) {
            self.accounts[entry.account].stored += 1;
        }
        self.bytes.clear();
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
        if encoded.len() + (self.entries.len() + 1) * size_of::<Entry>()
            > self.limit.saturating_sub(start)
        {
            self.accounts[entry.account].left_out += 1;
            return;
        }
        self.bytes.extend_from_slice(encoded);
        self.entries.push(Entry {
            start,
            end: self.bytes.len(),
            ..entry
        });
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
}

impl Account {
    fn new(sink: &Arc<dyn Sink>) -> Self {
        Self {
            sink: Arc::clone(sink),
            left_out: 0,
            stored: 0,
            doubted: 0,
        }
    }

    fn add(&mut self, other: &Self) {
        self.left_out += other.left_out;
        self.stored += other.stored;
        self.doubted += other.doubted;
    }

    fn count(&self, tally: Tally, times: u64) {
        for _ in 0..times {
            self.sink.count(tally);
        }
    }
}

impl Waiting for Held {
    fn hold(&mut self, held: &mut Held) {
        for entry in mem::take(&mut self.entries) {
            let account = held.account(&self.accounts[entry.account].sink);
            let encoded = &self.bytes[entry.start..entry.end];
            held.push(Entry { account, ..entry }, encoded);
        }
        for account in self.accounts.drain(..) {
            let index = held.account(&account.sink);
            held.accounts[index].add(&account);
        }
    }

    fn doubt(&mut self) {
        for entry in &mut self.entries {
            entry.doubted = true;
        }
        for account in &mut self.accounts {
            account.doubted += mem::take(&mut account.stored);
        }
    }

    fn release(&mut self) {
        self.sort();
        let mut fields = Fields::new();
        for entry in &self.entries {
            fields.load(&self.bytes[entry.start..entry.end]);
            let sink = &*self.accounts[entry.account].sink;
            if entry.doubted {
                release_doubted(sink, entry.occurred_at, &mut fields);
            } else {
                sink.accept(entry.occurred_at, &fields);
            }
        }
        for account in &self.accounts {
            account.count(Tally::UnitFull, account.left_out);
            account.count(Tally::InTransaction, account.stored);
            account.count(Tally::CommitUnknown, account.doubted);
        }
    }

    fn discard(&mut self) {
        for entry in &self.entries {
            self.accounts[entry.account].sink.count(Tally::Discarded);
        }
        for account in &self.accounts {
            let gone = account.left_out + account.stored + account.doubted;
            account.count(Tally::Discarded, gone);
        }
    }
}

fn release_doubted(sink: &dyn Sink, occurred_at: Timestamp, fields: &mut Fields) {
    fields.set(Field::Commit, "unknown");
    sink.accept(occurred_at, fields);
    sink.count(Tally::CommitUnknown);
}
