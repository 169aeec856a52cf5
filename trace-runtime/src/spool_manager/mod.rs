//! The writer's spool: opening it in the background, maintaining it, counting its rows.

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

/// First and longest pause between attempts to open a spool that cannot be opened.
const RETRY: Duration = Duration::from_secs(5);
const MAX_RETRY: Duration = Duration::from_secs(20);
/// Pause of a full spool.
const FULL: Duration = Duration::from_secs(1);
/// Pause of a spool that another process has locked.
const BUSY: Duration = Duration::from_millis(100);
/// Time after which a lock of another process is reported.
const BUSY_FOR_LONG: Duration = Duration::from_secs(5);
/// Time durable calls wait for a spool that is being opened: about one `fsync` on a disk under load.
const OPENS_SOON: Duration = Duration::from_secs(1);
/// Time a spool has to be empty before it returns its disk space.
const EMPTY: Duration = Duration::from_secs(10);
/// Maximum number of files parked for a later attempt, while another file takes the rows.
const MAX_PARKED: usize = 4;
/// Interval of attempts to let other processes read the file again.
const ALONE: Duration = Duration::from_secs(1);
/// Maximum number of causes remembered as reported.
const MAX_TOLD: usize = 32;

/// The spool of this process, with its recovery and its health.
pub(crate) struct SpoolManager<S: SpoolStorage> {
    shared: Arc<Shared>,
    /// `None` if spooling is off.
    storage: Option<S>,
    state: SpoolState<S>,
    /// Slot of a spool that is closed for now.
    slot: Option<S::Slot>,
    /// Number of the current file. Row numbers of an earlier file mean nothing in the next.
    generation: u64,
    /// Number of the row added last.
    last: Option<i64>,
    delivered: Delivered,
    /// Rows counted as spooled that are in a damaged file and not read back yet.
    owed: u64,
    /// Time until which no damaged file is read.
    salvage_rests: Option<Instant>,
    /// Time of the next attempt to share a file that others cannot read.
    alone_until: Option<Instant>,
    /// Damage that health names for as long as the process runs.
    damage: Option<String>,
    /// Reason why the number of rows is not known.
    uncounted: Option<String>,
    tasks: Tasks,
    /// Time until which the spool is not used.
    resting: Option<Instant>,
    trouble: Option<Trouble>,
    /// Consecutive failed attempts to open it.
    failures: u32,
    opening_since: Option<Instant>,
    /// Set when a slot was just parked, so that the next attempt opens another one.
    tries_another: bool,
    /// Time since which another process has held it.
    busy_since: Option<Instant>,
    /// Set when an open file failed, and no operation has worked since.
    suspect: bool,
    /// Set when the file may use more room than its rows need.
    has_slack: bool,
    empty_since: Option<Instant>,
    parked: Vec<Parked<S::Slot>>,
    recovery: Recovery<S>,
    told: Vec<String>,
}

/// Reason why the spool cannot be used.
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
    /// Closed permanently.
    Ended,
}

/// Rows of the spool, with the numbers needed to remove them.
#[derive(Debug)]
pub(crate) struct SpooledRows {
    pub(crate) rows: Vec<Activity<'static>>,
    pub(crate) numbers: Vec<i64>,
    pub(crate) generation: u64,
}

/// Result of dead-lettering a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLettering {
    Kept,
    /// There is no room for dead letters: the row is lost.
    NoRoom,
    /// The dead letters cannot be written now: the row is unchanged.
    NotNow,
}

