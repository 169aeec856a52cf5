//! The loop against a scripted store.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behavior_trace_core::{Activity, Field, Fields, Timestamp};
use uuid::Uuid;

use super::{Destination, start};
use crate::config::Config;
use crate::fallback::Fallback;
use crate::recorder::{Handle, Shared};
use crate::stats::Stats;
use crate::store::{Class, DatabaseUrl, StoreError};

const LONG: Duration = Duration::from_secs(20);

/// How the scripted store answers one call.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Stores,
    Fails(Class),
    /// It stores, and the answer is lost.
    StoresButFails(Class),
    /// It stores only this many.
    StoresFirst(usize, Class),
    Panics,
    Hangs,
}

/// A store that answers as it is told, and refuses rows whose action is `bad.row`.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    connects: VecDeque<Class>,
    answers: VecDeque<Answer>,
    /// When the script is over.
    always: Option<Class>,
    rows: HashMap<(Timestamp, Uuid), Activity>,
    statements: usize,
    largest: usize,
}

impl Scripted {
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let scripted = Self::default();
        scripted.inner().answers.extend(answers);
        scripted
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it looks")
    }

    fn actions(&self) -> Vec<String> {
        let mut actions: Vec<_> = self
            .inner()
            .rows
            .values()
            .map(|row| row.action.clone())
            .collect();
        actions.sort();
        actions
    }
}

impl Inner {
    fn store(&mut self, rows: &[Activity]) -> Result<(), StoreError> {
        if rows.iter().any(|row| row.action == "bad.row") {
            return Err(StoreError::new(Class::Poison, "value too long"));
        }
        if rows.len() > 1 && rows.iter().map(|row| row.payload.len()).sum::<usize>() > 1000 {
            return Err(StoreError::new(Class::TooBig, "packet too big"));
        }
        if rows.iter().any(|row| row.payload.len() > 1000) {
            return Err(StoreError::new(Class::TooBig, "row too big"));
        }
        for row in rows {
            self.rows
                .insert((row.occurred_at, row.event_id), row.clone());
        }
        Ok(())
    }
}

impl Destination for Scripted {
    type Connection = Self;

    async fn connect(&self) -> Result<Self, StoreError> {
        match self.inner().connects.pop_front() {
            Some(class) => Err(StoreError::new(class, "scripted")),
            None => Ok(self.clone()),
        }
    }

    async fn insert(connection: &mut Self, rows: &[Activity]) -> Result<(), StoreError> {
        let answer = {
            let mut inner = connection.inner();
            inner.statements += 1;
            inner.largest = inner.largest.max(rows.len());
            match (inner.answers.pop_front(), inner.always) {
                (Some(answer), _) => answer,
                (None, Some(class)) => Answer::Fails(class),
                (None, None) => Answer::Stores,
            }
        };
        let fail = |class| Err(StoreError::new(class, "scripted"));
        match answer {
            Answer::Stores => connection.inner().store(rows),
            Answer::Fails(class) => fail(class),
            Answer::StoresButFails(class) => {
                connection.inner().store(rows)?;
                fail(class)
            }
            Answer::StoresFirst(count, class) => {
                connection.inner().store(&rows[..count])?;
                Err(StoreError::new(class, "scripted").after(count))
            }
            Answer::Panics => panic!("scripted"),
            Answer::Hangs => std::future::pending().await,
        }
    }

    async fn close(_: Self) {}
}

/// A recorder with a scripted store.
pub(crate) struct Rig {
    pub(crate) handle: Handle,
    pub(crate) shared: Arc<Shared>,
}

impl Rig {
    pub(crate) fn start(store: &Scripted, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.database_url = Some(DatabaseUrl::memory());
        config.fallback = Fallback::Off;
        config.linger = Duration::from_millis(5);
        config.statement_timeout = Duration::from_millis(200);
        change(&mut config);
        let shared = Arc::new(Shared::new(config));
        start(Arc::clone(&shared), store.clone()).expect("a thread");
        Self {
            handle: Handle::of(Arc::clone(&shared)),
            shared,
        }
    }

    pub(crate) fn record(&self, action: &str) {
        self.record_with(action, "{}");
    }

    pub(crate) fn record_with(&self, action: &str, payload: &str) {
        let sink = self.handle.sink();
        if sink.has_room() {
            let mut fields = Fields::new();
            fields.put(Field::Action, action);
            fields.put(Field::Resource, "Thing");
            fields.put(Field::Payload, payload);
            sink.accept(Timestamp::now(), &fields);
        }
    }

    pub(crate) fn settled(&self) -> Stats {
        let report = self.handle.flush_blocking(LONG);
        assert!(report.is_complete(), "{report:?}");
        let stats = self.handle.stats();
        assert_eq!(stats.balance(), 0, "{stats:?}");
        stats
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("thing.n{n:04}")).collect()
}

