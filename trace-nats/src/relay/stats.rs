//! Counters of a relay.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// The failure that keeps the relay from storing now; `None` while it stores.
    pub trouble: Option<String>,
}

impl RelayStats {
    /// Returns whether the relay stores rows, and the stream answers.
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
    trouble: Mutex<Option<String>>,
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
            trouble: Mutex::default(),
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
            trouble: self.trouble().clone(),
        }
    }

    /// Sets the lag; `None` is a lag that is not known.
    pub(super) fn set_lag(&self, lag: Option<u64>) {
        self.lag.store(lag.unwrap_or(UNKNOWN), Ordering::Relaxed);
    }

    /// Notes a failed call.
    pub(super) fn failed(&self, error: &StoreError) {
        add(&self.failures, 1);
        *self.trouble() = Some(error.to_string());
    }

    /// Notes that rows were stored.
    pub(super) fn works(&self) {
        *self.trouble() = None;
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}
