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
    CommitsLate,
}

/// How the scripted store behaves when its script is over.
#[derive(Clone, Debug, Default)]
pub(crate) enum Mode {
    #[default]
    Up,
    Away,
    LosesAnswers,
    /// It stores long after the caller has given up.
    CommitsLate,
}

/// A store that answers as it is told, and refuses rows whose action is `bad.row`.
#[derive(Default)]
pub(crate) struct Scripted(Arc<Mutex<Inner>>);

impl Clone for Scripted {
    /// The loop clones it for each attempt, which is where a test makes the loop panic.
    fn clone(&self) -> Self {
        let panics = {
            let mut inner = self.inner();
            let panics = inner.panics > 0;
            inner.panics -= u32::from(panics);
            panics
        };
        assert!(!panics, "scripted");
        Self(Arc::clone(&self.0))
    }
}

#[derive(Default)]
struct Inner {
    connects: VecDeque<Class>,
    answers: VecDeque<Answer>,
    /// When the script is over.
    always: Option<Class>,
    mode: Mode,
    /// How often the loop still panics.
    panics: u32,
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

    pub(crate) fn set(&self, mode: Mode) {
        self.inner().mode = mode;
    }

    /// The same store, for another process.
    pub(crate) fn again(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    pub(crate) fn actions(&self) -> Vec<String> {
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
        if matches!(self.inner().mode, Mode::Away) {
            return Err(StoreError::new(Class::Unavailable, "scripted"));
        }
        match self.inner().connects.pop_front() {
            Some(class) => Err(StoreError::new(class, "scripted")),
            None => Ok(self.again()),
        }
    }

    async fn insert(connection: &mut Self, rows: &[Activity]) -> Result<(), StoreError> {
        let answer = {
            let mut inner = connection.inner();
            inner.statements += 1;
            inner.largest = inner.largest.max(rows.len());
            match (inner.answers.pop_front(), inner.always, &inner.mode) {
                (Some(answer), ..) => answer,
                (None, Some(class), _) => Answer::Fails(class),
                (None, None, Mode::Up) => Answer::Stores,
                (None, None, Mode::Away) => Answer::Fails(Class::Unavailable),
                (None, None, Mode::LosesAnswers) => Answer::StoresButFails(Class::UnknownOutcome),
                (None, None, Mode::CommitsLate) => Answer::CommitsLate,
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
            Answer::CommitsLate => {
                let (store, rows) = (connection.again(), rows.to_vec());
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(25));
                    let _ = store.inner().store(&rows);
                });
                std::future::pending().await
            }
        }
    }

    async fn close(_: Self) {}
}

/// A recorder with a scripted store.
pub(crate) struct Rig {
    pub(crate) handle: Handle,
}

impl Rig {
    pub(crate) fn start(store: &Scripted, change: impl FnOnce(&mut Config)) -> Self {
        let shared = Self::shared(change);
        start(Arc::clone(&shared), store.again()).expect("a thread");
        Self {
            handle: Handle::of(shared),
        }
    }

    pub(crate) fn shared(change: impl FnOnce(&mut Config)) -> Arc<Shared> {
        let mut config = Config::default();
        config.database_url = Some(DatabaseUrl::memory());
        config.fallback = Fallback::Off;
        config.linger = Duration::from_millis(5);
        config.statement_timeout = Duration::from_millis(200);
        change(&mut config);
        Arc::new(Shared::new(config))
    }

    pub(crate) fn record(&self, action: &str) {
        Self::record_at(&self.handle, action);
    }

    pub(crate) fn record_at(handle: &Handle, action: &str) {
        hand_over(handle, action, "{}");
    }

    pub(crate) fn record_all(&self, actions: &[String]) {
        for action in actions {
            self.record(action);
        }
    }

    pub(crate) fn record_with(&self, action: &str, payload: &str) {
        hand_over(&self.handle, action, payload);
    }

    pub(crate) fn settled(&self) -> Stats {
        let report = self.handle.flush_blocking(LONG);
        assert!(report.is_complete(), "{report:?}");
        let stats = self.handle.stats();
        assert_eq!(stats.balance(), 0, "{stats:?}");
        stats
    }
}

