//! A store that follows a script, and a recorder that uses it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use behavior_trace_core::{Activity, Field, Fields, Timestamp};
use behavior_trace_store::DatabaseUrl;
use behavior_trace_store::delivery::{ErrorClass, RowRefusal, SessionEnd, SessionName, StoreError};
use uuid::Uuid;

use crate::config::Config;
use crate::config::ErrorOutput;
use crate::pipeline::{RecorderHandle, storage_of};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::writer::{StoreDriver, start};

pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Answer of the scripted store to one call.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Stores,
    Fails(ErrorClass),
    /// It stores the rows, and the answer is lost.
    StoresButFails(ErrorClass),
    /// It stores only this many rows.
    StoresFirst(usize, ErrorClass),
    Panics,
    Hangs,
    CommitsLate,
}

/// Behaviour of the scripted store after its script.
#[derive(Clone, Debug, Default)]
pub(crate) enum Mode {
    #[default]
    Up,
    Away,
    LosesAnswers,
    /// It stores long after the caller has given up.
    CommitsLate,
}

/// A store that answers as scripted. It refuses rows with the action `bad.row`, and rows with `odd.row` without a reason.
#[derive(Default)]
pub(crate) struct Scripted(Arc<Mutex<Inner>>);

impl Clone for Scripted {
    /// Panics if a test asks for it: the loop clones the store for each attempt.
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
pub(crate) struct Inner {
    pub(crate) connects: VecDeque<ErrorClass>,
    pub(crate) answers: VecDeque<Answer>,
    /// Error of every call after the script.
    pub(crate) always: Option<ErrorClass>,
    pub(crate) mode: Mode,
    /// Number of panics still to come.
    pub(crate) panics: u32,
    pub(crate) rows: HashMap<(Timestamp, Uuid), Activity<'static>>,
    pub(crate) statements: usize,
    pub(crate) largest: usize,
}

impl Scripted {
    pub(crate) fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let scripted = Self::default();
        scripted.inner().answers.extend(answers);
        scripted
    }

