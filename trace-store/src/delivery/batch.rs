//! Batches of rows on their way to the store, and the effect of an answer on them.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use behavior_trace_core::Activity;
use tokio::time::Instant;

use super::backoff::{Backoff, LONGEST};
use super::row_buffer::RowBuffer;
use super::suspects::SuspectRecord;
use crate::store::{ErrorClass, StoreError};

/// Number of rows in one sift. It keeps the transaction short, and a lost connection then costs little.
const SIFTED_ROWS: usize = 250;
/// Number of parts into which rows are divided that fail together repeatedly while other rows are committed.
const PARTS: usize = 32;

/// Rows that are sent together. Each row keeps its event id through all attempts.
#[derive(Debug)]
pub struct Batch {
    rows: Arc<RowBuffer>,
    pub origin: Origin,
    /// Number of rows at the front that are settled.
    settled: usize,
    /// Maximum number of rows in one attempt.
    max_rows: usize,
    mode: SendMode,
    /// End of the rows that failed together while others were committed. Up to this index the batch stays divided.
    divided_until: usize,
    failures: u32,
    backoff: Backoff,
    not_before: Option<Instant>,
    /// Number of commits when the batch was made or last failed.
    commits: u64,
    /// Records of the unsettled rows, if the batch consists of rows that were refused before.
    records: VecDeque<SuspectRecord>,
}

/// Origin of the rows.
#[derive(Debug)]
pub enum Origin {
    /// The queue. The rows are among those at the positions from `first` to before `end`, of all that ever left it; `bytes`
    /// is their share of the queue's budget.
    Queue { first: u64, end: u64, bytes: usize },
    /// The spool. `numbers` are the rows' numbers in the file of that generation.
    Spool { numbers: Vec<i64>, generation: u64 },
}

/// Mode in which the next attempt sends its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendMode {
    /// An insert of all rows or none.
    Insert,
    /// A sift, which stores all rows except those that the store refuses alone.
    Sift,
}

/// Next step for a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// An attempt with the rows that [`Batch::next`] returns.
    Send,
    /// A pause, and then an attempt with the same rows.
    Pause,
    /// A move to the spool, if there is one, because the store will not accept the batch for a while.
    SetAside,
    /// A decision about the front row, which failed alone.
    FrontFailed,
}

impl Batch {
    pub fn new(rows: RowBuffer, origin: Origin) -> Self {
        Self {
            max_rows: rows.len().max(1),
            rows: Arc::new(rows),
            origin,
            settled: 0,
            mode: SendMode::Insert,
            divided_until: 0,
            failures: 0,
            backoff: Backoff::default(),
            not_before: None,
            commits: 0,
            records: VecDeque::new(),
        }
    }

    /// Creates a batch of rows that were refused before.
    pub fn trial(
        rows: RowBuffer,
        origin: Origin,
        records: impl IntoIterator<Item = SuspectRecord>,
        mode: SendMode,
    ) -> Self {
        Self {
            mode,
            records: records.into_iter().collect(),
            ..Self::new(rows, origin)
        }
    }

    /// Returns whether the rows were refused before, so that their failure is no new evidence about the store.
    pub fn is_trial(&self) -> bool {
        !self.records.is_empty()
    }

    /// Returns all rows, for the attempt in progress.
    pub fn rows(&self) -> Arc<RowBuffer> {
        Arc::clone(&self.rows)
    }

