//! One connection, and the attempt that is under way on it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_local};
use tokio::time::Instant;

use super::StoreDriver;
use super::attempt::{AttemptOrder, AttemptResult, Open, run};
use super::batch::Batch;
use crate::store::{SESSION_IDLE, SessionName};

/// An idle connection is closed well before the server would end its session.
const IDLE: Duration = SESSION_IDLE.checked_div(2).expect("not by 0");
/// How long a goodbye to the store may take.
pub const GOODBYE: Duration = Duration::from_millis(200);

/// See the module.
pub struct ConnectionSlot<D: StoreDriver> {
    open: Option<Open<D>>,
    attempt: Option<Attempt<D>>,
    /// The session whose connection was given up, perhaps still at work on the server.
    given_up: Option<SessionName>,
    /// Opens no connection before, since the server could not end the session that was given up.
    blocked: Option<Instant>,
    idle_since: Instant,
    /// Counts the connections.
    serial: u64,
}

struct Attempt<D: StoreDriver> {
    /// `None` if the store is only being reached.
    batch: Option<Batch>,
    sent: Range<usize>,
    /// It opens a connection first.
    opens: bool,
    /// The session at work, as soon as there is one.
    session: Rc<RefCell<Option<SessionName>>>,
    task: JoinHandle<Ended<D>>,
}

/// How attempts are made.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// A statement is given up after so long.
    pub statement_timeout: Duration,
    /// A row that stands out is sent once more before it is blamed.
    pub repeats: bool,
}

/// What an attempt leaves behind.
pub struct Ended<D: StoreDriver> {
    /// The connection, if it is still good.
    pub open: Option<Open<D>>,
    pub result: AttemptResult,
    /// The session that was given up before is gone.
    pub predecessor_gone: bool,
    /// The server was told to end that session, and could not.
    pub predecessor_stays: bool,
}

/// An attempt that has ended.
#[derive(Debug)]
pub struct CompletedAttempt {
    pub batch: Option<Batch>,
    pub sent: usize,
    pub result: AttemptResult,
    /// Which connection it was made on.
    pub session: SessionSerial,
}

/// A connection of this recorder, told from all others it ever had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSerial(usize, u64);

impl<D: StoreDriver> Default for ConnectionSlot<D> {
    fn default() -> Self {
        Self {
            open: None,
            attempt: None,
            given_up: None,
            blocked: None,
            idle_since: Instant::now(),
            serial: 0,
        }
    }
}

impl<D: StoreDriver> ConnectionSlot<D> {
    /// Whether an attempt could be made on it.
    pub fn is_free(&self, now: Instant) -> bool {
        self.attempt.is_none() && self.blocked.is_none_or(|until| now >= until)
    }

    /// Whether no attempt is under way.
    pub const fn is_at_rest(&self) -> bool {
        self.attempt.is_none()
    }

    /// Whether a connection is being opened.
    pub fn is_opening(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.opens)
    }

    /// Whether a session of it may still be at work on the server.
    pub const fn has_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    /// The batch under way.
    pub fn batch(&self) -> Option<&Batch> {
        self.attempt.as_ref()?.batch.as_ref()
    }

    /// Sends the batch's next rows, no more than `limit`, connecting first where need be.
    pub fn launch(&mut self, driver: &D, batch: Option<Batch>, limit: usize, terms: Terms) {
        let (sent, mode) = batch
            .as_ref()
            .map_or((0..0, super::batch::SendMode::Insert), |batch| {
                batch.next(limit)
            });
        let session = Rc::new(RefCell::new(None));
        let opens = self.open.is_none();
        self.serial += u64::from(opens);
        let order = AttemptOrder {
            driver: driver.clone(),
            open: self.open.take(),
            given_up: self.given_up.clone(),
            rows: batch.as_ref().map(Batch::rows).unwrap_or_default(),
            range: sent.clone(),
            mode,
            statement_timeout: terms.statement_timeout,
            repeats: terms.repeats,
            session: Rc::clone(&session),
        };
        self.attempt = Some(Attempt {
            batch,
            sent,
            opens,
            session,
            task: spawn_local(run(order)),
        });
    }

    /// Gives up the attempt under way; its batch is of unknown outcome.
    pub fn abandon(&mut self) -> Option<Batch> {
        let attempt = self.attempt.take()?;
        attempt.task.abort();
        self.give_up(attempt.session.take());
        attempt.batch
    }

    /// As it was before sessions were ended, for the test that shows why they are.
    pub fn forget_given_up(&mut self) {
        self.given_up = None;
    }

    fn give_up(&mut self, session: Option<SessionName>) {
        if session.is_some() {
            self.given_up = session;
        }
    }

    /// Takes an idle connection out.
    pub fn disconnect(&mut self) -> Option<D::Connection> {
        self.open.take().map(|open| open.connection)
    }

    /// Closes a connection that has been idle for long: a server ends idle sessions of its own accord, so that none of
    /// them holds a lock for a recorder that is gone.
    pub fn close_idle(&mut self, now: Instant) {
        if self.attempt.is_none()
            && now >= self.idle_since + IDLE
            && let Some(connection) = self.disconnect()
        {
            spawn_local(tokio::time::timeout(GOODBYE, D::close(connection)));
        }
    }

    fn complete(&mut self, index: usize, ended: Option<Ended<D>>) -> Option<CompletedAttempt> {
        let attempt = self.attempt.take()?;
        self.idle_since = Instant::now();
        let ended = ended.unwrap_or_else(|| Ended {
            open: None,
            result: AttemptResult::panicked(),
            predecessor_gone: false,
            predecessor_stays: false,
        });
        if ended.predecessor_gone {
            self.given_up = None;
            self.blocked = None;
        }
        if ended.predecessor_stays {
            self.blocked = Some(self.idle_since + SESSION_IDLE);
        }
        if ended.open.is_none() {
            self.give_up(attempt.session.take());
        }
        self.open = ended.open;
        Some(CompletedAttempt {
            batch: attempt.batch,
            sent: attempt.sent.len(),
            result: ended.result,
            session: SessionSerial(index, self.serial),
        })
    }
}

/// The next attempt to end, on any slot.
pub async fn completed<D: StoreDriver>(slots: &mut [ConnectionSlot<D>]) -> CompletedAttempt {
    poll_fn(|context| {
        for (index, slot) in slots.iter_mut().enumerate() {
            let Some(attempt) = &mut slot.attempt else {
                continue;
            };
            if let Poll::Ready(ended) = Pin::new(&mut attempt.task).poll(context)
                && let Some(completed) = slot.complete(index, ended.ok())
            {
                return Poll::Ready(completed);
            }
        }
        Poll::Pending
    })
    .await
}
