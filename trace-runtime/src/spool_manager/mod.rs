//! The writer's spool: opened beside the work, looked after when it is in kind, counted.

mod beside;
mod delivered;
mod recovery;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Activity;
pub(crate) use behavior_trace_store::spool::SpoolStorage;
use behavior_trace_store::spool::{
    Letter, NotOpened, OpenedSpool, SpoolError, SpoolErrorKind, SpoolFile, SpoolPage,
};
use tokio::time::Instant;

use crate::health::{HealthStatus, Part, RecorderError, RecorderErrorKind};
use crate::shared::Shared;
use crate::stats::Metric;
use beside::{SpoolTask, Tasks};
use delivered::Delivered;
use recovery::{OwnTask, Parked, Recovery};

/// Between two tries of a spool that cannot be opened, at first and at last.
const RETRY: Duration = Duration::from_secs(5);
const MAX_RETRY: Duration = Duration::from_secs(20);
/// How long a full spool is left alone.
const FULL: Duration = Duration::from_secs(1);
/// How long one that another process is at is left alone.
const BUSY: Duration = Duration::from_millis(100);
/// From then on it is told that another process is at it.
const BUSY_FOR_LONG: Duration = Duration::from_secs(5);
/// How long durable calls wait for a spool that is being opened: about what one `fsync` takes on a disk under load.
const OPENS_SOON: Duration = Duration::from_secs(1);
/// How long a spool has been empty before it gives its room back.
const EMPTY: Duration = Duration::from_secs(10);
/// Files that wait for better times, while another takes the rows.
const MAX_PARKED: usize = 4;
/// Between two looks whether others can read the file again.
const ALONE: Duration = Duration::from_secs(1);
/// Causes that are not told twice.
const MAX_TOLD: usize = 32;

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
    delivered: Delivered,
    /// Rows counted as spooled that are in a damaged file, and not yet read back.
    owed: u64,
    /// Until then no damaged file is read.
    salvage_rests: Option<Instant>,
    /// Until then nobody else can read it, if that is so.
    alone_until: Option<Instant>,
    /// What health names as long as the process runs.
    damage: Option<String>,
    /// Why it is not known how many rows there are.
    uncounted: Option<String>,
    tasks: Tasks,
    /// Left alone until then.
    resting: Option<Instant>,
    trouble: Option<Trouble>,
    /// Tries to open it that failed, one after the other.
    failures: u32,
    opening_since: Option<Instant>,
    /// A slot was just left alone: the next to be opened is another.
    tries_another: bool,
    /// Since when another process has held it.
    busy_since: Option<Instant>,
    /// Something was wrong with the file while it was open, and nothing has worked since.
    suspect: bool,
    /// It may take more room than its rows need.
    has_slack: bool,
    empty_since: Option<Instant>,
    parked: Vec<Parked<S::Slot>>,
    recovery: Recovery<S>,
    told: Vec<String>,
}

/// Why it cannot be used.
struct Trouble {
    kind: SpoolErrorKind,
    status: HealthStatus,
    cause: String,
}

