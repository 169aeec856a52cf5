//! Statistics of the events. Each number is counted where it happens; none is derived from the others.

mod counters;
mod each;

use std::fmt;

use behavior_trace_core::Timestamp;
use serde::Serialize;

pub(crate) use counters::{Counters, Metric};
pub use each::MetricKind;

/// Statistics of the events since the recorder started.
///
/// The invariant: `accepted + recovered = stored + spooled + dead_lettered + dropped + in_memory`. A snapshot may be off by
/// the events that move at that instant. At rest it is exact. [`Stats::unaccounted`] checks it.
///
/// A forked child sees the numbers of its parent at the time of the fork. They mean nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Events that the policy admitted and that were offered to the queue, including those the queue had no room for.
    pub accepted: u64,
    /// Events found in the spool or the mapped buffers of an earlier or a dead process.
    pub recovered: u64,
    /// Events in the table. An event that an earlier attempt had stored unnoticed counts once.
    pub stored: u64,
    /// Events in the spool now.
    pub spooled: u64,
    /// Events kept as dead letters, each with its reason; `dead_letters` reads them.
    pub dead_lettered: u64,
    /// Events lost, by reason.
    pub dropped: Dropped,
    /// Events in the queue or held by the writer now.
    pub in_memory: u64,
    /// Calls the policy refused, because their level is off or they belong to another domain. Outside the invariant.
    pub refused: u64,
    /// Calls whose diff found no change, or whose body asked to skip the event. Outside the invariant.
    pub unchanged: u64,
    /// Calls of a unit of work that was rolled back. Outside the invariant.
    pub rolled_back: u64,
    /// Events of a unit of work whose commit is in doubt. They are recorded with a mark. Events that the application's own
    /// transaction stored are there if the change is. Outside the invariant.
    pub commit_unknown: u64,
    /// Rows stored by the application's own transaction. They never pass through the queue. Outside the invariant.
    pub in_transaction: u64,
    /// Calls whose future was dropped before it completed. Outside the invariant.
    pub cancelled: u64,
    /// Calls made while the recorder itself was running on the thread. Outside the invariant.
    pub reentrant: u64,
    /// Panics of application code that the recorder called; the events were kept. Outside the invariant.
    pub panicked: u64,
    /// Call sites whose return type could not be checked for success. Outside the invariant.
    pub undetermined: u64,
    /// Successful calls of the whole program made while a layer was alive, but outside the subscriber that has it; see
    /// [`calls_without_layer`](behavior_trace_core::calls_without_layer). Outside the invariant.
    pub without_layer: u64,
    /// Events without an actor, neither of their own nor from their surroundings. They are recorded as `ANONYMOUS`, and
    /// [`Actor::anonymous`](behavior_trace_core::Actor::anonymous) finds them. The first one in the process logs a warning
    /// under the target `behavior_trace::install`: authentication outside the middleware `ContextLayer` has no context to
    /// set the actor in. An explicit `Actor::anonymous()` is not counted.
    pub without_actor: u64,
    /// Durable events whose call returned before they were known to be on disk. This alone loses none of them.
    pub not_durable: u64,
    /// Rows stored without their payload, because they were too large for the database. With a spool, the whole row is kept
    /// as a dead letter. Outside the invariant.
    pub truncated: u64,
    /// Failed attempts to store, for any reason.
    pub failed_attempts: u64,
    /// Restarts of the writer after a panic.
    pub restarts: u64,
    /// Rows and dead letters read back from damaged spool files. The rows count in `recovered` too, unless this process had
    /// spooled them itself. Outside the invariant.
    pub salvaged: u64,
    /// Messages that the error hook or standard error did not take: it hung, a pipe was full or closed, or no thread could
    /// be started. Outside the invariant.
    pub unreported: u64,
    /// Time of the call of the oldest event in memory. The writer notes it once a second. `None` if there is none, or it is
    /// younger than a second.
    pub oldest_in_memory: Option<Timestamp>,
    /// Time of the call of the oldest event in the spool of this process, noted like
    /// [`oldest_in_memory`](Self::oldest_in_memory). Rows of a dead process count once they have been taken over.
    pub oldest_spooled: Option<Timestamp>,
    /// The latest loss of each reason.
    pub losses: Vec<Loss>,
}