#[test]
fn every_event_is_stored_once() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    let names = names(2500);
    names.iter().for_each(|name| rig.record(name));
    let stats = rig.settled();
    assert_eq!((stats.accepted, stats.stored), (2500, 2500));
    assert_eq!(store.actions(), names);
    assert!(store.inner().largest <= 1000);
}

#[test]
fn a_lost_answer_is_followed_by_the_same_ids() {
    let answers = (0..3).map(|_| Answer::StoresButFails(Class::UnknownOutcome));
    let store = Scripted::answering(answers);
    let rig = Rig::start(&store, |_| {});
    names(10).iter().for_each(|name| rig.record(name));
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.failed_attempts), (10, 3));
    assert_eq!(store.actions(), names(10));
}

#[test]
fn an_attempt_that_hangs_is_given_up_and_repeated() {
    let store = Scripted::answering([Answer::Hangs, Answer::Stores]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    assert_eq!(store.actions(), ["thing.one"]);
}

#[test]
fn rows_known_to_be_stored_are_not_sent_again() {
    let store = Scripted::answering([Answer::StoresFirst(7, Class::Transient)]);
    let rig = Rig::start(&store, |_| {});
    names(10).iter().for_each(|name| rig.record(name));
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.failed_attempts), (10, 1));
    assert_eq!(store.actions(), names(10));
}

#[test]
fn a_panicking_attempt_loses_nothing() {
    let store = Scripted::answering([Answer::Panics]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
}

#[test]
fn one_bad_row_at_any_place_costs_at_most_ten_more_statements() {
    for place in [0, 1, 249, 250, 251, 498, 499] {
        let store = Scripted::default();
        let rig = Rig::start(&store, |config| config.linger = Duration::from_secs(5));
        for at in 0..500 {
            rig.record(if at == place { "bad.row" } else { "good.row" });
        }
        let stats = rig.settled();
        assert_eq!((stats.stored, stats.dropped.poison), (499, 1), "{place}");
        assert_eq!(store.actions().len(), 499, "{place}");
        let statements = store.inner().statements;
        assert!(
            statements <= 11,
            "{statements} statements, bad row at {place}"
        );
    }
}

#[test]
fn a_row_that_is_too_big_loses_its_payload_and_not_its_life() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.small");
    rig.record_with("thing.big", &format!("{:?}", "x".repeat(5000)));
    rig.record("thing.also_small");
    assert_eq!(rig.settled().stored, 3);
    let inner = store.inner();
    let big = inner.rows.values().find(|row| row.action == "thing.big");
    let payload = &big.expect("stored").payload;
    assert!(payload.contains("truncated"), "{payload}");
}

#[test]
fn a_store_that_is_away_is_waited_for() {
    let store = Scripted::default();
    store
        .inner()
        .connects
        .extend([Class::Unavailable, Class::Configuration]);
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.one");
    assert_eq!(rig.settled().stored, 1);
    assert_eq!(rig.handle.health().status, crate::Status::Green);
}

#[test]
fn a_shutdown_that_reaches_nobody_counts_what_it_drops() {
    let store = Scripted::default();
    store.inner().always = Some(Class::Transient);
    let rig = Rig::start(&store, |_| {});
    names(10).iter().for_each(|name| rig.record(name));
    let report = rig.handle.shut_down(Duration::from_millis(300));
    assert_eq!((report.dropped.shutdown, report.pending), (10, 0));
    rig.record("thing.late");
    let stats = rig.handle.stats();
    assert_eq!(stats.dropped.after_shutdown, 1);
    assert_eq!(stats.balance(), 0);
}

#[test]
fn a_full_queue_drops_the_newest_and_counts_them() {
    let store = Scripted::default();
    store.inner().always = Some(Class::Unavailable);
    let rig = Rig::start(&store, |config| config.queue_bytes = 64 * 1024);
    for name in names(2000) {
        rig.record_with(&name, &format!("{:?}", "x".repeat(100)));
    }
    let stats = rig.handle.stats();
    assert!(stats.dropped.queue_full > 0);
    assert_eq!(stats.accepted, 2000);
    assert_eq!(stats.balance(), 0);
    store.inner().always = None;
    let stats = rig.settled();
    assert_eq!(stats.stored + stats.dropped.queue_full, 2000);
    assert_eq!(store.actions()[0], "thing.n0000");
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    let store = Scripted::default();
    store.inner().connects.push_back(Class::Unavailable);
    let rig = Rig::start(&store, |config| {
        config.on_error = Some(Arc::new(|_| panic!("a hook")));
    });
    rig.record("thing.one");
    let stats = rig.settled();
    assert_eq!((stats.stored, stats.restarts), (1, 0));
    assert!(stats.panicked >= 1);
}
