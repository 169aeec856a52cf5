//! Recovery of the spools of dead processes, and of parked files of this process, a little at a time.

use behavior_trace_store::spool::{
    NotOpened, SalvageStep, SpoolError, SpoolErrorKind, SpoolFile, SpoolStorage, StaleError,
};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::delivered::Delivered;
use super::parked::{Opened, OpenedOwn, Parked};
use super::stale::{Stale, StaleOrigin};
use super::{MAX_PARKED, SpoolManager, SpoolState};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::searches::Searches;
use crate::stats::Metric;

/// State of the recovery.
pub(super) struct Recovery<S: SpoolStorage> {
    pub(super) stale: Option<Box<Stale<S::Spool>>>,
    opening: Option<Opening<S>>,
    next_slot: usize,
    pub(super) searches: Searches,
    /// Reasons why spools of dead processes were not recovered, in the previous search and in the current one.
    left: Vec<String>,
    left_now: Vec<String>,
}

enum Opening<S: SpoolStorage> {
    Stale(StaleTask<S>),
    Parked(OwnTask<S>, StaleOrigin),
}

type FoundStale<S> = Result<Option<(usize, Opened<S>)>, StaleError>;
type StaleTask<S> = JoinHandle<FoundStale<S>>;
pub(super) type OwnTask<S> = JoinHandle<OpenedOwn<S>>;

impl<S: SpoolStorage> Default for Recovery<S> {
    fn default() -> Self {
        Self {
            stale: None,
            opening: None,
            next_slot: 0,
            searches: Searches::default(),
            left: Vec::new(),
            left_now: Vec::new(),
        }
    }
}

impl<S: SpoolStorage> Recovery<S> {
    /// Returns whether no file is being opened or moved, and none is looked for now.
    pub(super) fn is_at_rest(&self, now: Instant) -> bool {
        self.stale.is_none() && self.opening.is_none() && !self.searches.is_due(now)
    }

    /// Returns the rows that are counted as spooled, but are not in the current file.
    pub(super) fn counted(&self) -> u64 {
        let stale = self.stale.as_ref().map_or(0, |stale| stale.origin.counted);
        let opening = match &self.opening {
            Some(Opening::Parked(_, origin)) => origin.counted,
            _ => 0,
        };
        stale + opening
    }

    /// Returns the problems of files other than the current one.
    pub(super) fn causes(&self) -> impl Iterator<Item = &String> {
        let opening = match &self.opening {
            Some(Opening::Parked(_, origin)) => origin.cause.as_ref(),
            _ => None,
        };
        let new = self.left_now.iter();
        let new = new.filter(|cause| !self.left.contains(cause));
        opening.into_iter().chain(&self.left).chain(new)
    }
}

impl<S: SpoolStorage> SpoolManager<S> {
    /// Moves some rows, or looks for the next spool to recover.
    pub(super) async fn recover(&mut self, now: Instant) {
        if !self.is_ready(now) || !self.tasks.is_counted() {
            return;
        }
        if let Some(stale) = self.recovery.stale.take() {
            return self.move_some(stale, now).await;
        }
        if self.recovery.opening.is_some() {
            return self.take_opened(now).await;
        }
        let Some(storage) = self.storage.clone() else {
            return;
        };
        if let Some(at) = self.parked.iter().position(|parked| parked.next_try <= now) {
            let Parked {
                slot,
                rows,
                delivered,
                failures,
                cause,
                ..
            } = self.parked.remove(at);
            let origin = StaleOrigin {
                counted: rows,
                delivered,
                failures,
                cause: Some(cause),
                is_ours: true,
            };
            let opening = tokio::task::spawn_local(async move { storage.open(Some(slot)).await });
            self.recovery.opening = Some(Opening::Parked(opening, origin));
        } else if self.recovery.searches.is_due(now) {
            let first = self.recovery.next_slot;
            let opening = tokio::task::spawn_local(async move { storage.open_stale(first).await });
            self.recovery.opening = Some(Opening::Stale(opening));
        }
    }

    async fn take_opened(&mut self, now: Instant) {
        match self.recovery.opening.take() {
            Some(Opening::Stale(task)) if task.is_finished() => {
                let found = task.await.unwrap_or_else(|_| {
                    Err(StaleError {
                        next: 0,
                        error: SpoolError::panicked(),
                        is_left: true,
                    })
                });
                self.take_stale(found, now);
            }
            Some(Opening::Parked(task, origin)) if task.is_finished() => {
                let opened = task.await.unwrap_or_else(|_| {
                    Err(NotOpened {
                        slot: None,
                        error: SpoolError::panicked(),
                    })
                });
                self.take_parked(opened, origin, now);
            }
            other => self.recovery.opening = other,
        }
    }