    pub(crate) fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().expect("no test panics while it looks")
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.inner().mode = mode;
    }

    /// Returns the same store for another process.
    pub(crate) fn again(&self) -> Self {
        Self(Arc::clone(&self.0))
    }

    /// Waits until the store has had this many calls.
    pub(crate) fn wait_for(&self, statements: usize) {
        let deadline = std::time::Instant::now() + LONG;
        while self.inner().statements < statements {
            assert!(std::time::Instant::now() < deadline, "nobody asks");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn actions(&self) -> Vec<String> {
        let mut actions: Vec<_> = self
            .inner()
            .rows
            .values()
            .map(|row| row.action.to_string())
            .collect();
        actions.sort();
        actions
    }
}

impl Inner {
    fn store(&mut self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        if rows.iter().any(|row| row.action == "odd.row") {
            return Err(StoreError::new(ErrorClass::Other, "nobody knows"));
        }
        if rows.iter().any(|row| row.action == "bad.row") {
            return Err(StoreError::new(ErrorClass::Value, "value too long"));
        }
        if rows.len() > 1 && rows.iter().map(|row| row.payload.len()).sum::<usize>() > 1000 {
            return Err(StoreError::new(ErrorClass::TooBig, "packet too big"));
        }
        if rows.iter().any(|row| row.payload.len() > 1000) {
            return Err(StoreError::new(ErrorClass::TooBig, "row too big"));
        }
        for row in rows {
            self.rows
                .insert((row.occurred_at, row.event_id), row.clone().into_owned());
        }
        Ok(())
    }
}

impl StoreDriver for Scripted {
    type Connection = Self;

    async fn connect(&self) -> Result<Self, StoreError> {
        if matches!(self.inner().mode, Mode::Away) {
            return Err(StoreError::new(ErrorClass::Unavailable, "scripted"));
        }
        match self.inner().connects.pop_front() {
            Some(class) => Err(StoreError::new(class, "scripted")),
            None => Ok(self.again()),
        }
    }

    fn name(_: &Self) -> Option<SessionName> {
        None
    }

    async fn end(_: &mut Self, _: &SessionName) -> Result<SessionEnd, StoreError> {
        Ok(SessionEnd::Ended)
    }

    async fn check(&self, _: &mut Self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn sift(
        connection: &mut Self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        connection.inner().statements += 1;
        let always = connection.inner().always;
        let mut refused: Vec<RowRefusal> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let stored = match always {
                Some(class) => Err(StoreError::new(class, "scripted")),
                None => connection.inner().store(std::slice::from_ref(row)),
            };
            match stored {
                Ok(()) => refused.iter_mut().for_each(|it| it.passed_after = true),
                Err(error) => refused.push(RowRefusal {
                    index,
                    error,
                    passed_after: false,
                }),
            }
        }
        Ok(refused)
    }

    async fn probe(connection: &mut Self, _: Timestamp) -> Result<(), StoreError> {
        let always = connection.inner().always;
        always.map_or(Ok(()), |class| Err(StoreError::new(class, "scripted")))
    }

    async fn insert(connection: &mut Self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        let answer = {
            let mut inner = connection.inner();
            inner.statements += 1;
            inner.largest = inner.largest.max(rows.len());
            match (inner.answers.pop_front(), inner.always, &inner.mode) {
                (Some(answer), ..) => answer,
                (None, Some(class), _) => Answer::Fails(class),
                (None, None, Mode::Up) => Answer::Stores,
                (None, None, Mode::Away) => Answer::Fails(ErrorClass::Unavailable),
                (None, None, Mode::LosesAnswers) => {
                    Answer::StoresButFails(ErrorClass::UnknownOutcome)
                }
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
                let rows: Vec<_> = rows.iter().cloned().map(Activity::into_owned).collect();
                let store = connection.again();
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
    pub(crate) handle: RecorderHandle,
}

impl Rig {
    pub(crate) fn start(store: &Scripted, change: impl FnOnce(&mut Config)) -> Self {
        let shared = Self::shared(change);
        let storage = storage_of(&shared.config);
        start(Arc::clone(&shared), store.again(), storage).expect("a thread");
        Self {
            handle: RecorderHandle::of(shared),
        }
    }

    pub(crate) fn shared(change: impl FnOnce(&mut Config)) -> Arc<Shared> {
        let mut config = Config::default();
        config.database_url = Some(DatabaseUrl::memory());
        config.error_output = ErrorOutput::Off;
        config.linger = Some(Duration::from_millis(5));
        config.statement_timeout = Duration::from_millis(200);
        change(&mut config);
        Arc::new(Shared::new(config))
    }

    pub(crate) fn record(&self, action: &str) {
        Self::record_at(&self.handle, action);
    }

    pub(crate) fn record_at(handle: &RecorderHandle, action: &str) {
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

    /// Waits until the writer has panicked and restarted this often. Printing a panic takes time.
    pub(crate) fn wait_for_restarts(&self, count: u64) {
        let deadline = std::time::Instant::now() + LONG;
        while self.handle.stats().restarts < count {
            assert!(
                std::time::Instant::now() < deadline,
                "it does not panic so often"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the statistics satisfy the condition.
    pub(crate) fn when(&self, holds: impl Fn(&Stats) -> bool) -> Stats {
        self.when_within(LONG, holds)
    }

    /// Waits like [`when`](Self::when), up to `time`.
    pub(crate) fn when_within(&self, time: Duration, holds: impl Fn(&Stats) -> bool) -> Stats {
        let deadline = std::time::Instant::now() + time;
        loop {
            let stats = self.handle.stats();
            // The counters are read one after the other, so their sum is exact at rest alone.
            if holds(&stats) && stats.unaccounted() == 0 {
                return stats;
            }
            assert!(std::time::Instant::now() < deadline, "{stats:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn settled(&self) -> Stats {
        let report = self.handle.flush_blocking(LONG);
        assert!(report.is_complete(), "{report:?}");
        let stats = self.handle.stats();
        assert_eq!(stats.unaccounted(), 0, "{stats:?}");
        stats
    }
}

pub(crate) fn hand_over(handle: &RecorderHandle, action: &str, payload: &str) {
    let sink = handle.sink();
    if sink.has_room() {
        sink.accept(Timestamp::now(), &fields(action, payload));
    }
}

pub(crate) fn fields(action: &str, payload: &str) -> Fields {
    let mut fields = Fields::new();
    fields.put(Field::Action, action);
    fields.put(Field::Resource, "Thing");
    fields.put(Field::Payload, payload);
    fields
}

/// Returns `count` different actions.
pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("thing.n{n:04}")).collect()
}
