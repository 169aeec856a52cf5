//! The writer's spool: opened beside the work, looked after when it is in kind, counted.

mod recovery;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::health::{Fault, FaultKind, Part, Status};
use crate::shared::Shared;
pub(crate) use crate::spool::SpoolStorage;
use crate::spool::{
    Letter, NotOpened, OpenedSpool, SpoolError, SpoolErrorKind, SpoolFile, SpoolPage,
};
use crate::stats::Term;
use recovery::Recovery;

/// Between two tries of a spool that cannot be opened.
const RETRY: Duration = Duration::from_secs(5);
/// How long a full spool is left alone.
const FULL: Duration = Duration::from_secs(1);
/// How long one that another process is at is left alone.
const BUSY: Duration = Duration::from_millis(100);

/// From then on it is told that another process is at it.
const BUSY_FOR_LONG: Duration = Duration::from_secs(5);

/// See the module.
pub(crate) struct SpoolManager<S: SpoolStorage> {
    shared: Arc<Shared>,
    /// `None` where nothing is spooled.
    storage: Option<S>,
    state: SpoolState<S>,
    /// The slot of a spool that is closed for now.
    slot: Option<S::Slot>,
    /// Counts the files: numbers from an earlier one mean nothing in the next.
    generation: u64,
    /// The number of the row that was added last.
    last: Option<i64>,
    /// Left alone until then.
    resting: Option<Instant>,
    kind: Option<SpoolErrorKind>,
    /// Since when another process has held it.
    busy_since: Option<Instant>,
    /// Something was wrong with the file while it was open, and nothing has worked since.
    suspect: bool,
    recovery: Recovery<S::Spool>,
}

/// What comes of opening a spool.
type Opening<S> =
    Result<OpenedSpool<<S as SpoolStorage>::Spool>, NotOpened<<S as SpoolStorage>::Slot>>;

enum SpoolState<S: SpoolStorage> {
    /// Not opened yet, or to be opened again.
    Closed,
    Opening(JoinHandle<Opening<S>>),
    Ready(Box<S::Spool>),
    /// Closed for good.
    Ended,
}

/// Rows of the spool, with what is needed to take them out again.
#[derive(Debug)]
pub(crate) struct SpooledRows {
    pub(crate) rows: Vec<Activity<'static>>,
    pub(crate) numbers: Vec<i64>,
    pub(crate) generation: u64,
}

/// What became of a row that was to be a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLettering {
    Kept,
    /// There is no place for dead letters, or it is full: the row is gone.
    NoRoom,
    /// The place cannot be used at the moment: the row is where it was.
    NotNow,
}

impl<S: SpoolStorage> SpoolManager<S> {
    pub(crate) fn new(shared: &Arc<Shared>, storage: S) -> Self {
        Self {
            storage: shared.config.spools().then_some(storage),
            state: SpoolState::Closed,
            slot: None,
            generation: 0,
            last: None,
            resting: None,
            kind: None,
            busy_since: None,
            suspect: false,
            recovery: Recovery::default(),
            shared: Arc::clone(shared),
        }
    }

    /// Opens what is closed, and takes over from the dead.
    pub(crate) async fn maintain(&mut self, now: Instant) {
        let Some(storage) = &self.storage else {
            return;
        };
        if matches!(self.state, SpoolState::Closed) && !self.is_resting(now) {
            let storage = storage.clone();
            let opening = {
                let held = self.slot.take();
                tokio::task::spawn_local(async move { storage.open(held).await })
            };
            self.state = SpoolState::Opening(opening);
        }
        self.recover(now).await;
    }

    /// Waits until the opening has ended.
    pub(crate) async fn changed(&mut self) {
        let SpoolState::Opening(opening) = &mut self.state else {
            return pending().await;
        };
        let opened = opening.await.unwrap_or_else(|_| {
            Err(NotOpened {
                slot: None,
                error: SpoolError::panicked(),
            })
        });
        self.state = SpoolState::Closed;
        match opened {
            Ok(found) => self.opened(found),
            Err(NotOpened { slot, error }) => {
                self.slot = slot;
                self.failed(&error).await;
            }
        }
    }

