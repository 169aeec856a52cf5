//! Rows on their way to the store, and what an answer means for them.

use std::ops::Range;
use std::sync::Arc;

use behavior_trace_core::Activity;

use crate::store::{Class, StoreError};

/// Failures without a clear cause, in a row, before the rows themselves are suspected.
const PATIENCE: u32 = 3;

/// Rows that are sent together, with the ids they keep for ever.
#[derive(Debug)]
pub(super) struct Batch {
    rows: Arc<Vec<Activity>>,
    pub(super) origin: Origin,
    /// Rows before this one are settled.
    settled: usize,
    /// One of this many rows from the front is bad.
    suspects: Option<usize>,
    /// No more than this many in one attempt; halved when too big.
    most: usize,
    /// Whether the front row's payload was taken out already.
    shrunk: bool,
    failures: u32,
    /// What the store last said against a row in here.
    complaint: String,
}

/// Where the rows came from.
#[derive(Debug)]
pub(super) enum Origin {
    /// From the queue: the place of the first row among all that ever left it, and the bytes of the budget they hold.
    Queue { first: u64, bytes: usize },
    /// From the spool, under these numbers of that file.
    #[cfg(feature = "sqlite")]
    Spool { numbers: Vec<i64>, generation: u64 },
}

/// What to do with a batch next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Every row is settled.
    Done,
    /// Send what [`Batch::next`] says.
    Send,
    /// The same, but the store needs a pause.
    Pause,
    /// The store will not take it for a while: to the spool with it, if there is one.
    SetAside,
    /// The front row is the bad one: settle it as a dead letter.
    DeadLetter,
}

impl Batch {
    pub(super) fn new(rows: Vec<Activity>, origin: Origin) -> Self {
        Self {
            most: rows.len(),
            rows: Arc::new(rows),
            origin,
            settled: 0,
            suspects: None,
            shrunk: false,
            failures: 0,
            complaint: String::new(),
        }
    }

    /// All rows, for the attempt that is under way.
    pub(super) fn rows(&self) -> Arc<Vec<Activity>> {
        Arc::clone(&self.rows)
    }

    /// The rows that are not settled.
    pub(super) fn rest(&self) -> &[Activity] {
        &self.rows[self.settled..]
    }

    pub(super) const fn settled(&self) -> usize {
        self.settled
    }

    /// The front row's number in the spool, if it comes from there.
    pub(super) fn front_number(&self) -> Option<i64> {
        match &self.origin {
            Origin::Queue { .. } => None,
            #[cfg(feature = "sqlite")]
            Origin::Spool { numbers, .. } => numbers.get(self.settled).copied(),
        }
    }

    /// Why the row in front is a bad one.
    pub(super) fn complaint(&self) -> &str {
        &self.complaint
    }

    /// The rows to send next.
    pub(super) fn next(&self) -> Range<usize> {
        // A prefix of the suspects is tried: if it passes, the bad row is among the others without asking.
        let count = match self.suspects {
            Some(suspects) => suspects.div_ceil(2),
            None => self.rest().len(),
        };
        self.settled..self.settled + count.min(self.most)
    }

    /// The next `count` rows are settled.
    pub(super) fn settle(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.settled += count;
        self.failures = 0;
        self.shrunk = false;
        self.most = self.most.saturating_mul(2);
        self.suspects = self
            .suspects
            .and_then(|suspects| suspects.checked_sub(count))
            .filter(|&left| left > 0);
    }

    /// All rows of the last attempt were stored, and are settled.
    pub(super) fn stored(&self) -> Step {
        match (self.rest(), self.suspects) {
            ([], _) => Step::Done,
            (_, Some(1)) => Step::DeadLetter,
            _ => Step::Send,
        }
    }

    /// An attempt with `sent` rows, those known to be stored already taken off, failed.
    pub(super) fn failed(&mut self, sent: usize, error: &StoreError) -> Step {
        if sent == 0 {
            return self.stored();
        }
        self.failures += 1;
        self.complaint = error.to_string();
        match error.class() {
            Class::TooBig => self.halve(sent),
            Class::Reconnect if self.failures == 1 => Step::Send,
            Class::Reconnect | Class::Transient | Class::UnknownOutcome | Class::Other
                if self.failures <= PATIENCE =>
            {
                Step::Pause
            }
            Class::Poison | Class::Other => self.suspect(sent),
            // MariaDB answers a statement that is too big by closing the connection.
            Class::UnknownOutcome if self.failures > 2 * PATIENCE => self.halve(sent),
            _ => Step::SetAside,
        }
    }

    /// One of the first `sent` rows is bad.
    fn suspect(&mut self, sent: usize) -> Step {
        self.suspects = Some(sent);
        if sent == 1 {
            Step::DeadLetter
        } else {
            Step::Send
        }
    }

    fn halve(&mut self, sent: usize) -> Step {
        if sent > 1 {
            self.most = sent / 2;
            self.failures = 0;
            return Step::Send;
        }
        if std::mem::replace(&mut self.shrunk, true) {
            return Step::DeadLetter;
        }
        if let Some(row) = Arc::make_mut(&mut self.rows).get_mut(self.settled) {
            shrink(row);
        }
        self.failures = 0;
        Step::Send
    }
}

/// Takes the payload out, and says so in its place.
fn shrink(row: &mut Activity) {
    let bytes = row.payload.len();
    row.payload = format!(r#"{{"truncated":true,"bytes":{bytes}}}"#);
}
