//! A recorder in front of a faulty store, and the promises of each such row.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::Config;
use behavior_trace::config::Pipeline;
use behavior_trace::health::HealthStatus;
use behavior_trace_core::{Field, Fields, Sink, Timestamp};
use serde_json::{Value, json};

use super::{compare, lasts, limit};
use crate::faults::load::{Acked, Load, payload};
use crate::faults::report::Row;
use crate::faults::site::Site;

/// Time limit for health to show a fault, or its end.
const NOTICED: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// Source of the table's rows, each as its event and its payload.
pub(super) type Table<'s> = Box<dyn Fn() -> Vec<(String, String)> + 's>;

pub(crate) struct Trial<'s> {
    pub(crate) row: Row,
    pub(crate) recorder: Pipeline,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) acked: Acked,
    pub(super) spool: Option<PathBuf>,
    pub(super) table: Table<'s>,
    pub(super) noticed: BTreeMap<String, Value>,
    /// Number of rows that may be lost because their page is unreadable. Each has to be counted as dropped.
    pub(crate) unreadable: u64,
    /// Number of rows that an earlier process has counted as dropped.
    pub(crate) lost_before: u64,
    /// Number of dead letters from before the trial.
    pub(crate) planted: u64,
}

impl<'s> Trial<'s> {
    /// Starts a trial on a server, with the limits of this run.
    pub(crate) fn on(site: &'s Site, number: u32, fault: &'static str) -> Self {
        Self::with(site, number, fault, |_| ())
    }

    pub(crate) fn with(
        site: &'s Site,
        number: u32,
        fault: &'static str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let row = Row::new(number, fault, site.server.kind());
        let mut config = site.config();
        config.statement_timeout = limit();
        change(&mut config);
        Self::of(row, config, Box::new(|| compare::stored(site)))
    }

    pub(crate) fn of(row: Row, config: Config, table: Table<'s>) -> Self {
        let spool = config.spool_dir.clone();
        let recorder = Pipeline::start(config).expect("a good configuration");
        Self {
            row,
            sink: recorder.sink(),
            recorder,
            acked: Acked::default(),
            spool,
            table,
            noticed: BTreeMap::new(),
            unreadable: 0,
            lost_before: 0,
            planted: 0,
        }
    }

    pub(crate) fn record(&mut self, id: &str) {
        self.record_as(id, &[]);
    }

    /// Records an event with some other field values.
    pub(crate) fn record_as(&mut self, id: &str, fields: &[(Field, &str)]) {
        self.record_at(Timestamp::now(), id, fields);
    }

    pub(crate) fn record_at(&mut self, time: Timestamp, id: &str, changed: &[(Field, &str)]) {
        let payload = payload(id);
        let usual = [
            (Field::Action, "order.update"),
            (Field::Resource, "Order"),
            (Field::ResourceId, id),
            (Field::ActorType, "USER"),
            (Field::ActorId, "7"),
            (Field::Payload, &payload),
        ];
        let mut fields = Fields::new();
        let rest = usual
            .iter()
            .filter(|(field, _)| changed.iter().all(|(other, _)| other != field));
        for (field, value) in changed.iter().chain(rest) {
            fields.put(*field, value);
        }
        assert!(self.sink.has_room());
        self.sink.accept(time, &fields);
        self.acked.ids.push(id.to_owned());
    }

    /// Stores a small batch, so that the recorder is connected.
    pub(crate) fn connect(&mut self) {
        for number in 0..10 {
            self.record(&format!("first-{number}"));
        }
        self.stored();
    }

    /// Waits until the table has every recorded event.
    pub(crate) fn stored(&mut self) {
        let stored = self.wait(patience(), |trial| trial.is_empty());
        assert!(stored, "{}", self.state());
    }

    pub(crate) fn load(&self, name: &str, per_second: u32) -> Load {
        Load::start(&self.sink, name, per_second)
    }

    pub(crate) fn absorb(&mut self, load: Load) {
        self.acked.absorb(load.stop());
    }

    /// Excludes the last events from the comparison; the caller checks them.
    pub(crate) fn forget_last(&mut self, count: usize) {
        let left = self.acked.ids.len() - count;
        self.acked.ids.truncate(left);
    }

    pub(crate) fn acked(&self) -> usize {
        self.acked.ids.len()
    }

    /// Waits while a fault lasts, then promises that the health cause has one of these words.
    pub(crate) fn suffer(&mut self, time: Duration, words: &[&str]) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.note();
            thread::sleep(POLL);
        }
        self.promise_cause(words);
    }

    /// Promises that health names the fault. A fault that has only just begun may take a little longer to show. Otherwise the
    /// cause has to show before the fault ends.
    pub(crate) fn promise_cause(&mut self, words: &[&str]) {
        let named = |trial: &mut Self| {
            let health = trial.recorder.health();
            let cause = health.cause.unwrap_or_default().to_lowercase();
            health.status != HealthStatus::Healthy && words.iter().any(|word| cause.contains(word))
        };
        if !self.wait(NOTICED, named) {
            let state = self.state();
            self.row.promise(false, || {
                format!("health names none of {words:?} during the fault: {state}")
            });
        }
    }

    /// Waits until everything is delivered, and promises that this takes at most `longest` and that health recovers.
    pub(crate) fn drain(&mut self, longest: Duration) {
        let begun = Instant::now();
        if !self.wait(longest, |trial| trial.is_empty()) {
            let state = self.state();
            self.row.promise(false, || {
                format!("not everything has arrived after {longest:?}: {state}")
            });
        }
        self.row.recovery += begun.elapsed();
        let is_green = |trial: &mut Self| trial.recorder.health().status == HealthStatus::Healthy;
        if !self.wait(NOTICED, is_green) {
            let state = self.state();
            self.row
                .promise(false, || format!("not green after the fault: {state}"));
        }
    }

    /// Drains with the usual time limit.
    pub(crate) fn recover(&mut self) {
        self.drain(patience());
    }

    pub(crate) fn is_empty(&self) -> bool {
        let stats = self.recorder.stats();
        stats.spooled == 0 && stats.in_memory == 0
    }

    pub(crate) fn wait(
        &mut self,
        longest: Duration,
        mut holds: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let begun = Instant::now();
        loop {
            self.note();
            if holds(self) {
                return true;
            }
            if begun.elapsed() >= longest {
                return false;
            }
            thread::sleep(POLL);
        }
    }

    /// Returns whether health has shown a cause so far.
    pub(crate) fn has_noticed(&self) -> bool {
        !self.noticed.is_empty()
    }

    /// Returns the health and the statistics as text, for a broken promise.
    pub(crate) fn state(&self) -> String {
        format!("{:?}, {:?}", self.recorder.health(), self.recorder.stats())
    }

    /// Keeps the causes that health has shown.
    fn note(&mut self) {
        let health = self.recorder.health();
        if let Some(cause) = health.cause.filter(|_| self.noticed.len() < 8) {
            let status = json!(format!("{:?}", health.status));
            self.noticed.entry(cause).or_insert(status);
        }
    }

    /// Returns the events in the table.
    pub(crate) fn in_table(&self) -> HashSet<String> {
        (self.table)().into_iter().map(|(id, _)| id).collect()
    }
}

/// Returns the time limit for delivering everything after a fault.
fn patience() -> Duration {
    lasts(30, 60)
}
