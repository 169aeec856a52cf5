//! Rows that are stored but still in the file. They are removed once there is room for that, and never sent again.

use std::collections::BTreeSet;
use std::time::Duration;

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile as _, SpoolStorage};
use tokio::time::Instant;

use super::{FULL, NotSpooled, SpoolManager, SpoolState};

/// Maximum number of rows removed at once, of those that could not be removed on delivery.
const REMOVED: usize = 2000;
/// Maximum number of removals in a row, when each removes fewer rows.
const PIECES: usize = 16;
/// Time limit of these removals. On a slow disk all other work would wait for them.
const AT_ONCE: Duration = Duration::from_millis(100);

/// Numbers of delivered rows that are still in the current file.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) numbers: BTreeSet<i64>,
    /// Number up to which all rows are delivered.
    pub(super) front: Option<i64>,
    /// Rows removed at once. Less room means fewer rows.
    piece: usize,
    /// Time until which no row is removed.
    full_until: Option<Instant>,
    /// Set when the file cannot be replaced, because it has dead letters or damaged files to be read.
    is_kept: bool,
}

impl Default for Delivered {
    fn default() -> Self {
        Self::of(BTreeSet::new())
    }
}

impl Delivered {
    pub(super) const fn of(numbers: BTreeSet<i64>) -> Self {
        Self {
            numbers,
            front: None,
            piece: REMOVED,
            full_until: None,
            is_kept: false,
        }
    }

    /// Resets the state that belongs to one opening of the file.
    pub(super) const fn reopened(&mut self) {
        self.front = None;
        self.full_until = None;
        self.is_kept = false;
    }
}

impl<S: SpoolStorage> SpoolManager<S> {
    /// Removes delivered rows that are still in the file, including these. They are not sent again, even if this fails.
    pub(super) async fn clear_delivered(&mut self, numbers: &[i64]) {
        self.delivered.numbers.extend(numbers);
        let begun = Instant::now();
        if self.take_out(numbers, Instant::now()).await.is_err() || self.delivered.piece == REMOVED
        {
            return;
        }
        // With little room, few rows are removed at once.
        for _ in 1..PIECES {
            let now = Instant::now();
            if now >= begun + AT_ONCE || self.take_out(&[], now).await.is_err() {
                return;
            }
        }
        self.delivered.piece = (self.delivered.piece * 2).min(REMOVED);
    }

    /// Removes these rows and some others. Fails if there is nothing to remove, or no room to remove it.
    async fn take_out(&mut self, numbers: &[i64], now: Instant) -> Result<(), NotSpooled> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return Err(NotSpooled);
        };
        let is_full = self.delivered.full_until.is_some_and(|until| now < until);
        let rests = numbers.is_empty() && self.resting.is_some_and(|until| now < until);
        if is_full || rests {
            return Err(NotSpooled);
        }
        let mut some: BTreeSet<i64> = numbers.iter().copied().collect();
        // Rows from before the file was opened are still being counted.
        if self.tasks.is_counted() {
            some.extend(self.delivered.numbers.iter().take(self.delivered.piece));
        }
        if some.is_empty() {
            return Err(NotSpooled);
        }
        let some: Vec<i64> = some.into_iter().collect();
        match spool.remove(&some).await {
            Ok(()) => {
                self.delivered.full_until = None;
                for number in some {
                    self.delivered.numbers.remove(&number);
                }
                self.is_well();
                Ok(())
            }
            Err(error) if error.kind() == SpoolErrorKind::Full => {
                self.has_no_room(numbers.is_empty(), now, &error).await;
                Err(NotSpooled)
            }
            Err(error) => {
                self.failed(&error).await;
                Err(NotSpooled)
            }
        }
    }

    /// Handles a removal that had no room. `is_idle` is false if it was to remove the batch just delivered.
    async fn has_no_room(&mut self, is_idle: bool, now: Instant, error: &SpoolError) {
        if self.delivered.piece == 1 || !is_idle {
            self.delivered.full_until = Some(now + FULL);
        }
        self.delivered.piece = (self.delivered.piece / 4).max(1);
        self.tell_once(format!(
            "the spool's volume has no room to take delivered rows out; they are remembered, and not sent again: {error}"
        ));
        // Replacing the file needs no room. The batch just delivered is still counted in it, so only an idle call may
        // replace it.
        let is_done = is_idle && self.own_rows() == 0;
        if is_done && !self.delivered.is_kept && self.tasks.is_counted() {
            self.discard().await;
        }
    }

    /// Replaces a file whose rows are all delivered.
    async fn discard(&mut self) {
        self.tasks.stop().await;
        match std::mem::replace(&mut self.state, SpoolState::Closed) {
            SpoolState::Ready(spool) => match spool.discard().await {
                Ok(slot) => {
                    self.slot = Some(slot);
                    self.delivered = Delivered::default();
                    self.resting = None;
                    self.generation += 1;
                    self.last = None;
                }
                Err(spool) => {
                    self.delivered.is_kept = true;
                    // The file is counted again, and not read until then.
                    let before = self.own_rows();
                    let delivered = self.delivered.numbers.iter().copied().collect();
                    self.tasks.count(&spool, None, before, delivered);
                    self.state = SpoolState::Ready(Box::new(spool));
                }
            },
            other => self.state = other,
        }
    }
}
