//! The measurements of a row, and the check of its promises.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use behavior_trace::health::Stats;
use behavior_trace_servers::Kind;
use serde_json::{Value, json};

use super::load::{Acked, Latency};
use super::rounds;

/// Result of one row of the catalogue.
pub(crate) struct Row {
    pub(crate) number: u32,
    pub(crate) fault: &'static str,
    pub(crate) store: String,
    /// Number of events whose call returned, counted apart from the recorder.
    pub(crate) acked: usize,
    pub(crate) stats: Stats,
    /// Number of occurrences of each event in the table.
    pub(crate) rows: HashMap<String, u64>,
    pub(crate) lost: usize,
    /// Number of rows whose payload differs from the recorded one, if the row compares payloads.
    pub(crate) altered: Option<usize>,
    /// Number of events that may be lost.
    pub(crate) may_lose: usize,
    pub(crate) recovery: Duration,
    /// Latency without the fault, if measured.
    pub(crate) before: Option<Latency>,
    pub(crate) during: Option<Latency>,
    pub(crate) extra: Value,
    /// Further promises of this row that it did not hold.
    broken: Vec<String>,
}

impl Row {
    pub(crate) fn new(number: u32, fault: &'static str, store: Kind) -> Self {
        Self::on(number, fault, &store.to_string())
    }

    /// Creates a row for a store that is not a server.
    pub(crate) fn on(number: u32, fault: &'static str, store: &str) -> Self {
        Self {
            number,
            fault,
            store: store.to_owned(),
            acked: 0,
            stats: Stats::default(),
            rows: HashMap::new(),
            lost: 0,
            altered: None,
            may_lose: 0,
            recovery: Duration::ZERO,
            before: None,
            during: None,
            extra: Value::Null,
            broken: Vec::new(),
        }
    }

    /// Adds a promise of this row. A broken one still lets the row be reported.
    pub(crate) fn promise(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(otherwise());
        }
    }

    /// Compares the acknowledged events with the table.
    pub(crate) fn compare(&mut self, acked: &Acked, rows: HashMap<String, u64>) {
        self.acked = acked.ids.len();
        self.lost = acked
            .ids
            .iter()
            .filter(|id| !rows.contains_key(*id))
            .count();
        self.rows = rows;
    }

    fn duplicated(&self) -> u64 {
        self.rows.values().map(|count| count - 1).sum()
    }

    fn holds(&self) -> bool {
        let accounted = self.stats.unaccounted() == 0;
        // The recorder's own counted losses are not silent; each row limits how many it allows.
        // With many tests in parallel, a call's CPU time includes cache misses, so only the full run checks it.
        let unnoticed = match rounds(0, 1) {
            0 => self.waits_no_more(),
            _ => self.costs_no_more(),
        };
        let unnoticed = unnoticed.unwrap_or(true);
        let whole = self.altered.unwrap_or(0) == 0;
        let exact = self.lost <= self.may_lose && self.duplicated() == 0 && accounted && whole;
        exact && unnoticed && self.broken.is_empty()
    }

    /// Compares the caller's p99 by the wall clock with the time before the fault. On a machine with few cores it includes the
    /// work of the server.
    fn takes_no_longer(&self) -> Option<bool> {
        Some(is_close(self.before?.p99, self.during?.p99))
    }

    /// Compares the recorder's own share: the CPU time of a call. It also requires that under 1 in 100 calls waited.
    fn costs_no_more(&self) -> Option<bool> {
        let is_close = is_close(self.before?.cpu_p99, self.during?.cpu_p99);
        Some(is_close && self.waits_no_more()?)
    }

    fn waits_no_more(&self) -> Option<bool> {
        let during = self.during?;
        Some(during.switches.waited * 100 <= during.calls as u64)
    }

    /// Reports the row to `cargo xtask faults`, and fails the test if a promise does not hold.
    pub(crate) fn conclude(self) {
        let micros = |latency: Option<Latency>, of: fn(Latency) -> Duration| {
            latency.map(|latency| (of(latency).as_secs_f64() * 1e7).round() / 10.0)
        };
        let written = json!({
            "row": self.number, "fault": self.fault, "store": self.store,
            "accepted": self.stats.accepted, "acked": self.acked, "stored": self.rows.len(),
            "spooled": self.stats.spooled, "dead_lettered": self.stats.dead_lettered,
            "dropped": self.stats.dropped.total(), "lost": self.lost, "may_lose": self.may_lose,
            "duplicated": self.duplicated(), "altered": self.altered, "unaccounted": i64::try_from(self.stats.unaccounted()).ok(),
            "failed_attempts": self.stats.failed_attempts,
            "recovery_ms": self.recovery.as_millis(),
            "caller_p50_us": {"before": micros(self.before, |it| it.p50), "during": micros(self.during, |it| it.p50)},
            "caller_p99_us": {"before": micros(self.before, |it| it.p99), "during": micros(self.during, |it| it.p99)},
            "caller_cpu_p99_us": {"before": micros(self.before, |it| it.cpu_p99), "during": micros(self.during, |it| it.cpu_p99)},
            "caller_calls": self.during.map(|it| it.calls),
            "caller_waited": self.during.map(|it| it.switches.waited),
            "caller_preempted": self.during.map(|it| it.switches.preempted),
            "caller_takes_no_longer": self.takes_no_longer(),
            "caller_costs_no_more": self.costs_no_more(),
            "extra": self.extra, "broken": self.broken, "holds": self.holds(),
        });
        if let Some(directory) = env::var_os("BEHAVIOR_TRACE_FAULTS_DIR").map(PathBuf::from) {
            let name = format!(
                "{:03}-{}-{}.json",
                self.number,
                self.store,
                self.fault.replace([' ', ',', '/'], "_")
            );
            fs::write(directory.join(name), written.to_string()).expect("a place for the row");
        }
        assert!(self.holds(), "{written:#}");
    }
}

/// Returns whether the difference is at most 5 % or 20 µs, whichever is larger.
fn is_close(before: Duration, during: Duration) -> bool {
    let allowed = before.mul_f64(1.05).max(before + Duration::from_micros(20));
    during <= allowed
}