impl Stats {
    /// Returns the time of the call of the oldest event that is neither stored nor dead-lettered nor lost. Its age tells how
    /// late the table is.
    pub fn oldest_unstored(&self) -> Option<Timestamp> {
        let both = [self.oldest_in_memory, self.oldest_spooled];
        both.into_iter().flatten().min()
    }

    /// Returns the number of events the invariant leaves unaccounted for. It is 0 at rest; any other number is a bug in
    /// this library.
    pub fn unaccounted(&self) -> i128 {
        let came = i128::from(self.accepted) + i128::from(self.recovered);
        let went = [
            self.stored,
            self.spooled,
            self.dead_lettered,
            self.dropped.total(),
            self.in_memory,
        ];
        came - went.into_iter().map(i128::from).sum::<i128>()
    }
}

/// Lost events, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was full: neither the database nor the spool took the events, or open units of work held the room. Events
    /// that a unit of work had no room for are counted when it commits.
    pub queue_full: u64,
    /// The event alone was larger than the whole queue.
    pub oversize: u64,
    /// The event came after the shutdown began.
    pub after_shutdown: u64,
    /// The shutdown's deadline passed while neither the database nor the spool could take the event.
    pub shutdown: u64,
    /// The event was recorded in a forked child without a recorder of its own.
    pub forked: u64,
    /// The database refused the row, and there is no room for dead letters.
    pub poison: u64,
    /// The policy panicked on the event, and so did the default policy.
    pub policy_panicked: u64,
    /// The event was in a damaged spool file and could not be read back. If another process had spooled it, the number is
    /// an estimate: the row numbers that SQLite refuses to look up. A file without a readable page counts none, because no
    /// number is known.
    pub spool_damaged: u64,
    /// The writer died and could not be restarted.
    pub writer_died: u64,
    /// The unit of work committed, but had no room left for the event.
    pub unit_full: u64,
}

impl Dropped {
    /// Returns the sum of all reasons.
    pub fn total(&self) -> u64 {
        [
            self.queue_full,
            self.oversize,
            self.after_shutdown,
            self.shutdown,
            self.forked,
            self.poison,
            self.policy_panicked,
            self.spool_damaged,
            self.writer_died,
            self.unit_full,
        ]
        .into_iter()
        .sum()
    }
}

/// A period in which events were lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Loss {
    /// Reason of the loss.
    pub reason: &'static str,
    /// Number of lost events.
    pub events: u64,
    /// Earliest possible start, exact to about a quarter of a second: the writer checks once per tick.
    pub from: Timestamp,
    /// Latest possible end.
    pub to: Timestamp,
}

/// Result of a flush or a shutdown. The numbers run since the recorder started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// Events in the table.
    pub stored: u64,
    /// Events in the spool; this process or the next one delivers them later.
    pub spooled: u64,
    /// Events kept as dead letters.
    pub dead_lettered: u64,
    /// Events lost, by reason.
    pub dropped: Dropped,
    /// Events without an actor among all these, recorded as `ANONYMOUS`. If every event lacks one, authentication does not
    /// reach the recorder; see [`Stats::without_actor`].
    pub without_actor: u64,
    /// Events accepted before the call that are neither stored nor spooled yet. 0 after a complete flush.
    pub pending: u64,
}

impl fmt::Display for DeliveryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stored, {} spooled, ", self.stored, self.spooled)?;
        write!(
            f,
            "{} dead-lettered, {} dropped",
            self.dead_lettered,
            self.dropped.total()
        )?;
        if self.without_actor > 0 {
            write!(f, ", {} without an actor", self.without_actor)?;
        }
        match self.pending {
            0 => Ok(()),
            pending => write!(f, ", {pending} still pending at the deadline"),
        }
    }
}

impl DeliveryReport {
    /// Returns whether every event the call covers is stored, spooled, dead-lettered or counted as lost.
    pub const fn is_complete(&self) -> bool {
        self.pending == 0
    }

    pub(crate) const fn new(stats: &Stats, pending: u64) -> Self {
        Self {
            stored: stats.stored,
            spooled: stats.spooled,
            dead_lettered: stats.dead_lettered,
            dropped: stats.dropped,
            without_actor: stats.without_actor,
            pending,
        }
    }
}
