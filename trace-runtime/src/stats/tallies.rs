//! The counters behind the numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use behavior_trace_core::Tally;

use super::{Dropped, Stats};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Term {
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
    Policy,
    SpoolDamaged,
    WriterDied,
    UnitFull,
    Refused,
    Unchanged,
    Discarded,
    CommitUnknown,
    InTransaction,
    InDoubt,
    Reentrant,
    Panicked,
    Unjudged,
    WithoutActor,
    NotDurable,
    Truncated,
    FailedAttempts,
    Restarts,
    Salvaged,
    Unreported,
}

impl Term {
    const COUNT: usize = Self::Unreported as usize + 1;

    /// The ways to lose an event, with the words for each.
    pub(crate) const LOSSES: [(Self, &'static str); 10] = [
        (Self::QueueFull, "the queue was full"),
        (Self::Oversize, "an event was larger than the queue"),
        (Self::AfterShutdown, "it came after the shutdown"),
        (Self::Shutdown, "the shutdown's deadline passed"),
        (Self::Forked, "a forked child has no recorder"),
        (Self::Poison, "the database refused the row"),
        (Self::Policy, "the policy panicked"),
        (Self::SpoolDamaged, "the spool was damaged"),
        (Self::WriterDied, "the writer died"),
        (Self::UnitFull, "a unit of work was full"),
    ];
}

impl From<Tally> for Term {
    fn from(tally: Tally) -> Self {
        match tally {
            Tally::Refused => Self::Refused,
            Tally::Unchanged => Self::Unchanged,
            Tally::Discarded => Self::Discarded,
            Tally::QueueFull => Self::QueueFull,
            Tally::Oversize => Self::Oversize,
            Tally::UnitFull => Self::UnitFull,
            Tally::CommitUnknown => Self::CommitUnknown,
            Tally::InTransaction => Self::InTransaction,
            Tally::WithoutActor => Self::WithoutActor,
            Tally::Reentrant => Self::Reentrant,
            Tally::Panicked => Self::Panicked,
            Tally::Unjudged => Self::Unjudged,
            // `Tally` may grow; what is not known here is in doubt in the plain sense of the word.
            _ => Self::InDoubt,
        }
    }
}

/// One counter per term. Many of these exist, one per recording thread, so that counting shares no cache line.
#[derive(Debug, Default)]
pub(crate) struct Tallies([AtomicU64; Term::COUNT]);

impl Tallies {
    /// Counts from any thread.
    pub(crate) fn add(&self, term: Term, count: u64) {
        self.0[term as usize].fetch_add(count, Ordering::Relaxed);
    }

    /// Takes back what moved on to another term.
    pub(crate) fn sub(&self, term: Term, count: u64) {
        self.0[term as usize].fetch_sub(count, Ordering::Relaxed);
    }

    /// Counts one from the only thread that writes this counter: no locked instruction.
    pub(crate) fn own(&self, term: Term) {
        let counter = &self.0[term as usize];
        counter.store(
            counter.load(Ordering::Relaxed).wrapping_add(1),
            Ordering::Relaxed,
        );
    }

    pub(crate) fn get(&self, term: Term) -> u64 {
        self.0[term as usize].load(Ordering::Relaxed)
    }

    /// Adds all of `other`.
    pub(crate) fn absorb(&self, other: &Self) {
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            mine.fetch_add(theirs.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// The numbers as users see them; `queued` events are in the queue.
    pub(crate) fn stats(&self, queued: u64) -> Stats {
        let of = |term| self.get(term);
        Stats {
            accepted: of(Term::Accepted),
            recovered: of(Term::Recovered),
            stored: of(Term::Stored),
            spooled: of(Term::Spooled),
            dead_lettered: of(Term::DeadLettered),
            dropped: Dropped {
                queue_full: of(Term::QueueFull),
                oversize: of(Term::Oversize),
                after_shutdown: of(Term::AfterShutdown),
                shutdown: of(Term::Shutdown),
                forked: of(Term::Forked),
                poison: of(Term::Poison),
                policy: of(Term::Policy),
                spool_damaged: of(Term::SpoolDamaged),
                writer_died: of(Term::WriterDied),
                unit_full: of(Term::UnitFull),
            },
            in_memory: queued + of(Term::InHand),
            refused: of(Term::Refused),
            unchanged: of(Term::Unchanged),
            discarded: of(Term::Discarded),
            commit_unknown: of(Term::CommitUnknown),
            in_transaction: of(Term::InTransaction),
            in_doubt: of(Term::InDoubt),
            reentrant: of(Term::Reentrant),
            panicked: of(Term::Panicked),
            unjudged: of(Term::Unjudged),
            no_recorder: behavior_trace_core::unheard(),
            without_actor: of(Term::WithoutActor),
            not_durable: of(Term::NotDurable),
            truncated: of(Term::Truncated),
            failed_attempts: of(Term::FailedAttempts),
            restarts: of(Term::Restarts),
            salvaged: of(Term::Salvaged),
            unreported: of(Term::Unreported),
            losses: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_part_of_the_dropped_total() {
        let tallies = Tallies::default();
        for (term, _) in Term::LOSSES {
            tallies.add(term, 1);
        }
        let lost = u64::try_from(Term::LOSSES.len()).expect("a small number");
        assert_eq!(tallies.stats(0).dropped.total(), lost);
    }

    #[test]
    fn an_event_that_is_nowhere_upsets_the_balance() {
        let tallies = Tallies::default();
        tallies.add(Term::Accepted, 3);
        tallies.add(Term::Stored, 1);
        assert_eq!(tallies.stats(1).balance(), 1);
        tallies.add(Term::Poison, 1);
        assert_eq!(tallies.stats(1).balance(), 0);
    }
}
