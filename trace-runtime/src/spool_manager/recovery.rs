//! Recovery of the spools of dead processes, and of parked files of this process, a little at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behavior_trace_store::spool::{
    NotOpened, OpenedSpool, SalvageStep, SpoolError, SpoolErrorKind, SpoolFile, SpoolStorage,
    StaleError,
};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::delivered::Delivered;
use super::{MAX_PARKED, MAX_RETRY, RETRY, SpoolManager, SpoolState};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::stats::Metric;

/// Interval of searches for spools of dead processes.
const LOOK: Duration = Duration::from_secs(15);

/// A slot held by this process whose file cannot be used now.
#[derive(Debug)]
pub(super) struct Parked<S> {
    slot: S,
    /// Rows in it that are counted as spooled.
    pub(super) rows: u64,
    delivered: BTreeSet<i64>,
    pub(super) cause: String,
    next_try: Instant,
    failures: u32,
}

/// State of the recovery.
pub(super) struct Recovery<S: SpoolStorage> {
    stale: Option<Box<Stale<S::Spool>>>,
    opening: Option<Opening<S>>,
    next_slot: usize,
    next_look: Option<Instant>,
    /// Reasons why spools of dead processes were not recovered, in the previous search and in the current one.
    left: Vec<String>,
    left_now: Vec<String>,
}

/// A spool whose rows are moved to the spool of this process.
struct Stale<F> {
    spool: F,
    origin: StaleOrigin,
    /// Check for damage. Until it ends, no row is moved. Rows that cannot be removed from a damaged file would come again
    /// from its salvage. A write to such a file may overwrite its rows.
    check: Option<Check>,
}

struct Check {
    task: JoinHandle<Result<(), SpoolError>>,
    stop: Arc<AtomicBool>,
}

impl<F: SpoolFile> Stale<F> {
    fn new(spool: F, origin: StaleOrigin) -> Self {
        let stop = Arc::default();
        let task = tokio::task::spawn_local(spool.check(Arc::clone(&stop)));
        Self {
            spool,
            origin,
            check: Some(Check { task, stop }),
        }
    }

    /// Returns whether the file is sound, or `None` until that is known.
    async fn checked(&mut self) -> Option<Result<(), SpoolError>> {
        if let Some(check) = &mut self.check {
            if !check.task.is_finished() {
                return None;
            }
            let found = (&mut check.task).await;
            self.check = None;
            match found {
                Ok(Err(error)) if error.kind() == SpoolErrorKind::Damaged => {
                    return Some(Err(error));
                }
                // Other damage is met when the rows are read.
                _ => self.remove_delivered().await,
            }
        }
        Some(Ok(()))
    }

    /// Removes rows delivered before the file failed. A row that stays nevertheless is stored under the same id.
    async fn remove_delivered(&mut self) {
        let numbers: Vec<i64> = self.origin.delivered.iter().copied().collect();
        if !numbers.is_empty() {
            let _ = self.spool.remove(&numbers).await;
        }
    }

    async fn close(mut self) -> F::Slot {
        if let Some(check) = self.check.take() {
            check.stop.store(true, Ordering::Relaxed);
            let _ = check.task.await;
        }
        self.spool.close().await
    }
}

/// Facts known about a stale spool.
#[derive(Debug, Default)]
struct StaleOrigin {
    /// Rows in it that are counted as spooled already.
    counted: u64,
    delivered: BTreeSet<i64>,
    failures: u32,
    /// Reason why it could not be used.
    cause: Option<String>,
    /// Set when this process holds the slot until its rows are moved.
    is_ours: bool,
}

enum Opening<S: SpoolStorage> {
    Stale(StaleTask<S>),
    Parked(OwnTask<S>, StaleOrigin),
}

type Opened<S> = OpenedSpool<<S as SpoolStorage>::Spool>;
type FoundStale<S> = Result<Option<(usize, Opened<S>)>, StaleError>;
type OpenedOwn<S> = Result<Opened<S>, NotOpened<<S as SpoolStorage>::Slot>>;
type StaleTask<S> = JoinHandle<FoundStale<S>>;
pub(super) type OwnTask<S> = JoinHandle<OpenedOwn<S>>;

impl<S: SpoolStorage> Default for Recovery<S> {
    fn default() -> Self {
        Self {
            stale: None,
            opening: None,
            next_slot: 0,
            next_look: None,
            left: Vec::new(),
            left_now: Vec::new(),
        }
    }
}

