//! The counters behind [`Stats`].

use std::sync::atomic::{AtomicU64, Ordering};

use behavior_trace_core::Counter;

use super::{Dropped, Stats};

/// One counted quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Metric {
    Accepted,
    Recovered,
    Stored,
    Spooled,
    DeadLettered,
    InHand,
    QueueFull,
    Oversize,
    AfterShutdown,
    Shutdown,
    Forked,
    Poison,
    PolicyPanicked,
    SpoolDamaged,
    WriterDied,
    UnitFull,
    Refused,
    Unchanged,
    RolledBack,
    CommitUnknown,
    InTransaction,
    Cancelled,
    Reentrant,
    Panicked,
    Undetermined,
    WithoutActor,
    NotDurable,
    Truncated,
    FailedAttempts,
    Restarts,
    Salvaged,
    Unreported,
}

impl Metric {
    const COUNT: usize = Self::Unreported as usize + 1;

    /// The ways to lose an event, each with its description.
    pub(crate) const LOSSES: [(Self, &'static str); 10] = [
        (Self::QueueFull, "the queue was full"),
        (Self::Oversize, "an event was larger than the queue"),
        (Self::AfterShutdown, "it came after the shutdown"),
        (Self::Shutdown, "the shutdown's deadline passed"),
        (Self::Forked, "a forked child has no recorder"),
        (Self::Poison, "the database refused the row"),
        (Self::PolicyPanicked, "the policy panicked"),
        (Self::SpoolDamaged, "the spool was damaged"),
        (Self::WriterDied, "the writer died"),
        (Self::UnitFull, "a unit of work was full"),
    ];
}

impl From<Counter> for Metric {
    fn from(tally: Counter) -> Self {
        match tally {
            Counter::Refused => Self::Refused,
            Counter::Unchanged => Self::Unchanged,
            Counter::RolledBack => Self::RolledBack,
            Counter::QueueFull => Self::QueueFull,
            Counter::Oversize => Self::Oversize,
            Counter::UnitFull => Self::UnitFull,
            Counter::CommitUnknown => Self::CommitUnknown,
            Counter::InTransaction => Self::InTransaction,
            Counter::WithoutActor => Self::WithoutActor,
            Counter::Reentrant => Self::Reentrant,
            Counter::Panicked => Self::Panicked,
            Counter::Undetermined => Self::Undetermined,
            // `Counter` is non-exhaustive: a variant unknown here counts as a call with an unknown end.
            _ => Self::Cancelled,
        }
    }
}

/// One counter per metric. Each recording thread has its own set, so that counting shares no cache line.
#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; Metric::COUNT]);

impl Counters {
    /// Adds to a counter, from any thread.
    pub(crate) fn add(&self, term: Metric, count: u64) {
        self.0[term as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Subtracts from a counter, when events move on to another one.
    pub(crate) fn sub(&self, term: Metric, count: u64) {
        self.0[term as usize].fetch_sub(count, Ordering::Relaxed);
    }

    /// Adds one without a locked instruction. Only the thread that owns this set may call it.
    pub(crate) fn own(&self, term: Metric) {
        let counter = &self.0[term as usize];
        counter.store(
            counter.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Relaxed,
        );
    }

    pub(crate) fn get(&self, term: Metric) -> u64 {
        self.0[term as usize].load(Ordering::Relaxed)
    }

    /// Adds all counters of `other` to these.
    pub(crate) fn absorb(&self, other: &Self) {
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            mine.fetch_add(theirs.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Returns the public statistics. `queued` is the number of events in the queue.
    pub(crate) fn stats(&self, queued: u64) -> Stats {
        let of = |term| self.get(term);
        Stats {
            accepted: of(Metric::Accepted),
            recovered: of(Metric::Recovered),
            stored: of(Metric::Stored),
            spooled: of(Metric::Spooled),
            dead_lettered: of(Metric::DeadLettered),
            dropped: Dropped {
                queue_full: of(Metric::QueueFull),
                oversize: of(Metric::Oversize),
                after_shutdown: of(Metric::AfterShutdown),
                shutdown: of(Metric::Shutdown),
                forked: of(Metric::Forked),
                poison: of(Metric::Poison),
                policy_panicked: of(Metric::PolicyPanicked),
                spool_damaged: of(Metric::SpoolDamaged),
                writer_died: of(Metric::WriterDied),
                unit_full: of(Metric::UnitFull),
            },
            in_memory: queued + of(Metric::InHand),
            refused: of(Metric::Refused),
            unchanged: of(Metric::Unchanged),
            rolled_back: of(Metric::RolledBack),
            commit_unknown: of(Metric::CommitUnknown),
            in_transaction: of(Metric::InTransaction),
            cancelled: of(Metric::Cancelled),
            reentrant: of(Metric::Reentrant),
            panicked: of(Metric::Panicked),
            undetermined: of(Metric::Undetermined),
            without_layer: behavior_trace_core::calls_without_layer(),
            without_actor: of(Metric::WithoutActor),
            not_durable: of(Metric::NotDurable),
            truncated: of(Metric::Truncated),
            failed_attempts: of(Metric::FailedAttempts),
            restarts: of(Metric::Restarts),
            salvaged: of(Metric::Salvaged),
            unreported: of(Metric::Unreported),
            oldest_in_memory: None,
            oldest_spooled: None,
            losses: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_part_of_the_dropped_total() {
        let counters = Counters::default();
        for (term, _) in Metric::LOSSES {
            counters.add(term, 1);
        }
        let lost = u64::try_from(Metric::LOSSES.len()).expect("a small number");
        assert_eq!(counters.stats(0).dropped.total(), lost);
    }

    #[test]
    fn an_event_that_is_nowhere_upsets_the_balance() {
        let counters = Counters::default();
        counters.add(Metric::Accepted, 3);
        counters.add(Metric::Stored, 1);
        assert_eq!(counters.stats(1).unaccounted(), 1);
        counters.add(Metric::Poison, 1);
        assert_eq!(counters.stats(1).unaccounted(), 0);
    }
}
