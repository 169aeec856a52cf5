//! A connection slot: one connection and the attempt in progress on it.

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
use super::attempt::{AttemptOrder, AttemptResult, Ended, GOODBYE, Open, SendTerms, run};
use super::batch::Batch;
use super::crowd::until_question;
use super::session::SessionSerial;
use crate::store::{SESSION_IDLE, SessionName};

/// Idle time after which a connection is closed, well before the server would end its session.
const IDLE: Duration = SESSION_IDLE.checked_div(2).expect("not by 0");
/// One connection and the attempt in progress on it.
pub struct ConnectionSlot<D: StoreDriver> {
    open: Option<Open<D>>,
    attempt: Option<Attempt<D>>,
    /// The session whose connection was given up; it may still be active on the server.
    given_up: Option<SessionName>,
    /// Time before which no connection is opened, because the server could not end the session that was given up.
    blocked: Option<Instant>,
    idle_since: Instant,
    /// Time from which the server is asked whether others are refused a connection.
    asks_from: Option<Instant>,
    /// Rows were sent on the open connection.
    is_used: bool,
    /// Number of connections opened so far.
    serial: u64,
}

struct Attempt<D: StoreDriver> {
    /// The batch in progress; `None` if the attempt only reaches the store.
    batch: Option<Batch>,
    sent: Range<usize>,
    /// The attempt opens a connection first.
    opens: bool,
    /// The time until the next question, if this attempt asks or opens a connection.
    until_question: Option<Duration>,
    /// Name of the session in use, once there is one.
    session: Rc<RefCell<Option<SessionName>>>,
    task: JoinHandle<Ended<D>>,
}

/// Settings of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Time after which a statement is given up.
    pub statement_timeout: Duration,
    /// A suspect row is sent once more before it is blamed.
    pub repeats: bool,
    /// A uniformly drawn number, for the time until the server is asked whether others are refused a connection.
    pub chance: u16,
}

/// A completed attempt.
#[derive(Debug)]
pub struct CompletedAttempt {
    pub batch: Option<Batch>,
    pub sent: usize,
    pub result: AttemptResult,
    /// The connection on which the attempt was made.
    pub session: SessionSerial,
    /// Others are refused a connection.
    pub is_crowded: bool,
}

impl<D: StoreDriver> Default for ConnectionSlot<D> {
    fn default() -> Self {
        Self {
            open: None,
            attempt: None,
            given_up: None,
            blocked: None,
            idle_since: Instant::now(),
            asks_from: None,
            is_used: false,
            serial: 0,
        }
    }
}

impl<D: StoreDriver> ConnectionSlot<D> {
    /// Returns whether an attempt can be made on this slot.
    pub fn is_free(&self, now: Instant) -> bool {
        self.attempt.is_none() && self.blocked.is_none_or(|until| now >= until)
    }

    /// Returns whether no attempt is in progress.
    pub const fn is_at_rest(&self) -> bool {
        self.attempt.is_none()
    }

    /// Returns whether a connection is being opened.
    pub fn is_opening(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.opens)
    }

    /// Returns whether there is a connection, in use or not.
    pub fn is_connected(&self) -> bool {
        self.open.is_some() || self.attempt.as_ref().is_some_and(|attempt| !attempt.opens)
    }

    /// Returns whether there is a connection on which no row was sent.
    pub const fn is_unused(&self) -> bool {
        self.open.is_some() && !self.is_used
    }

    /// Returns whether a session of this slot may still be active on the server.
    pub const fn has_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    /// Returns the batch of the attempt in progress.
    pub fn batch(&self) -> Option<&Batch> {
        self.attempt.as_ref()?.batch.as_ref()
    }

    /// Sends the batch's next rows, at most `limit`, and connects first if necessary.
    pub fn launch(&mut self, driver: &D, batch: Option<Batch>, limit: usize, terms: Terms) {
        let (sent, mode) = batch
            .as_ref()
            .map_or((0..0, super::batch::SendMode::Insert), |batch| {
                batch.next(limit)
            });
        let session = Rc::new(RefCell::new(None));
        let opens = self.open.is_none();
        let asks =
            !opens && !sent.is_empty() && self.asks_from.is_some_and(|from| Instant::now() >= from);
        self.serial += u64::from(opens);
        let order = AttemptOrder {
            driver: driver.clone(),
            open: self.open.take(),
            given_up: self.given_up.clone(),
            rows: batch.as_ref().map(Batch::rows).unwrap_or_default(),
            range: sent.clone(),
            terms: SendTerms {
                mode,
                statement_timeout: terms.statement_timeout,
                repeats: terms.repeats,
            },
            asks,
            session: Rc::clone(&session),
        };
        self.attempt = Some(Attempt {
            batch,
            sent,
            opens,
            until_question: (opens || asks).then(|| until_question(terms.chance)),
            session,
            task: spawn_local(run(order)),
        });
    }

    /// Gives up the attempt in progress and returns its batch, whose outcome is unknown.
    pub fn abandon(&mut self) -> Option<Batch> {
        let attempt = self.attempt.take()?;
        attempt.task.abort();
        self.give_up(attempt.session.take());
        attempt.batch
    }

    /// Forgets the given-up session instead of ending it, for the test that shows why it has to be ended.
    pub fn forget_given_up(&mut self) {
        self.given_up = None;
    }

    fn give_up(&mut self, session: Option<SessionName>) {
        if session.is_some() {
            self.given_up = session;
        }
    }

    /// Takes out an idle connection.
    pub fn disconnect(&mut self) -> Option<D::Connection> {
        self.open.take().map(|open| open.connection)
    }

    /// Returns the time from which an open connection that stays idle is closed.
    pub fn closes_at(&self) -> Option<Instant> {
        let is_idle = self.open.is_some() && self.attempt.is_none();
        is_idle.then(|| self.idle_since + IDLE)
    }

    /// Closes a connection that has been idle for long. A server ends idle sessions by itself, so that none of them holds a
    /// lock for a recorder that no longer runs.
    pub fn close_idle(&mut self, now: Instant) {
        if now >= self.idle_since + IDLE {
            self.close();
        }
    }

    /// Closes a connection that is not in use. Returns whether there was one.
    pub fn close(&mut self) -> bool {
        if self.attempt.is_some() {
            return false;
        }
        let connection = self.disconnect();
        let is_open = connection.is_some();
        if let Some(connection) = connection {
            spawn_local(tokio::time::timeout(GOODBYE, D::close(connection)));
        }
        is_open
    }

    fn complete(&mut self, index: usize, ended: Option<Ended<D>>) -> Option<CompletedAttempt> {
        let attempt = self.attempt.take()?;
        self.idle_since = Instant::now();
        let ended = ended.unwrap_or_else(|| Ended {
            open: None,
            result: AttemptResult::panicked(),
            predecessor_gone: false,
            predecessor_stays: false,
            is_crowded: false,
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
        self.is_used = !attempt.sent.is_empty() || (self.is_used && !attempt.opens);
        if let Some(until) = attempt.until_question {
            self.asks_from = Some(self.idle_since + until);
        }
        Some(CompletedAttempt {
            batch: attempt.batch,
            sent: attempt.sent.len(),
            result: ended.result,
            session: SessionSerial::new(index, self.serial),
            is_crowded: ended.is_crowded,
        })
    }
}

/// Waits for the next attempt to complete, on any slot.
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