impl<S: SpoolStorage> Recovery<S> {
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
        } else if self.recovery.next_look.is_none_or(|moment| now >= moment) {
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
                self.recovery.next_look = Some(now + LOOK);
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

    fn take_parked(&mut self, opened: OpenedOwn<S>, origin: StaleOrigin, now: Instant) {
        match opened {
            Ok(opened) => {
                self.tell_all(&opened.complaints);
                self.note_health();
                self.recovery.stale = Some(Box::new(Stale::new(opened.spool, origin)));
            }
            Err(NotOpened {
                slot: Some(slot),
                error,
            }) => self.park(slot, origin, error.kind(), &error.to_string(), now),
            Err(NotOpened { slot: None, error }) => {
                // Its task is gone, and its lock with it: the process that finds the file counts its rows.
                self.shared
                    .queue
                    .counters()
                    .sub(Metric::Spooled, origin.counted);
                self.shared
                    .queue
                    .counters()
                    .add(Metric::SpoolDamaged, origin.counted);
                self.left_behind(&error.to_string(), true);
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
                self.recovery.next_look = Some(now + LOOK);
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
        self.recovery.next_look = Some(now + LOOK);
        self.left_behind(&what, true);
    }

    fn left_behind(&mut self, error: &str, is_left: bool) {
        let cause = format!("the spool of a dead process is left where it is for now: {error}");
        if is_left {
            self.recovery.left_now.push(cause.clone());
            self.note_health();
        }
        self.tell_once(cause);
    }

    fn park(
        &mut self,
        slot: S::Slot,
        origin: StaleOrigin,
        kind: SpoolErrorKind,
        error: &str,
        now: Instant,
    ) {
        let cause = format!("a spool file cannot be used now, its rows stay in it: {error}");
        let rest = match (kind, origin.failures) {
            // It is checked at once.
            (SpoolErrorKind::Damaged, 0) => Duration::ZERO,
            (_, failures) => (RETRY * (1 << failures.min(2))).min(MAX_RETRY),
        };
        self.parked.push(Parked {
            slot,
            rows: origin.counted,
            delivered: origin.delivered,
            cause: cause.clone(),
            next_try: now + rest,
            failures: origin.failures + 1,
        });
        self.note_health();
        self.tell_once(cause);
    }

    /// Returns whether the slot whose file could not be opened may be parked, and another one tried.
    pub(super) fn may_park(&self, error: &SpoolError) -> bool {
        let is_reason = !matches!(error.kind(), SpoolErrorKind::Busy | SpoolErrorKind::Newer);
        is_reason && self.slot.is_some() && self.parked.len() < MAX_PARKED
    }

    /// Parks the slot whose file could not be opened. Returns whether to try another one.
    pub(super) fn park_slot(&mut self, error: &SpoolError) -> bool {
        let counted = self.own_rows() + self.owed;
        let Some(slot) = self.slot.take() else {
            return false;
        };
        if counted == 0 && self.delivered.numbers.is_empty() && !self.parked.is_empty() {
            // This would be a second one, without rows that this process counts.
            return false;
        }
        self.owed = 0;
        let origin = StaleOrigin {
            counted,
            delivered: std::mem::take(&mut self.delivered.numbers),
            failures: 0,
            cause: None,
            is_ours: true,
        };
        self.park(
            slot,
            origin,
            error.kind(),
            &error.to_string(),
            Instant::now(),
        );
        true
    }

    /// Returns the slot parked longest, to become the slot of this process.
    pub(super) fn unpark(&mut self) -> Option<S::Slot> {
        if self.parked.is_empty() {
            return None;
        }
        let Parked {
            slot, delivered, ..
        } = self.parked.remove(0);
        self.delivered = Delivered::of(delivered);
        Some(slot)
    }

    fn tell_all(&mut self, complaints: &[String]) {
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

    /// Counts a step of a salvage. `owed` is the number of rows in the damaged file that are counted as spooled.
    pub(super) fn count_salvaged(&mut self, step: &SalvageStep, owed: &mut u64) {
        let counters = self.shared.queue.counters();
        counters.add(Metric::Salvaged, step.rows + step.letters);
        let known = step.rows.min(*owed);
        *owed -= known;
        counters.add(Metric::Recovered, step.rows - known);
        counters.add(Metric::Spooled, step.rows - known);
        let known = step.lost.min(*owed);
        *owed -= known;
        counters.sub(Metric::Spooled, known);
        counters.add(Metric::Recovered, step.lost - known);
        counters.add(Metric::SpoolDamaged, step.lost);
        if let Some(report) = &step.report {
            self.damage = (!step.is_whole).then(|| report.clone());
            self.note_health();
            self.shared.tell(&RecorderError::new(
                RecorderErrorKind::Spool,
                report.clone(),
            ));
        }
    }

    /// Counts as damaged the rows that were counted as spooled and are in no file.
    pub(super) fn lose(&self, owed: &mut u64) {
        let counters = self.shared.queue.counters();
        counters.sub(Metric::Spooled, *owed);
        counters.add(Metric::SpoolDamaged, *owed);
        *owed = 0;
    }
}