    /// Returns a row by its index from the first unsettled one.
    pub fn row(&self, index: usize) -> Option<Activity<'_>> {
        self.rows.get(self.settled + index)
    }

    /// Returns the record of a row, by its index from the first unsettled one.
    pub fn record(&self, index: usize) -> SuspectRecord {
        self.records.get(index).copied().unwrap_or_default()
    }

    /// Returns the number of unsettled rows.
    pub fn remaining(&self) -> usize {
        self.rows.len() - self.settled
    }

    /// Returns the spool numbers of the unsettled rows; empty if they come from the queue.
    pub fn numbers(&self) -> &[i64] {
        match &self.origin {
            Origin::Queue { .. } => &[],
            Origin::Spool { numbers, .. } => numbers.get(self.settled..).unwrap_or_default(),
        }
    }

    pub const fn is_spooled(&self) -> bool {
        matches!(self.origin, Origin::Spool { .. })
    }

    /// Returns the rows to send next, at most `limit`, and the mode.
    pub fn next(&self, limit: usize) -> (Range<usize>, SendMode) {
        let most = match self.mode {
            SendMode::Insert => self.max_rows,
            SendMode::Sift => self.max_rows.min(SIFTED_ROWS),
        };
        let count = self.remaining().min(most).min(limit);
        (self.settled..self.settled + count, self.mode)
    }

    /// Returns whether the pause is over.
    pub fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| now >= moment)
    }

    /// Returns the end of the pause, if there is one.
    pub const fn paused_until(&self) -> Option<Instant> {
        self.not_before
    }

    /// Pauses the batch until the given time.
    pub const fn wait_until(&mut self, moment: Instant) {
        self.not_before = Some(moment);
    }

    /// Ends the pause, because the store is known to accept rows again.
    pub const fn hurry(&mut self) {
        self.not_before = None;
    }

    /// Marks the next `count` rows as settled.
    pub fn settle(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.settled += count;
        self.records.drain(..count.min(self.records.len()));
        self.failures = 0;
        self.backoff.reset();
        self.not_before = None;
        if !self.is_divided() {
            self.max_rows = self.max_rows.saturating_mul(2);
        }
    }

    const fn is_divided(&self) -> bool {
        self.settled < self.divided_until
    }

    /// Returns an equal share of the budget's bytes and subtracts it, for a row that leaves the batch.
    pub fn split_bytes(&mut self) -> usize {
        let rows = self.remaining().max(1);
        match &mut self.origin {
            Origin::Queue { bytes, .. } => {
                let share = *bytes / rows;
                *bytes -= share;
                share
            }
            Origin::Spool { .. } => 0,
        }
    }

    /// Notes that an attempt with `sent` rows failed, and returns the next step. The rows that this attempt stored are
    /// settled already.
    pub fn failed(
        &mut self,
        sent: usize,
        error: &StoreError,
        commits: u64,
        now: Instant,
        chance: u16,
    ) -> NextAction {
        // Other rows were committed since the last failure, so the store works.
        let others_pass = commits > std::mem::replace(&mut self.commits, commits);
        self.failures += 1;
        match error.class() {
            ErrorClass::Value | ErrorClass::Rule | ErrorClass::Other
                if self.mode == SendMode::Insert =>
            {
                self.mode = SendMode::Sift;
                // This fault differs from the one for which the rows were divided.
                self.divided_until = 0;
                self.max_rows = self.rows.len();
                NextAction::Send
            }
            ErrorClass::TooBig if self.mode == SendMode::Insert && sent > 1 => {
                self.mode = SendMode::Sift;
                NextAction::Send
            }
            ErrorClass::TooBig | ErrorClass::Server if sent > 1 => {
                self.max_rows = sent / 2;
                NextAction::Send
            }
            ErrorClass::TooBig => NextAction::FrontFailed,
            ErrorClass::Reconnect if self.failures == 1 => NextAction::Send,
            ErrorClass::Reconnect | ErrorClass::Transient | ErrorClass::UnknownOutcome => {
                if (self.failures > 1 || self.is_divided()) && others_pass {
                    if sent == 1 {
                        return NextAction::FrontFailed;
                    }
                    self.divided_until = self.settled + sent;
                    self.mode = SendMode::Insert;
                    self.max_rows = (sent / PARTS).max(1);
                }
                self.not_before = Some(now + self.backoff.next(LONGEST, chance));
                NextAction::Pause
            }
            _ => NextAction::SetAside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(rows: usize) -> Batch {
        let origin = Origin::Queue {
            first: 0,
            end: 0,
            bytes: 0,
        };
        let rows = std::iter::repeat_n(Activity::default(), rows).collect();
        Batch::new(rows, origin)
    }

    fn fails(batch: &mut Batch, class: ErrorClass, commits: u64) -> NextAction {
        let sent = batch.next(usize::MAX).0.len();
        let error = StoreError::new(class, "scripted");
        batch.failed(sent, &error, commits, Instant::now(), 0)
    }

    #[test]
    fn each_class_has_the_first_action_that_the_table_of_delivery_gives_it() {
        let table = [
            (ErrorClass::UnknownOutcome, NextAction::Pause),
            (ErrorClass::Transient, NextAction::Pause),
            (ErrorClass::Unavailable, NextAction::SetAside),
            (ErrorClass::Crowded, NextAction::SetAside),
            (ErrorClass::Reconnect, NextAction::Send),
            (ErrorClass::ReadOnly, NextAction::SetAside),
            (ErrorClass::Configuration, NextAction::SetAside),
            (ErrorClass::Value, NextAction::Send),
            (ErrorClass::Rule, NextAction::Send),
            (ErrorClass::TooBig, NextAction::Send),
            (ErrorClass::Server, NextAction::Send),
            (ErrorClass::DiskFull, NextAction::SetAside),
            (ErrorClass::Other, NextAction::Send),
        ];
        for (class, action) in table {
            assert_eq!(fails(&mut batch(8), class, 0), action, "{class:?}");
        }
    }

    #[test]
    fn rows_that_are_refused_together_are_sifted() {
        for class in [ErrorClass::Value, ErrorClass::Rule, ErrorClass::Other] {
            let mut batch = batch(1000);
            fails(&mut batch, class, 0);
            assert_eq!(batch.next(usize::MAX), (0..250, SendMode::Sift));
        }
    }

    #[test]
    fn a_timeout_that_hits_all_rows_alike_never_divides_them() {
        let mut batch = batch(8);
        for _ in 0..100 {
            let action = fails(&mut batch, ErrorClass::UnknownOutcome, 7);
            assert_eq!(action, NextAction::Pause);
            assert_eq!(batch.next(usize::MAX).0, 0..8);
        }
    }

    #[test]
    fn a_row_that_fails_over_and_over_while_others_pass_is_found() {
        let mut batch = batch(1000);
        assert_eq!(
            fails(&mut batch, ErrorClass::Transient, 1),
            NextAction::Pause
        );
        assert_eq!(
            fails(&mut batch, ErrorClass::Transient, 2),
            NextAction::Pause
        );
        assert_eq!(batch.next(usize::MAX).0, 0..31);
        assert_eq!(
            fails(&mut batch, ErrorClass::Transient, 3),
            NextAction::Pause
        );
        assert_eq!(batch.next(usize::MAX).0, 0..1);
        assert_eq!(
            fails(&mut batch, ErrorClass::Transient, 4),
            NextAction::FrontFailed
        );
    }

    #[test]
    fn rows_that_passed_one_by_one_free_those_behind_them() {
        let mut batch = batch(1000);
        for commits in 1..=3 {
            fails(&mut batch, ErrorClass::Transient, commits);
        }
        // The 31 rows, one of which seemed to be at fault.
        for _ in 0..30 {
            assert_eq!(batch.next(usize::MAX).0.len(), 1);
            batch.settle(1);
        }
        batch.settle(1);
        assert_eq!(batch.next(usize::MAX).0, 31..33);
        batch.settle(2);
        assert_eq!(batch.next(usize::MAX).0, 33..37);
    }

    #[test]
    fn a_row_too_big_is_sifted_out_or_found_by_halves() {
        let mut batch = batch(2);
        assert_eq!(fails(&mut batch, ErrorClass::TooBig, 0), NextAction::Send);
        assert_eq!(batch.next(usize::MAX), (0..2, SendMode::Sift));
        assert_eq!(fails(&mut batch, ErrorClass::TooBig, 0), NextAction::Send);
        assert_eq!(batch.next(usize::MAX).0, 0..1);
        assert_eq!(
            fails(&mut batch, ErrorClass::TooBig, 0),
            NextAction::FrontFailed
        );
    }

    #[test]
    fn a_limit_of_the_servers_halves_a_statement_and_blames_no_row() {
        let mut batch = batch(2);
        assert_eq!(fails(&mut batch, ErrorClass::Server, 0), NextAction::Send);
        assert_eq!(
            fails(&mut batch, ErrorClass::Server, 0),
            NextAction::SetAside
        );
    }

    #[test]
    fn rows_an_error_names_as_stored_are_not_sent_again() {
        let mut batch = batch(10);
        batch.settle(7);
        let error = StoreError::new(ErrorClass::Transient, "scripted").after(7);
        let action = batch.failed(3, &error, 0, Instant::now(), 0);
        assert_eq!(action, NextAction::Pause);
        assert_eq!(batch.next(usize::MAX).0, 7..10);
    }

    #[test]
    fn a_row_that_goes_on_by_itself_takes_its_share_of_the_bytes() {
        let rows = std::iter::repeat_n(Activity::default(), 4).collect();
        let mut batch = Batch::new(
            rows,
            Origin::Queue {
                first: 0,
                end: 0,
                bytes: 10,
            },
        );
        assert_eq!(batch.split_bytes(), 2);
        assert!(matches!(batch.origin, Origin::Queue { bytes: 8, .. }));
    }
}
