//! Counters of a relay.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use behavior_trace_core::store_driver::StoreError;

/// Marker for a lag that is not known.
const UNKNOWN: u64 = u64::MAX;

/// Counters since the start of a relay, and its lag.
///
/// At rest, `received = stored + set_aside + given_back`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayStats {
    /// Messages that were delivered, repeats included.
    pub received: u64,
    /// Those of them that were delivered before.
    pub redelivered: u64,
    /// Rows that the table has now, whether this delivery stored them or an earlier one had.
    pub stored: u64,
    /// Messages that were set aside: bad rows, no rows, and rows of a later major.
    pub set_aside: u64,
    /// Messages that were given back to be delivered again: rows refused without proof, and those in hand at the end.
    pub given_back: u64,
    /// Failed calls to NATS or the database.
    pub failures: u64,
    /// Rows that are in the stream and not acknowledged, when it was last asked. `None` while it does not answer.
    pub lag: Option<u64>,
    /// The failures that keep the relay from its work now: of the stream of rows, of the stream of messages that are set aside, and
    /// of the database. `None` while all three work.
    pub trouble: Option<String>,
}

impl RelayStats {
    /// Returns whether the relay stores rows and sets aside what is none, and the stream answers.
    pub const fn is_healthy(&self) -> bool {
        self.trouble.is_none() && self.lag.is_some()
    }
}

/// Reader of the counters of a relay. Clones are cheap.
#[derive(Clone, Debug)]
pub struct RelayReport(Arc<Counters>);

impl RelayReport {
    pub(super) const fn new(counters: Arc<Counters>) -> Self {
        Self(counters)
    }

    /// Returns the counters and the lag.
    pub fn stats(&self) -> RelayStats {
        self.0.read()
    }
}

/// What a relay works with. Each has its own trouble, which ends with its own success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Pulls from the stream of rows.
    Rows,
    /// The look at the lag.
    Lag,
    /// The stream of messages that are set aside.
    Dead,
    Database,
}

/// Counters that the parts of a relay share.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) received: AtomicU64,
    pub(super) redelivered: AtomicU64,
    pub(super) stored: AtomicU64,
    pub(super) set_aside: AtomicU64,
    pub(super) given_back: AtomicU64,
    failures: AtomicU64,
    lag: AtomicU64,
    troubles: Mutex<BTreeMap<Part, String>>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            received: AtomicU64::default(),
            redelivered: AtomicU64::default(),
            stored: AtomicU64::default(),
            set_aside: AtomicU64::default(),
            given_back: AtomicU64::default(),
            failures: AtomicU64::default(),
            lag: AtomicU64::new(UNKNOWN),
            troubles: Mutex::default(),
        }
    }
}

impl Counters {
    pub(super) fn read(&self) -> RelayStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RelayStats {
            received: get(&self.received),
            redelivered: get(&self.redelivered),
            stored: get(&self.stored),
            set_aside: get(&self.set_aside),
            given_back: get(&self.given_back),
            failures: get(&self.failures),
            lag: Some(get(&self.lag)).filter(|lag| *lag != UNKNOWN),
            trouble: self.trouble(),
        }
    }

    /// Sets the lag; `None` is a lag that is not known.
    pub(super) fn set_lag(&self, lag: Option<u64>) {
        self.lag.store(lag.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// Notes a failed call to a part.
    pub(super) fn failed(&self, part: Part, error: &StoreError) {
        add(&self.failures, 1);
        self.troubles().insert(part, error.to_string());
    }

    /// Notes that a part did its work.
    pub(super) fn works(&self, part: Part) {
        self.troubles().remove(&part);
    }

    fn trouble(&self) -> Option<String> {
        let troubles = self.troubles();
        let mut texts: Vec<&str> = troubles.values().map(String::as_str).collect();
        // A server that is away is the trouble of several parts.
        texts.dedup();
        (!texts.is_empty()).then(|| texts.join("; "))
    }

    fn troubles(&self) -> MutexGuard<'_, BTreeMap<Part, String>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::store_driver::ErrorClass;

    use super::*;

    #[test]
    fn a_trouble_ends_with_the_success_of_its_own_part() {
        let counters = Counters::default();
        counters.set_lag(Some(0));
        let failed = |part, text: &str| {
            counters.failed(part, &StoreError::new(ErrorClass::Unavailable, text));
        };
        failed(Part::Database, "no table");
        failed(Part::Dead, "no stream");
        counters.works(Part::Rows);
        let stats = counters.read();
        let trouble = stats.trouble.as_deref();
        assert_eq!(trouble, Some("no stream; no table"));
        assert!(!stats.is_healthy() && stats.failures == 2);
        counters.works(Part::Database);
        assert_eq!(counters.read().trouble.as_deref(), Some("no stream"));
        counters.works(Part::Dead);
        assert!(counters.read().is_healthy());
    }

    #[test]
    fn a_server_that_is_away_is_named_once() {
        let counters = Counters::default();
        for part in [Part::Lag, Part::Rows] {
            counters.failed(part, &StoreError::new(ErrorClass::Unavailable, "away"));
        }
        assert_eq!(counters.read().trouble.as_deref(), Some("away"));
    }
}