/// The spool did not carry a call out. The manager has noted why, and health names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotSpooled;

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

    /// Opens a closed spool, recovers spools of dead processes, and returns unused disk space.
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

    /// Waits until the spool is opened or failed to open.
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

    /// Starts to use an opened spool. It does not await, because the caller may be cancelled at any time.
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

    /// Takes the result of the background task.
    async fn take_results(&mut self) {
        match self.tasks.finished().await {
            None | Some(SpoolTask::Sound) => {}
            Some(SpoolTask::Counted {
                rows,
                before,
                delivered,
            }) => {
                let reconciled = self.reconcile(rows, before, delivered).await;
                if reconciled.is_ok() && self.uncounted.take().is_some() {
                    self.note_health();
                }
                if let SpoolState::Ready(spool) = &self.state {
                    if reconciled.is_err() {
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

    /// Corrects the counters to the rows in the file, except delivered rows that could not be removed.
    async fn reconcile(
        &mut self,
        rows: u64,
        before: u64,
        delivered: Vec<i64>,
    ) -> Result<(), NotSpooled> {
        let mut still_there = 0;
        if !delivered.is_empty()
            && let SpoolState::Ready(spool) = &mut self.state
        {
            let present = spool.present(&delivered).await;
            if let Err(error) = &present {
                self.failed(error).await;
            }
            let present = present.map_err(|_| NotSpooled)?;
            still_there = present.len() as u64;
            for number in delivered {
                if present.binary_search(&number).is_err() {
                    self.delivered.numbers.remove(&number);
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
        Ok(())
    }

    /// Returns the rows counted as spooled that are in the current file, or in the file of the slot held for it.
    fn own_rows(&self) -> u64 {
        let parked: u64 = self.parked.iter().map(|parked| parked.rows).sum();
        let elsewhere = parked + self.recovery.counted() + self.owed;
        let spooled = self.shared.queue.counters().get(Metric::Spooled);
        spooled.saturating_sub(elsewhere)
    }

    /// Lets other processes read the file again, if there was no room for that when it was opened.
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

    /// Returns disk space, a little at a time, once the spool has been empty for a while.
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

    /// Reads more of a damaged file; returns whether there is one.
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

    /// Returns whether the spool can be used now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        matches!(self.state, SpoolState::Ready(_)) && !self.is_resting(now)
    }

    /// Returns whether it could take rows now or soon. A full one has room again only when the store takes rows from it.
    pub(crate) fn may_take(&self, now: Instant) -> bool {
        let is_full = self.suffers(SpoolErrorKind::Full) && self.is_resting(now);
        self.storage.is_some() && !matches!(self.state, SpoolState::Ended) && !is_full
    }

    /// Returns whether it is not known yet if the spool can be used.
    pub(crate) fn is_opening(&self) -> bool {
        let first_time = matches!(self.state, SpoolState::Closed) && self.resting.is_none();
        matches!(self.state, SpoolState::Opening(_)) || (first_time && self.storage.is_some())
    }

    /// Returns whether it is being opened, and not late.
    pub(crate) fn opens_soon(&self, now: Instant) -> bool {
        let is_late = self
            .opening_since
            .is_some_and(|since| now >= since + OPENS_SOON);
        self.is_opening() && !is_late
    }

    /// Returns the number of rows that could be read now.
    pub(crate) fn rows(&self, now: Instant) -> u64 {
        if self.is_ready(now) && self.tasks.is_counted() {
            self.own_rows()
        } else {
            0
        }
    }

    /// Appends rows under consecutive numbers, durable on return. Returns the last number.
    pub(crate) async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, NotSpooled> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return Err(NotSpooled);
        };
        let appended = spool.append(rows).await;
        let last = self.worked(appended).await?;
        self.last = Some(last);
        self.has_slack = true;
        Ok(last)
    }

    /// Returns the newest rows, among those appended since the file was opened.
    pub(crate) async fn newest(&mut self, rows: usize) -> Option<SpooledRows> {
        if !self.tasks.is_counted() {
            // Rows from before that are not counted yet.
            return None;
        }
        let last = self.last?;
        let first = last.saturating_sub(i64::try_from(rows).ok()? - 1);
        let numbers: Vec<i64> = (first..=last).collect();
        self.read(&numbers).await
    }

    /// Returns the oldest rows after the number `after`.
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
            let page = self.worked(oldest).await.ok()?;
            let last = page.numbers.last().copied();
            if let Some(rows) = self.found(page) {
                return Some(rows);
            }
            // All of them are delivered, but could not be removed yet.
            if after == self.delivered.front {
                self.delivered.front = last.or(self.delivered.front);
            }
            after = Some(last?);
        }
    }

    /// Returns the rows with these numbers in the current file.
    pub(crate) async fn read(&mut self, numbers: &[i64]) -> Option<SpooledRows> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return None;
        };
        let read = spool.read(numbers).await;
        let page = self.worked(read).await.ok()?;
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

    /// Replaces the rows with these numbers.
    pub(crate) async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), NotSpooled> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return Err(NotSpooled);
        };
        let replaced = spool.replace(rows).await;
        self.worked(replaced).await
    }

    /// Removes stored rows. Rows that cannot be removed now are remembered, and not sent again. Fails if the spool is not
    /// open; the rows are sent again then.
    pub(crate) async fn remove(&mut self, numbers: &[i64]) -> Result<(), NotSpooled> {
        if !matches!(self.state, SpoolState::Ready(_)) {
            return Err(NotSpooled);
        }
        self.clear_delivered(numbers).await;
        Ok(())
    }

    /// Keeps rows that no store takes as dead letters, and removes them from the spool. Returns the result for each row.
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
        let Ok(kept) = self.worked(kept).await else {
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

    /// Returns the number of the current file. Row numbers of an earlier file mean nothing in the next.
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

    /// Reports a cause that was not reported before.
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

    /// Updates the health of the spool, naming the files whose rows wait.
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

    /// Returns whether each attempt found it busy for longer than a backup or an inspection takes.
    fn is_busy_for_long(&mut self, now: Instant) -> bool {
        let since = *self.busy_since.get_or_insert(now);
        now >= since + BUSY_FOR_LONG
    }

    /// Notes the result of a call to the spool.
    async fn worked<T>(&mut self, result: Result<T, SpoolError>) -> Result<T, NotSpooled> {
        match result {
            Ok(value) => {
                self.is_well();
                Ok(value)
            }
            Err(error) => {
                self.failed(&error).await;
                Err(NotSpooled)
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
            // It is opened anew at once, and checked. If it passes and fails again, that would go on for ever.
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
            // Opened anew, the file is checked, and quarantined if it does not pass. Its slot is kept: another process
            // would recover the rows, which this process counts.
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
