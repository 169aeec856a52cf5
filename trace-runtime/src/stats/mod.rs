//! What became of the events: every term counted where it happens, none derived from the others.

mod counters;

use std::fmt;

use behavior_trace_core::Timestamp;

pub(crate) use counters::{Counters, Metric};

/// What became of the events since the recorder started.
///
/// The law: `accepted + recovered = stored + spooled + dead_lettered + dropped + in_memory`. While events are on their way
/// a snapshot may be off by what moves in that instant; at rest it is exact. [`Stats::unaccounted`] checks it.
///
/// A forked child sees its parent's numbers as of the fork; they mean nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Events the policy admitted and that were offered to the queue, those it had no room for included.
    pub accepted: u64,
    /// Events found in a spool that an earlier or a dead process left behind.
    pub recovered: u64,
    /// Events in the table. One that was there already, because an earlier attempt had reached the server unnoticed,
    /// counts once.
    pub stored: u64,
    /// Events in the spool now.
    pub spooled: u64,
    /// Events put into the dead-letter place, each with its reason; `dead_letters` reads them.
    pub dead_lettered: u64,
    /// Events lost, by reason.
    pub dropped: Dropped,
    /// Events in the queue or in the writer's hands now.
    pub in_memory: u64,
    /// Calls the policy refused: their level is off, or they belong to another domain. Outside the law.
    pub refused: u64,
    /// Calls whose diff found nothing changed, or whose body asked to skip. Outside the law.
    pub unchanged: u64,
    /// Calls of a unit of work that was rolled back. Outside the law.
    pub rolled_back: u64,
    /// Events of a unit of work of which it was not learned whether it committed. They are recorded, and marked so; those
    /// that the host's own transaction stored are there if the change is. Outside the law.
    pub commit_unknown: u64,
    /// Rows that the host's own transaction stored. They never came to the queue. Outside the law.
    pub in_transaction: u64,
    /// Calls whose future was dropped before it ended. Outside the law.
    pub cancelled: u64,
    /// Calls made from within our own work. Outside the law.
    pub reentrant: u64,
    /// Times code of the host that ran on our behalf panicked; the event was kept. Outside the law.
    pub panicked: u64,
    /// Call sites whose return type could not be judged. Outside the law.
    pub undetermined: u64,
    /// Calls of the whole program that succeeded while a layer was alive somewhere, but none stood in the subscriber that
    /// was current there; see [`calls_without_layer`](behavior_trace_core::calls_without_layer). Outside the law.
    pub without_layer: u64,
    /// Events that named no actor, nor did anything around them. They are recorded as `ANONYMOUS`, and found by
    /// [`Actor::anonymous`](behavior_trace_core::Actor::anonymous). The first of the process is warned of, under the target
    /// `behavior_trace::install`: authentication that runs outside of the middleware `ContextLayer` has no context to say the
    /// actor to. `Actor::anonymous()` said by name is not counted.
    pub without_actor: u64,
    /// Durable events whose call returned before they were known to be on disk. They were not lost by that.
    pub not_durable: u64,
    /// Rows stored without their payload, each being larger than the database takes. The whole row is a dead letter,
    /// where there is a spool. Outside the law.
    pub truncated: u64,
    /// Attempts to store that failed, whatever the reason.
    pub failed_attempts: u64,
    /// Times the writer was restarted after a panic.
    pub restarts: u64,
    /// Rows and dead letters read back from damaged spool files. The rows are in `recovered` too, unless this process had
    /// spooled them itself. Outside the law.
    pub salvaged: u64,
    /// Messages that the error hook or standard error did not take: it hung, a pipe was full or closed, or no thread could
    /// be started. Outside the law.
    pub unreported: u64,
    /// The last time something was lost, by reason.
    pub losses: Vec<Loss>,
}

impl Stats {
    /// What the law leaves unaccounted: 0 at rest, or something is wrong with this library.
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

/// Events lost, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was full: neither the database nor the spool took what came, or open units of work hold it. What a unit
    /// found no room for is counted when it commits.
    pub queue_full: u64,
    /// The event alone was larger than the whole queue.
    pub oversize: u64,
    /// It came after the shutdown began.
    pub after_shutdown: u64,
    /// The shutdown's deadline passed with neither the database nor the spool ready for it.
    pub shutdown: u64,
    /// It was made in a forked child that has no recorder of its own.
    pub forked: u64,
    /// The database refused the row, and there is no dead-letter place, or it is full.
    pub poison: u64,
    /// The policy panicked on it, and so did the default one.
    pub policy_panicked: u64,
    /// It was in a spool file that was damaged and could not be read back. Where this process had not spooled it itself, the
    /// number is an estimate: the row numbers that SQLite refuses to look up. Of a file without a readable page no number is
    /// known, and none is counted.
    pub spool_damaged: u64,
    /// The writer died and could not be restarted.
    pub writer_died: u64,
    /// Its unit of work committed, but had held as many bytes as it may.
    pub unit_full: u64,
}

impl Dropped {
    /// All of them.
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

/// A stretch of time in which events were lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub events: u64,
    /// No earlier than this; the writer looks at its tick, so it is right to about a quarter of a second.
    pub from: Timestamp,
    /// No later than this.
    pub to: Timestamp,
}

/// How things stood when a flush or a shutdown ended. The numbers run since the recorder started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryReport {
    /// Events in the table.
    pub stored: u64,
    /// Events in the spool; they are delivered later, by this process or the next.
    pub spooled: u64,
    /// Events in the dead-letter place.
    pub dead_lettered: u64,
    /// Events lost, by reason.
    pub dropped: Dropped,
    /// Events among all these that named no actor, nor did anything around them: recorded as `ANONYMOUS`. Where all are,
    /// authentication is not heard of, see [`Stats::without_actor`].
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
    /// Whether the call reached its end: every event it covers is stored, spooled, dead-lettered or counted as lost.
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
