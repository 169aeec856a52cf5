//! The writer's spool: opening it in the background, maintaining it, counting its rows.

mod background;
mod counting;
mod delivered;
mod parked;
mod recovery;
mod rest;
mod rows;
mod stale;
mod trouble;
mod upkeep;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Activity;
pub(crate) use behavior_trace_store::spool::SpoolStorage;
use behavior_trace_store::spool::{NotOpened, OpenedSpool, SpoolError, SpoolErrorKind, SpoolFile};
use tokio::time::Instant;

use crate::health::{HealthStatus, RecorderError, RecorderErrorKind};
use crate::shared::Shared;
use background::Tasks;
use delivered::Delivered;
use parked::Parked;
use recovery::{OwnTask, Recovery};

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
}
