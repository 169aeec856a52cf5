//! Rows on their way to the store, and what an answer means for them.

mod blame;

use std::ops::Range;
use std::sync::Arc;

use behavior_trace_core::Activity;

use super::rows::Rows;
use crate::store::{ErrorClass, StoreError};
use blame::Blame;

/// Failures without a clear cause, in a row, before the rows themselves are suspected.
const PATIENCE: u32 = 3;

/// Rows that are sent together, with the ids they keep for ever.
#[derive(Debug)]
pub(super) struct Batch {
    rows: Arc<Rows>,
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
    blame: Blame,
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
    pub(super) fn new(rows: Rows, origin: Origin) -> Self {
        Self {
            most: rows.len(),
            rows: Arc::new(rows),
            origin,
            settled: 0,
            suspects: None,
            shrunk: false,
            failures: 0,
            blame: Blame::Open,
            complaint: String::new(),
        }
    }

    /// All rows, for the attempt that is under way.
    pub(super) fn rows(&self) -> Arc<Rows> {
        Arc::clone(&self.rows)
    }

    /// The first row that is not settled.
    pub(super) fn front(&self) -> Option<Activity<'_>> {
        self.rows.get(self.settled)
    }

    /// How many rows are not settled.
    pub(super) fn left(&self) -> usize {
        self.rows.len() - self.settled
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

    /// The last row's number in the spool, if it comes from there.
    pub(super) fn last_number(&self) -> Option<i64> {
        match &self.origin {
            Origin::Queue { .. } => None,
            #[cfg(feature = "sqlite")]
            Origin::Spool { numbers, .. } => numbers.last().copied(),
        }
    }

    /// Why the row in front is a bad one.
    pub(super) fn complaint(&self) -> &str {
        &self.complaint
    }

    /// The rows to send next.
    pub(super) fn next(&self) -> Range<usize> {
        if let Some(witness) = self.witness() {
            return witness..witness + 1;
        }
        // A prefix of the suspects is tried: if it passes, the bad row is among the others without asking.
        let count = match self.suspects {
            Some(suspects) => suspects.div_ceil(2),
            None => self.left(),
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
        if self.suspects.is_none() {
            self.blame = self.blame.after_a_pass();
        }
    }

    /// All rows of the last attempt were stored; those in front are settled.
    pub(super) fn stored(&mut self) -> Step {
        self.hear_pass();
        match (self.left(), self.suspects) {
            (0, _) => Step::Done,
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
        if let Some(step) = self.hear_witness(error.class()) {
            return step;
        }
        self.complaint = error.to_string();
        match error.class() {
            ErrorClass::TooBig => self.halve(sent),
            ErrorClass::Reconnect if self.failures == 1 => Step::Send,
            ErrorClass::Reconnect
            | ErrorClass::Transient
            | ErrorClass::UnknownOutcome
            | ErrorClass::Other
                if self.failures <= PATIENCE =>
            {
                Step::Pause
            }
            ErrorClass::Value => self.suspect(sent),
            ErrorClass::Other => self.ask(sent),
            // MariaDB answers a statement that is too big by closing the connection.
            ErrorClass::UnknownOutcome if self.failures > 2 * PATIENCE => self.halve(sent),
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
        let rows = Arc::make_mut(&mut self.rows);
        if let Some(row) = rows.get(self.settled) {
            let row = shrunk(row.into_owned());
            rows.replace(self.settled, &row);
        }
        self.failures = 0;
        Step::Send
    }
}

/// Takes the payload out, and says so in its place.
fn shrunk(mut row: Activity<'static>) -> Activity<'static> {
    let bytes = row.payload.len();
    row.payload = format!(r#"{{"truncated":true,"bytes":{bytes}}}"#).into();
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn batch(rows: usize) -> Batch {
        let origin = Origin::Queue { first: 0, bytes: 0 };
        let rows = std::iter::repeat_n(Activity::default(), rows).collect();
        Batch::new(rows, origin)
    }

    pub(super) fn fails(batch: &mut Batch, class: ErrorClass) -> Step {
        let sent = batch.next().len();
        batch.failed(sent, &StoreError::new(class, "scripted"))
    }

    pub(super) fn stores(batch: &mut Batch) -> Step {
        let sent = batch.next().len();
        batch.settle(batch.settled_by(sent));
        batch.stored()
    }

    #[test]
    fn each_class_has_the_first_step_that_the_table_of_delivery_gives_it() {
        let table = [
            (ErrorClass::UnknownOutcome, Step::Pause),
            (ErrorClass::Transient, Step::Pause),
            (ErrorClass::Unavailable, Step::SetAside),
            (ErrorClass::Reconnect, Step::Send),
            (ErrorClass::ReadOnly, Step::SetAside),
            (ErrorClass::Configuration, Step::SetAside),
            (ErrorClass::Value, Step::Send),
            (ErrorClass::TooBig, Step::Send),
            (ErrorClass::DiskFull, Step::SetAside),
            (ErrorClass::Other, Step::Pause),
        ];
        for (class, step) in table {
            assert_eq!(fails(&mut batch(8), class), step, "{class:?}");
        }
    }

    #[test]
    fn what_does_not_pass_is_set_aside_after_three_tries() {
        for class in [ErrorClass::Transient, ErrorClass::UnknownOutcome] {
            let mut batch = batch(8);
            let steps: Vec<_> = (0..4).map(|_| fails(&mut batch, class)).collect();
            assert_eq!(
                steps,
                [Step::Pause, Step::Pause, Step::Pause, Step::SetAside]
            );
            assert_eq!(batch.next(), 0..8);
        }
    }

    #[test]
    fn a_statement_that_breaks_every_connection_is_halved() {
        let mut batch = batch(8);
        for _ in 0..6 {
            fails(&mut batch, ErrorClass::UnknownOutcome);
        }
        assert_eq!(fails(&mut batch, ErrorClass::UnknownOutcome), Step::Send);
        assert_eq!(batch.next(), 0..4);
    }

    #[test]
    fn the_bad_row_is_known_without_being_sent_alone_once_all_others_have_passed() {
        let mut batch = batch(4);
        assert_eq!(fails(&mut batch, ErrorClass::Value), Step::Send);
        assert_eq!(batch.next(), 0..2);
        assert_eq!(stores(&mut batch), Step::Send);
        assert_eq!(batch.next(), 2..3);
        assert_eq!(stores(&mut batch), Step::DeadLetter);
        batch.settle(1);
        assert_eq!(batch.stored(), Step::Done);
    }

    #[test]
    fn a_row_too_big_is_shrunk_and_then_given_up() {
        let mut batch = batch(2);
        assert_eq!(fails(&mut batch, ErrorClass::TooBig), Step::Send);
        assert_eq!(batch.next(), 0..1);
        assert_eq!(fails(&mut batch, ErrorClass::TooBig), Step::Send);
        assert!(
            batch
                .front()
                .is_some_and(|row| row.payload.contains("truncated"))
        );
        assert_eq!(fails(&mut batch, ErrorClass::TooBig), Step::DeadLetter);
    }

    #[test]
    fn rows_an_error_names_as_stored_are_not_sent_again() {
        let mut batch = batch(10);
        batch.settle(7);
        let error = StoreError::new(ErrorClass::Transient, "scripted").after(7);
        assert_eq!(batch.failed(3, &error), Step::Pause);
        assert_eq!(batch.next(), 7..10);
    }
}