enum SpoolState<S: SpoolStorage> {
    /// Not opened yet, or to be opened again.
    Closed,
    Opening(OwnTask<S>),
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
            delivered: Delivered::default(),
            owed: 0,
            salvage_rests: None,
            alone_until: None,
            damage: None,
            uncounted: None,
            tasks: Tasks::default(),
            resting: None,
            trouble: None,
            failures: 0,
            opening_since: None,
            tries_another: false,
            busy_since: None,
            suspect: false,
            has_slack: false,
            empty_since: None,
            parked: Vec::new(),
            recovery: Recovery::default(),
            told: Vec::new(),
            shared: Arc::clone(shared),
        }
    }

    /// Opens what is closed, takes over from the dead, and gives room back.
    pub(crate) async fn maintain(&mut self, now: Instant) {
        let Some(storage) = &self.storage else {
            return;
        };
        if matches!(self.state, SpoolState::Closed) && !self.is_resting(now) {
            let storage = storage.clone();
            let held = match self.slot.take() {
                None if !std::mem::take(&mut self.tries_another) => self.unpark(),
                held => held,
            };
            self.opening_since.get_or_insert(now);
            let opening = tokio::task::spawn_local(async move { storage.open(held).await });
            self.state = SpoolState::Opening(opening);
        }
        self.take_results().await;
        self.clear_delivered(&[]).await;
        self.share(now).await;
        if !self.salvage(now).await {
            self.recover(now).await;
        }
        self.give_room_back(now).await;
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
                self.tries_another = self.may_park(&error) && self.park_slot(&error);
                if !self.tries_another {
                    self.failed(&error).await;
                }
            }
        }
    }

    /// It waits for nothing: who calls may stop waiting at any time.
    fn opened(&mut self, found: OpenedSpool<S::Spool>) {
        self.generation += 1;
        self.last = None;
        self.delivered.reopened();
        self.resting = None;
        self.trouble = None;
        self.uncounted = None;
        self.failures = 0;
        self.opening_since = None;
        self.has_slack = true;
        self.empty_since = None;
        for complaint in &found.complaints {
            self.shared.tell(&RecorderError::new(
                RecorderErrorKind::Spool,
                complaint.clone(),
            ));
            if found.spool.has_salvage() {
                self.damage = Some(complaint.clone());
            }
        }
        self.note_health();
        let before = self.own_rows();
        let delivered = self.delivered.numbers.iter().copied().collect();
        self.tasks
            .count(&found.spool, found.rows, before, delivered);
        self.state = SpoolState::Ready(Box::new(found.spool));
    }

    /// Takes what was found beside the work.
    async fn take_results(&mut self) {
        match self.tasks.finished().await {
            None | Some(SpoolTask::Sound) => {}
            Some(SpoolTask::Counted {
                rows,
                before,
                delivered,
            }) => {
                let is_reconciled = self.reconcile(rows, before, delivered).await;
                if is_reconciled && self.uncounted.take().is_some() {
                    self.note_health();
                }
                if let SpoolState::Ready(spool) = &self.state {
                    if !is_reconciled {
                        self.tasks.count_later(&**spool);
                    } else if rows > 0 {
                        self.tasks.check(&**spool);
                    }
                }
            }
            Some(SpoolTask::Failed(error)) if error.kind() == SpoolErrorKind::Damaged => {
                self.failed(&error).await;
            }
            Some(SpoolTask::Failed(error)) => {
                if let SpoolState::Ready(spool) = &self.state {
                    let error = error.of(&spool.place());
                    let cause = format!("the spool's rows cannot be counted now: {error}");
                    self.tasks.count_later(&**spool);
                    self.uncounted = Some(cause.clone());
                    self.note_health();
                    self.tell_once(cause);
                }
            }
        }
    }

    /// What is in the file is what is spooled, whatever was there before; but for rows that were delivered and could not be
    /// taken out. Returns whether that is known now.
    async fn reconcile(&mut self, rows: u64, before: u64, delivered: Vec<i64>) -> bool {
        let mut still_there = 0;
        if !delivered.is_empty()
            && let SpoolState::Ready(spool) = &mut self.state
        {
            match spool.present(&delivered).await {
                Ok(present) => {
                    still_there = present.len() as u64;
                    for number in delivered {
                        if present.binary_search(&number).is_err() {
                            self.delivered.numbers.remove(&number);
                        }
                    }
                }
                Err(error) => {
                    self.failed(&error).await;
                    return false;
                }
            }
        }
        let rows = rows.saturating_sub(still_there);
        let counters = self.shared.queue.counters();
        let (more, fewer) = (rows.saturating_sub(before), before.saturating_sub(rows));
        counters.add(Metric::Recovered, more);
        counters.add(Metric::Spooled, more);
        if matches!(&self.state, SpoolState::Ready(spool) if spool.has_salvage()) {
            self.owed += fewer;
        } else {
            counters.sub(Metric::Spooled, fewer);
            counters.add(Metric::SpoolDamaged, fewer);
        }
        true
    }

    /// Rows counted as spooled that are in the current file, or in that of the slot that is held for it.
    fn own_rows(&self) -> u64 {
        let parked: u64 = self.parked.iter().map(|parked| parked.rows).sum();
        let elsewhere = parked + self.recovery.counted() + self.owed;
        let spooled = self.shared.queue.counters().get(Metric::Spooled);
        spooled.saturating_sub(elsewhere)
    }

    /// Lets others read the file again, where there was no room for that when it was opened.
    async fn share(&mut self, now: Instant) {
        let is_alone = matches!(&self.state, SpoolState::Ready(spool) if spool.is_alone());
        if !is_alone || self.alone_until.is_some_and(|until| now < until) {
            return;
        }
        self.alone_until = Some(now + ALONE);
        let SpoolState::Ready(spool) = std::mem::replace(&mut self.state, SpoolState::Closed)
        else {
            return;
        };
        match spool.share().await {
            Ok(spool) => self.state = SpoolState::Ready(Box::new(spool)),
            Err(NotOpened { slot, error }) => {
                self.slot = slot;
                self.generation += 1;
                self.last = None;
                self.failed(&error).await;
            }
        }
    }

    /// Gives room back, a little at a time, once the spool has been empty for a while.
    async fn give_room_back(&mut self, now: Instant) {
        let is_empty = self.own_rows() == 0 && self.delivered.numbers.is_empty() && self.owed == 0;
        if !self.has_slack || !is_empty || !self.is_ready(now) || !self.tasks.is_counted() {
            self.empty_since = None;
            return;
        }
        let since = *self.empty_since.get_or_insert(now);
        let SpoolState::Ready(spool) = &mut self.state else {
            return;
        };
        if now < since + EMPTY || spool.has_salvage() || !self.tasks.is_at_rest() {
            return;
        }
        match spool.shrink().await {
            Ok(more) => self.has_slack = more,
            Err(error) => {
                self.has_slack = false;
                if error.kind() == SpoolErrorKind::Damaged {
                    self.failed(&error).await;
                }
            }
        }
    }

    /// Reads some more of a damaged file. Returns whether there is one.
    async fn salvage(&mut self, now: Instant) -> bool {
        let SpoolState::Ready(spool) = &mut self.state else {
            return false;
        };
        if !self.tasks.is_counted() || !(spool.has_salvage() || self.owed > 0) {
            return false;
        }
        if self.resting.is_some_and(|until| now < until)
            || self.salvage_rests.is_some_and(|until| now < until)
        {
            return true;
        }
        let mut owed = self.owed;
        match spool.salvage().await {
            Ok(Some(step)) => {
                self.has_slack = true;
                self.count_salvaged(&step, &mut owed);
            }
            Ok(None) => self.lose(&mut owed),
            Err(error) if error.kind() == SpoolErrorKind::Damaged => {
                self.failed(&error).await;
            }
            Err(error) => {
                self.salvage_rests = Some(now + RETRY);
                self.tell_once(format!(
                    "a damaged spool file stays where it is for now: {error}"
                ));
            }
        }
        self.owed = owed;
        true
    }

    fn suffers(&self, kind: SpoolErrorKind) -> bool {
        self.trouble
            .as_ref()
            .is_some_and(|trouble| trouble.kind == kind)
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
        let is_full = self.suffers(SpoolErrorKind::Full) && self.is_resting(now);
        self.storage.is_some() && !matches!(self.state, SpoolState::Ended) && !is_full
    }

    /// Whether it is not known yet if it can be used.
    pub(crate) fn is_opening(&self) -> bool {
        let first_time = matches!(self.state, SpoolState::Closed) && self.resting.is_none();
        matches!(self.state, SpoolState::Opening(_)) || (first_time && self.storage.is_some())
    }

    /// Whether it is being opened, and that has not taken longer than it should.
    pub(crate) fn opens_soon(&self, now: Instant) -> bool {
        let is_late = self
            .opening_since
            .is_some_and(|since| now >= since + OPENS_SOON);
        self.is_opening() && !is_late
    }

    /// How many rows could be taken out now.
    pub(crate) fn rows(&self, now: Instant) -> u64 {
        if self.is_ready(now) && self.tasks.is_counted() {
            self.own_rows()
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
        self.has_slack |= last.is_some();
        last
    }

    /// The newest rows, as far as they came to this file since it was opened.
    pub(crate) async fn newest(&mut self, rows: usize) -> Option<SpooledRows> {
        if !self.tasks.is_counted() {
            // Those before them are in nobody's books yet.
            return None;
        }
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
        if !self.tasks.is_counted() {
            return None;
        }
        let mut after = after.max(self.delivered.front);
        loop {
            let SpoolState::Ready(spool) = &mut self.state else {
                return None;
            };
            let oldest = spool.oldest(after, rows, bytes).await;
            let page = self.worked(oldest).await?;
            let last = page.numbers.last().copied();
            if let Some(rows) = self.found(page) {
                return Some(rows);
            }
            // All of them are delivered, and could not be taken out yet.
            if after == self.delivered.front {
                self.delivered.front = last.or(self.delivered.front);
            }
            after = Some(last?);
        }
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
        let counters = self.shared.queue.counters();
        counters.sub(Metric::Spooled, page.buried + page.lost);
        counters.add(Metric::DeadLettered, page.buried);
        counters.add(Metric::SpoolDamaged, page.lost);
        let is_new = |(number, _): &(i64, _)| !self.delivered.numbers.contains(number);
        let pairs = page.numbers.into_iter().zip(page.rows);
        let (numbers, rows): (Vec<_>, Vec<_>) = pairs.filter(is_new).unzip();
        (!rows.is_empty()).then_some(SpooledRows {
            rows,
            numbers,
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

    /// Takes out rows that are stored. Where that is not possible now they are remembered, and not sent again. If it says no,
    /// they will be.
    pub(crate) async fn remove(&mut self, numbers: &[i64]) -> bool {
        if !matches!(self.state, SpoolState::Ready(_)) {
            return false;
        }
        self.clear_delivered(numbers).await;
        true
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
        self.tasks.stop().await;
        self.leave().await;
        if let SpoolState::Ready(spool) = std::mem::replace(&mut self.state, SpoolState::Ended) {
            drop(spool.close().await);
        }
    }

    /// Tells what is new.
    fn tell_once(&mut self, cause: String) {
        if self.told.contains(&cause) {
            return;
        }
        if self.told.len() >= MAX_TOLD {
            self.told.remove(0);
        }
        self.told.push(cause.clone());
        self.shared
            .tell(&RecorderError::new(RecorderErrorKind::Spool, cause));
    }

    /// Says how the spool is, and names the files in which rows wait for better times.
    fn note_health(&self) {
        let own = self.trouble.as_ref().map(|trouble| &trouble.cause);
        let parked = self.parked.iter().map(|parked| &parked.cause);
        let others = parked
            .chain(self.recovery.causes())
            .chain(&self.uncounted)
            .chain(&self.damage);
        let causes: Vec<&str> = own.into_iter().chain(others).map(String::as_str).collect();
        let status = self.trouble.as_ref().map(|trouble| trouble.status);
        let condition = &self.shared.condition;
        if causes.is_empty() {
            condition.recover(Part::Spool);
        } else {
            let status = status.unwrap_or(HealthStatus::Degraded);
            condition.worsen(Part::Spool, status, causes.join("; "));
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
                self.is_well();
                Some(value)
            }
            Err(error) => {
                self.failed(&error).await;
                None
            }
        }
    }

    fn is_well(&mut self) {
        self.suspect = false;
        self.busy_since = None;
        if self.trouble.take().is_some() {
            self.resting = None;
            self.note_health();
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
            _ => {
                self.failures += 1;
                let factor = 1 << (self.failures - 1).min(2);
                (RETRY * factor).min(MAX_RETRY)
            }
        };
        self.resting = Some(Instant::now() + rest);
        let keeps_file = matches!(kind, SpoolErrorKind::Full | SpoolErrorKind::Busy);
        let is_news = !self.suffers(kind) && !self.suspect;
        let error = match &self.state {
            SpoolState::Ready(spool) => error.of(&spool.place()),
            _ => error.to_string(),
        };
        if !keeps_file && is_open {
            self.suspect = true;
            // Opened anew, it is checked, and set aside if it does not pass.
            // Its slot is kept: another process would take over the rows, which are ours to count.
            self.tasks.stop().await;
            if let SpoolState::Ready(mut spool) =
                std::mem::replace(&mut self.state, SpoolState::Closed)
            {
                if kind == SpoolErrorKind::Damaged {
                    spool.suspect();
                }
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
                HealthStatus::Degraded,
                format!("another process holds the spool, what is in it waits: {error}"),
            ),
            SpoolErrorKind::Full => (
                HealthStatus::Unhealthy,
                format!("the spool is full, events wait in memory: {error}"),
            ),
            _ => (
                HealthStatus::Unhealthy,
                format!("the spool cannot be used, events wait in memory: {error}"),
            ),
        };
        self.trouble = Some(Trouble {
            kind,
            status,
            cause: cause.clone(),
        });
        self.note_health();
        if is_news {
            self.tell_once(cause);
        }
    }
}