fn hand_over(handle: &Handle, action: &str, payload: &str) {
    let sink = handle.sink();
    if sink.has_room() {
        let mut fields = Fields::new();
        fields.put(Field::Action, action);
        fields.put(Field::Resource, "Thing");
        fields.put(Field::Payload, payload);
        sink.accept(Timestamp::now(), &fields);
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
    rig.record_all(&names);
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
    rig.record_all(&names(10));
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
    rig.record_all(&names(10));
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
    rig.record_all(&names(10));
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

#[test]
fn a_panic_of_the_writer_costs_at_most_the_batch_at_hand_and_is_counted() {
    let store = Scripted::default();
    let rig = Rig::start(&store, |_| {});
    rig.record("thing.before");
    assert_eq!(rig.settled().stored, 1);
    store.inner().panics = 1;
    rig.record("thing.unlucky");
    let stats = rig.settled();
    assert_eq!((stats.restarts, stats.dropped.writer_died), (1, 1));
    rig.record("thing.after");
    assert_eq!(rig.settled().stored, 2);
    let health = rig.handle.health();
    assert_eq!(health.status, crate::Status::Red, "{health:?}");
}

#[test]
fn a_writer_that_keeps_panicking_ends_and_counts_everything() {
    let store = Scripted::default();
    store.inner().panics = 1000;
    let rig = Rig::start(&store, |_| {});
    rig.record_all(&names(10));
    let report = rig.handle.shut_down(Duration::from_millis(500));
    assert_eq!(report.pending, 0, "{report:?}");
    assert_eq!(report.dropped.total(), 10, "{report:?}");
    assert_eq!(rig.handle.stats().balance(), 0);
}

#[cfg(feature = "sqlite")]
mod with_a_spool {
    use super::*;
    use crate::config::Durability;
    use tempfile::{TempDir, tempdir};

    fn rig(store: &Scripted, directory: &TempDir) -> Rig {
        Rig::start(store, |config| {
            config.spool_dir = Some(directory.path().to_owned());
        })
    }

    fn when(rig: &Rig, holds: impl Fn(&Stats) -> bool) -> Stats {
        let deadline = std::time::Instant::now() + LONG;
        loop {
            let stats = rig.handle.stats();
            if holds(&stats) {
                assert_eq!(stats.balance(), 0, "{stats:?}");
                return stats;
            }
            assert!(std::time::Instant::now() < deadline, "{stats:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn an_outage_is_spooled_and_drained_when_the_store_is_back() {
        let directory = tempdir().expect("a directory");
        let store = Scripted::default();
        store.inner().always = Some(Class::Unavailable);
        let rig = rig(&store, &directory);
        rig.record_all(&names(1500));
        let stats = rig.settled();
        assert_eq!((stats.spooled, stats.stored), (1500, 0));
        assert_eq!(rig.handle.health().status, crate::Status::Degraded);
        store.inner().always = None;
        when(&rig, |stats| stats.stored == 1500 && stats.spooled == 0);
        assert_eq!(store.actions(), names(1500));
    }

    #[test]
    fn a_shutdown_spools_what_the_store_does_not_take_and_the_next_start_delivers_it() {
        let directory = tempdir().expect("a directory");
        let away = Scripted::answering((0..100).map(|_| Answer::Hangs));
        let first = rig(&away, &directory);
        first.record_all(&names(700));
        let report = first.handle.shut_down(Duration::from_secs(3));
        assert_eq!((report.spooled, report.dropped.total()), (700, 0));
        assert_eq!(first.handle.stats().balance(), 0);
        let back = Scripted::default();
        let second = rig(&back, &directory);
        let stats = when(&second, |stats| stats.stored == 700);
        assert_eq!((stats.recovered, stats.spooled), (700, 0));
        assert_eq!(back.actions(), names(700));
    }

    #[test]
    fn a_durable_event_is_spooled_before_its_call_returns() {
        let directory = tempdir().expect("a directory");
        let store = Scripted::default();
        store.inner().always = Some(Class::Unavailable);
        let rig = Rig::start(&store, |config| {
            config.spool_dir = Some(directory.path().to_owned());
            config.durability = Some(Durability::Memory);
            config.durable_actions = vec!["order.*".to_owned()];
            config.linger = LONG;
        });
        rig.record("thing.update");
        rig.record("order.approve");
        let stats = rig.handle.stats();
        assert_eq!((stats.spooled, stats.not_durable), (1, 0), "{stats:?}");
        assert_eq!(stats.balance(), 0);
    }

    #[test]
    fn a_bad_row_becomes_a_dead_letter_wherever_it_comes_from() {
        let directory = tempdir().expect("a directory");
        let store = Scripted::default();
        let rig = rig(&store, &directory);
        rig.record("bad.row");
        rig.record("good.row");
        when(&rig, |stats| stats.dead_lettered == 1 && stats.stored == 1);
        store.inner().always = Some(Class::Unavailable);
        rig.record("bad.row");
        rig.record("good.row");
        when(&rig, |stats| stats.spooled == 2);
        store.inner().always = None;
        let stats = when(&rig, |stats| stats.stored == 2);
        assert_eq!((stats.dead_lettered, stats.dropped.total()), (2, 0));
    }

    #[test]
    fn a_full_spool_leaves_events_in_memory_until_there_is_room() {
        let directory = tempdir().expect("a directory");
        let store = Scripted::default();
        store.inner().always = Some(Class::Unavailable);
        let rig = Rig::start(&store, |config| {
            config.spool_dir = Some(directory.path().to_owned());
            config.spool_bytes = 512 << 10;
        });
        let names = names(3000);
        rig.record_all(&names);
        let stats = when(&rig, |stats| {
            stats.spooled > 0 && rig.handle.health().status == crate::Status::Red
        });
        assert!(stats.in_memory > 0, "{stats:?}");
        store.inner().always = None;
        when(&rig, |stats| stats.stored == 3000);
        assert_eq!(store.actions(), names);
    }

    #[test]
    fn after_two_panics_the_writer_only_spools() {
        let directory = tempdir().expect("a directory");
        let store = Scripted::default();
        store.inner().panics = 2;
        let rig = rig(&store, &directory);
        when(&rig, |stats| stats.restarts == 2);
        rig.record("thing.one");
        let stats = rig.settled();
        assert_eq!((stats.spooled, stats.stored), (1, 0));
    }
}
