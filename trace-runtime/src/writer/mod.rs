//! The writer: takes events from the queue, makes rows of them, and sees each row to the store or to the spool.
//!
//! It lives on a thread and a runtime of its own. One loop owns all of its state; attempts to store run beside it, one per
//! connection, and hand their batch back when they end. What an answer means is decided in [`batch`] and [`route`],
//! without I/O.

mod backlog;
mod backoff;
mod batch;
mod closing;
mod delivery;
mod destination;
mod finish;
mod link;
mod losses;
#[cfg(all(test, feature = "sqlite"))]
mod model;
mod relief;
mod requests;
mod route;
mod rows;
#[cfg(test)]
mod scripted;
mod supervisor;
#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "sqlite"))]
mod tests_with_spool;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::queue::Parcel;
use crate::shared::{Request, Shared};
use crate::spooling::Spooling;
use backlog::Backlog;
use batch::Batch;
use closing::Closing;
pub(crate) use destination::{Configured, Destination};
use link::Link;
use losses::Losses;
use route::Route;
pub(crate) use supervisor::start;

/// The tick while there is traffic, and the longest one when idle.
const TICK: Duration = Duration::from_millis(10);
const IDLE_TICK: Duration = Duration::from_millis(250);
/// While all connections are at work and the next batch is at hand: the end of an attempt is what is waited for, and to come
/// back before is felt, a slow server's batch taking several ticks.
const BUSY_TICK: Duration = Duration::from_millis(50);

/// The second is used only while there is a backlog.
const LINKS: usize = 2;

/// See the module. It outlives a panic of its own loop, so that nothing it holds is lost with it.
pub(crate) struct Writer<D: Destination> {
    shared: Arc<Shared>,
    destination: D,
    links: [Link<D>; LINKS],
    route: Route,
    backlog: Backlog,
    /// When everything was last taken from the host's threads.
    emptied: Instant,
    /// Batches to be sent, again or on.
    waiting: VecDeque<Batch>,
    spooling: Spooling,
    /// Whose turn it is when both have a batch.
    spool_is_next: bool,
    /// Events that somebody waits for to be on disk.
    durable: Vec<Parcel>,
    flushes: Vec<Request>,
    closing: Option<Closing>,
    losses: Losses,
    tick: Duration,
    /// Nothing is sent any more: after repeated panics everything goes to the spool.
    spool_only: bool,
}

impl<D: Destination> Writer<D> {
    pub(crate) fn new(shared: Arc<Shared>, destination: D) -> Self {
        Self {
            destination,
            links: [const { Link::new() }; LINKS],
            route: Route::new(),
            backlog: Backlog::default(),
            emptied: Instant::now(),
            waiting: VecDeque::new(),
            spooling: Spooling::new(&shared),
            spool_is_next: false,
            durable: Vec::new(),
            flushes: Vec::new(),
            closing: None,
            losses: Losses::default(),
            tick: TICK,
            spool_only: false,
            shared,
        }
    }

    /// Works until a shutdown is over.
    pub(crate) async fn run(&mut self) {
        loop {
            let now = Instant::now();
            let came = self.take_in_what_is_due(now);
            self.hear(now);
            self.spooling.look_after(now).await;
            self.make_durable().await;
            self.dispatch(now).await;
            self.relieve(now).await;
            self.watch_losses(Instant::now());
            self.shared.line.catch_up();
            self.answer(now);
            if self.has_closed(now).await {
                return;
            }
            self.rest(came).await;
        }
    }

    /// Takes what the host's threads have handed over; says whether there was anything.
    fn take_in(&mut self, now: Instant) -> bool {
        let mut came = Vec::new();
        // No thread is kept from its buffer while more is done with it than taking it.
        self.shared.queue.drain(|parcel| came.push(parcel));
        self.emptied = now;
        self.keep(came, now)
    }

    /// As [`take_in`](Self::take_in). While there is enough to send, threads keep what they have not filled, for no longer
    /// than when idle: buffers that are taken half empty take memory.
    fn take_in_what_is_due(&mut self, now: Instant) -> bool {
        if !self.can_leave_events() || now >= self.emptied + IDLE_TICK {
            return self.take_in(now);
        }
        let mut came = Vec::new();
        self.shared.queue.drain_lane(|parcel| came.push(parcel));
        self.keep(came, now)
    }

    fn keep(&mut self, came: Vec<Parcel>, now: Instant) -> bool {
        let before = self.backlog.came();
        for parcel in came {
            if parcel.ticket.is_some() {
                self.durable.push(parcel);
            } else if let Some(emptied) = self.backlog.add(parcel, now) {
                self.shared.queue.recycle(emptied);
            }
        }
        self.backlog.came() > before || !self.durable.is_empty()
    }

    /// Waits for the tick, a bell, or the end of an attempt, whichever is first.
    async fn rest(&mut self, came: bool) {
        self.tick = if self.can_only_wait() {
            BUSY_TICK
        } else if came || self.has_work() {
            TICK
        } else {
            (self.tick * 2).min(IDLE_TICK)
        };
        let queue = Arc::clone(&self.shared.queue);
        tokio::select! {
            landed = link::landed(&mut self.links) => self.land(landed).await,
            () = queue.woken() => {}
            () = self.spooling.changed() => {}
            () = sleep(self.tick) => {}
        }
    }

    fn can_only_wait(&self) -> bool {
        let busy = self.links.iter().all(|link| !link.is_free());
        busy && self.can_leave_events()
    }

    /// Whether there is enough to send without what lies in threads' buffers, and nobody waits for it: a spool is to have it
    /// within a quarter of a second and a tick.
    fn can_leave_events(&self) -> bool {
        self.backlog.is_full() && !self.is_hurried() && !self.shared.config.spools()
    }

    fn has_work(&self) -> bool {
        !self.backlog.is_empty()
            || !self.waiting.is_empty()
            || self.links.iter().any(|link| !link.is_free())
            || self.spooling.rows(Instant::now()) > 0
    }

    /// Whether somebody waits for everything to be settled, so that no batch waits for company.
    const fn is_hurried(&self) -> bool {
        !self.flushes.is_empty() || self.closing.is_some()
    }
}