    fn take_stale(&mut self, found: FoundStale<S>, now: Instant) {
        match found {
            Ok(Some((next, opened))) => {
                self.recovery.next_slot = next;
                self.tell_all(&opened.complaints);
                self.recovery.stale =
                    Some(Box::new(Stale::new(opened.spool, StaleOrigin::default())));
            }
            Ok(None) => {
                self.recovery.next_slot = 0;
                self.recovery.searches.completed(now);
                self.recovery.left = std::mem::take(&mut self.recovery.left_now);
                self.note_health();
            }
            Err(StaleError {
                next,
                error,
                is_left,
            }) => {
                // The slots behind it are searched nevertheless.
                self.recovery.next_slot = next;
                self.left_behind(&error.to_string(), is_left);
            }
        }
    }

    async fn move_some(&mut self, mut stale: Box<Stale<S::Spool>>, now: Instant) {
        let SpoolState::Ready(spool) = &mut self.state else {
            self.recovery.stale = Some(stale);
            return;
        };
        match stale.checked().await {
            None => {
                self.recovery.stale = Some(stale);
                return;
            }
            Some(Err(error)) => return self.give_up(stale, &error, now).await,
            Some(Ok(())) => {}
        }
        if stale.spool.has_salvage() {
            match stale.spool.salvage().await {
                Ok(Some(step)) => {
                    // The rows are counted as spooled when they are in the current file.
                    let counters = self.shared.queue.counters();
                    counters.add(Metric::Salvaged, step.rows);
                    let step = SalvageStep { rows: 0, ..step };
                    let mut owed = stale.origin.counted;
                    self.count_salvaged(&step, &mut owed);
                    stale.origin.counted = owed;
                    self.recovery.stale = Some(stale);
                }
                Ok(None) => self.recovery.stale = Some(stale),
                Err(error) => self.give_up(stale, &error, now).await,
            }
            return;
        }
        match spool.recover(&mut stale.spool).await {
            Ok(None) => {
                let Stale {
                    spool, mut origin, ..
                } = *stale;
                self.lose(&mut origin.counted);
                spool.dissolve().await;
            }
            Ok(Some(rows)) => {
                let known = rows.min(stale.origin.counted);
                stale.origin.counted -= known;
                let counters = self.shared.queue.counters();
                counters.add(Metric::Recovered, rows - known);
                counters.add(Metric::Spooled, rows - known);
                self.has_slack = true;
                self.recovery.stale = Some(stale);
            }
            Err(error) if error.kind() == SpoolErrorKind::Full && self.is_spare() => {
                self.recovery.searches.repeat(now);
                // Dead letters alone can wait.
                match stale.spool.oldest(None, 1, 1).await {
                    Ok(page) if !page.rows.is_empty() => self.swap(stale).await,
                    _ => self.give_up(stale, &error, now).await,
                }
            }
            Err(error) => self.give_up(stale, &error, now).await,
        }
    }

    /// Returns whether the current file holds nothing that would be missed.
    fn is_spare(&self) -> bool {
        self.own_rows() == 0 && self.delivered.numbers.is_empty() && self.owed == 0
    }

    /// Makes the other file the current one, when it fills the volume and the current file is empty.
    async fn swap(&mut self, stale: Box<Stale<S::Spool>>) {
        self.tasks.stop().await;
        let Stale { spool, origin, .. } = *stale;
        if let SpoolState::Ready(empty) = std::mem::replace(&mut self.state, SpoolState::Closed) {
            match empty.discard().await {
                Ok(slot) => drop(slot),
                // Its dead letters are recovered like those of a dead process.
                Err(empty) => drop(empty.close().await),
            }
        }
        // From here on its rows that are counted as spooled are in the current file.
        self.slot = Some(spool.close().await);
        self.delivered = Delivered::of(origin.delivered);
        self.last = None;
        self.generation += 1;
        self.resting = None;
    }

    /// Gives up the recovery of a spool for now. Its rows are safe in their file.
    async fn give_up(&mut self, stale: Box<Stale<S::Spool>>, error: &SpoolError, now: Instant) {
        let Stale {
            mut spool, origin, ..
        } = *stale;
        let is_damaged = error.kind() == SpoolErrorKind::Damaged;
        let what = error.of(&spool.place());
        if is_damaged {
            spool.suspect();
        }
        let slot = spool.close().await;
        if origin.is_ours || (is_damaged && self.parked.len() < MAX_PARKED) {
            return self.park(slot, origin, error.kind(), &what, now);
        }
        self.recovery.searches.repeat(now);
        self.left_behind(&what, true);
    }

    pub(super) fn left_behind(&mut self, error: &str, is_left: bool) {
        let cause = format!("the spool of a dead process is left where it is for now: {error}");
        if is_left {
            self.recovery.left_now.push(cause.clone());
            self.note_health();
        }
        self.tell_once(cause);
    }

    pub(super) fn tell_all(&mut self, complaints: &[String]) {
        for complaint in complaints {
            self.shared.tell(&RecorderError::new(
                RecorderErrorKind::Spool,
                complaint.clone(),
            ));
        }
    }

    /// Closes the spool whose rows are being moved.
    pub(super) async fn leave(&mut self) {
        if let Some(stale) = self.recovery.stale.take() {
            drop(stale.close().await);
        }
    }
}
