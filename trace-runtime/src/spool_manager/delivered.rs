//! Rows that are stored and still in the file: taken out as soon as there is room for that, and never sent again.

use std::collections::BTreeSet;
use std::time::Duration;

use behavior_trace_store::spool::{SpoolError, SpoolErrorKind, SpoolFile as _, SpoolStorage};
use tokio::time::Instant;

use super::{FULL, SpoolManager, SpoolState};

/// The most rows taken out at once, where they could not be taken out when they were delivered.
const REMOVED: usize = 2000;
/// Where they are fewer, so many times one after the other.
const PIECES: usize = 16;
/// For how long at most: on a slow disk everything else would wait for them.
const AT_ONCE: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) numbers: BTreeSet<i64>,
    /// All rows up to this number are delivered.
    pub(super) front: Option<i64>,
    /// How many rows are taken out at once: the fewer the less room there is.
    piece: usize,
    /// Until then nothing is taken out.
    full_until: Option<Instant>,
    /// The file cannot be replaced: there are dead letters in it, or damaged files to be read.
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

    /// The file is opened anew.
    pub(super) const fn reopened(&mut self) {
        self.front = None;
        self.full_until = None;
        self.is_kept = false;
    }
}

impl<S: SpoolStorage> SpoolManager<S> {
    /// Takes rows out that were delivered and are still there, these among them. Whatever comes of it, they are not sent again.
    pub(super) async fn clear_delivered(&mut self, numbers: &[i64]) {
        self.delivered.numbers.extend(numbers);
        let begun = Instant::now();
        if !self.take_out(numbers, Instant::now()).await || self.delivered.piece == REMOVED {
            return;
        }
        // Where there is little room, little is taken out at once.
        for _ in 1..PIECES {
            let now = Instant::now();
            if now >= begun + AT_ONCE || !self.take_out(&[], now).await {
                return;
            }
        }
        self.delivered.piece = (self.delivered.piece * 2).min(REMOVED);
    }

    /// Takes out these and some others. Returns whether that worked.
    async fn take_out(&mut self, numbers: &[i64], now: Instant) -> bool {
        let SpoolState::Ready(spool) = &mut self.state else {
            return false;
        };
        let is_full = self.delivered.full_until.is_some_and(|until| now < until);
        let rests = numbers.is_empty() && self.resting.is_some_and(|until| now < until);
        if is_full || rests {
            return false;
        }
        let mut some: BTreeSet<i64> = numbers.iter().copied().collect();
        // Those from before it was opened are being counted.
        if self.tasks.is_counted() {
            some.extend(self.delivered.numbers.iter().take(self.delivered.piece));
        }
        if some.is_empty() {
            return false;
        }
        let some: Vec<i64> = some.into_iter().collect();
        match spool.remove(&some).await {
            Ok(()) => {
                self.delivered.full_until = None;
                for number in some {
                    self.delivered.numbers.remove(&number);
                }
                self.is_well();
                true
            }
            Err(error) if error.kind() == SpoolErrorKind::Full => {
                self.has_no_room(numbers.is_empty(), now, &error).await;
                false
            }
            Err(error) => {
                self.failed(&error).await;
                false
            }
        }
    }

    /// Rows could not be taken out, the batch that was just delivered among them or not.
    async fn has_no_room(&mut self, is_idle: bool, now: Instant, error: &SpoolError) {
        if self.delivered.piece == 1 || !is_idle {
            self.delivered.full_until = Some(now + FULL);
        }
        self.delivered.piece = (self.delivered.piece / 4).max(1);
        self.tell_once(format!(
            "the spool's volume has no room to take delivered rows out; they are remembered, and not sent again: {error}"
        ));
        // To be removed needs no room; the batch that was just delivered is uncounted by then.
        let is_done = is_idle && self.own_rows() == 0;
        if is_done && !self.delivered.is_kept && self.tasks.is_counted() {
            self.discard().await;
        }
    }

    /// Replaces a file of which every row is delivered.
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
                    // It is counted again: until then nothing is read from it.
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