    fn opened(&mut self, found: OpenedSpool<S::Spool>) {
        self.generation += 1;
        self.last = None;
        self.resting = None;
        self.kind = None;
        self.shared.condition.recover(Part::Spool);
        for complaint in &found.complaints {
            self.shared
                .tell(&Fault::new(FaultKind::Spool, complaint.clone()));
        }
        self.reconcile(found.rows);
        self.state = SpoolState::Ready(Box::new(found.spool));
    }

    /// What is in the file is what is spooled, whatever was there before.
    fn reconcile(&self, rows: u64) {
        let tallies = self.shared.queue.tallies();
        let before = tallies.get(Term::Spooled);
        let (more, fewer) = (rows.saturating_sub(before), before.saturating_sub(rows));
        tallies.add(Term::Recovered, more);
        tallies.add(Term::Spooled, more);
        tallies.sub(Term::Spooled, fewer);
        tallies.add(Term::SpoolDamaged, fewer);
    }

    fn is_resting(&self, now: Instant) -> bool {
        self.resting.is_some_and(|until| now < until)
    }

    /// Whether it can be used now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        matches!(self.state, SpoolState::Ready(_)) && !self.is_resting(now)
    }

    /// Whether it could take something now or soon. A full one has room again only when the store takes from it.
    pub(crate) fn may_take(&self, now: Instant) -> bool {
        let is_full = self.kind == Some(SpoolErrorKind::Full) && self.is_resting(now);
        self.storage.is_some() && !matches!(self.state, SpoolState::Ended) && !is_full
    }

    /// Whether it is not known yet if it can be used.
    pub(crate) fn is_opening(&self) -> bool {
        let first_time = matches!(self.state, SpoolState::Closed) && self.resting.is_none();
        matches!(self.state, SpoolState::Opening(_)) || (first_time && self.storage.is_some())
    }

    /// How many rows could be taken out now.
    pub(crate) fn rows(&self, now: Instant) -> u64 {
        if self.is_ready(now) {
            self.shared.queue.tallies().get(Term::Spooled)
        } else {
            0
        }
    }

    /// Adds rows, on disk when this returns, under consecutive numbers. Returns the last, if that worked.
    pub(crate) async fn append(&mut self, rows: &[Activity<'_>]) -> Option<i64> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return None;
        };
        let appended = spool.append(rows).await;
        let last = self.worked(appended).await;
        self.last = last.or(self.last);
        last
    }

    /// The newest rows, as far as they came to this file since it was opened.
    pub(crate) async fn newest(&mut self, rows: usize) -> Option<SpooledRows> {
        let last = self.last?;
        let first = last.saturating_sub(i64::try_from(rows).ok()? - 1);
        let numbers: Vec<i64> = (first..=last).collect();
        self.read(&numbers).await
    }

    /// The oldest rows, of those after that number.
    pub(crate) async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Option<SpooledRows> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return None;
        };
        let oldest = spool.oldest(after, rows, bytes).await;
        let page = self.worked(oldest).await?;
        self.found(page)
    }

    /// The rows under these numbers of the current file.
    pub(crate) async fn read(&mut self, numbers: &[i64]) -> Option<SpooledRows> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return None;
        };
        let read = spool.read(numbers).await;
        let page = self.worked(read).await?;
        self.found(page)
    }

    fn found(&self, page: SpoolPage) -> Option<SpooledRows> {
        let tallies = self.shared.queue.tallies();
        tallies.sub(Term::Spooled, page.buried + page.lost);
        tallies.add(Term::DeadLettered, page.buried);
        tallies.add(Term::SpoolDamaged, page.lost);
        (!page.rows.is_empty()).then_some(SpooledRows {
            rows: page.rows,
            numbers: page.numbers,
            generation: self.generation,
        })
    }

    /// Puts other rows in the place of these; returns whether that worked.
    pub(crate) async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> bool {
        let SpoolState::Ready(spool) = &mut self.state else {
            return false;
        };
        let replaced = spool.replace(rows).await;
        self.worked(replaced).await.is_some()
    }

    /// Takes out rows that are stored. If it says no, they are still there, and will be sent again.
    pub(crate) async fn remove(&mut self, numbers: &[i64]) -> bool {
        let SpoolState::Ready(spool) = &mut self.state else {
            return false;
        };
        let removed = spool.remove(numbers).await;
        self.worked(removed).await.is_some()
    }

    /// Keeps rows that no store takes, taking them out of the spool if they are there. Returns of each what became of it.
    pub(crate) async fn dead_letter(&mut self, letters: &[Letter<'_>]) -> Vec<DeadLettering> {
        let all = |outcome| vec![outcome; letters.len()];
        if self.storage.is_none() {
            return all(DeadLettering::NoRoom);
        }
        let SpoolState::Ready(spool) = &mut self.state else {
            return all(DeadLettering::NotNow);
        };
        if letters.is_empty() {
            return Vec::new();
        }
        let kept = spool.add_dead_letters(letters).await;
        let Some(kept) = self.worked(kept).await else {
            return all(DeadLettering::NotNow);
        };
        let outcome = |kept| {
            if kept {
                DeadLettering::Kept
            } else {
                DeadLettering::NoRoom
            }
        };
        kept.into_iter().map(outcome).collect()
    }

    /// Counts the files: numbers of an earlier one mean nothing in the next.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) async fn close(&mut self) {
        if let SpoolState::Ready(spool) = std::mem::replace(&mut self.state, SpoolState::Ended) {
            drop(spool.close().await);
        }
    }

    /// Whether it has been busy, at each try, for longer than a backup or a look at it takes.
    fn is_busy_for_long(&mut self, now: Instant) -> bool {
        let since = *self.busy_since.get_or_insert(now);
        now >= since + BUSY_FOR_LONG
    }

    async fn worked<T>(&mut self, result: Result<T, SpoolError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.suspect = false;
                self.busy_since = None;
                if self.kind.take().is_some() {
                    self.resting = None;
                    self.shared.condition.recover(Part::Spool);
                }
                Some(value)
            }
            Err(error) => {
                self.failed(&error).await;
                None
            }
        }
    }

    async fn failed(&mut self, error: &SpoolError) {
        let kind = error.kind();
        let is_open = matches!(self.state, SpoolState::Ready(_));
        let rest = match kind {
            SpoolErrorKind::Full => FULL,
            SpoolErrorKind::Busy => BUSY,
            // It is opened anew at once, and checked; if it passes and fails again, that would go on for ever.
            SpoolErrorKind::Damaged if is_open && !self.suspect => Duration::ZERO,
            _ => RETRY,
        };
        self.resting = Some(Instant::now() + rest);
        let keeps_file = matches!(kind, SpoolErrorKind::Full | SpoolErrorKind::Busy);
        let is_news = self.kind != Some(kind) && !self.suspect;
        if !keeps_file && is_open {
            self.suspect = true;
            // Opened anew, it is checked, and set aside if it does not pass.
            // Its slot is kept: another process would take over the rows, which are ours to count.
            if let SpoolState::Ready(spool) = std::mem::replace(&mut self.state, SpoolState::Closed)
            {
                self.slot = Some(spool.close().await);
            }
            self.generation += 1;
            self.last = None;
        }
        if kind == SpoolErrorKind::Busy && !self.is_busy_for_long(Instant::now()) {
            return;
        }
        let (status, cause) = match kind {
            SpoolErrorKind::Busy => (
                Status::Degraded,
                format!("another process holds the spool, what is in it waits: {error}"),
            ),
            SpoolErrorKind::Full => (
                Status::Red,
                format!("the spool is full, events wait in memory: {error}"),
            ),
            _ => (
                Status::Red,
                format!("the spool cannot be used, events wait in memory: {error}"),
            ),
        };
        self.shared.condition.worsen(Part::Spool, status, &*cause);
        self.kind = Some(kind);
        if is_news {
            self.shared.tell(&Fault::new(FaultKind::Spool, cause));
        }
    }
}
