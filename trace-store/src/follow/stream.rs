//! The follower as a stream: its polls, one after the other, while it is waited for.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::Follow;
use super::mark::Mark;
use super::poller::{Polled, Poller};
use crate::query::{Kind, QueryError, StoredActivity};

type Polling = Pin<Box<dyn Future<Output = (Box<Poller>, Polled)> + Send>>;

pub(super) enum FollowState {
    /// Nothing was asked for yet.
    New,
    Idle(Box<Poller>),
    Polling(Polling),
    Ended,
}

impl Stream for Follow {
    type Item = Result<StoredActivity, QueryError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.pop_front() {
                self.note(&row);
                return Poll::Ready(Some(Ok(row)));
            }
            if let Some(error) = self.error.take() {
                self.state = FollowState::Ended;
                return Poll::Ready(Some(Err(error)));
            }
            match std::mem::replace(&mut self.state, FollowState::Ended) {
                FollowState::Ended => return Poll::Ready(None),
                FollowState::New => self.state = FollowState::Idle(self.poller()),
                FollowState::Idle(poller) => self.state = FollowState::Polling(polling(poller)),
                FollowState::Polling(mut polling) => {
                    let Poll::Ready((poller, answer)) = polling.as_mut().poll(context) else {
                        self.state = FollowState::Polling(polling);
                        return Poll::Pending;
                    };
                    self.state = FollowState::Idle(poller);
                    self.take(answer);
                }
            }
        }
    }
}

impl Follow {
    /// Polls once, at once, and returns the rows that appeared, for a caller that knows when there may be some. An error that
    /// may pass is [`interruption`](Self::interruption). If the future is dropped, no row is lost.
    ///
    /// # Errors
    ///
    /// Fails like [`next`](Self::next).
    #[doc(hidden)]
    pub async fn poll_once(&mut self) -> Result<Vec<StoredActivity>, QueryError> {
        poll_fn(|context| self.poll_for_rows(context)).await
    }

    fn poll_for_rows(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Vec<StoredActivity>, QueryError>> {
        loop {
            match std::mem::replace(&mut self.state, FollowState::Ended) {
                FollowState::Ended => return Poll::Ready(Err(Kind::Ended.into())),
                FollowState::New => self.state = FollowState::Idle(self.poller()),
                FollowState::Idle(mut poller) => {
                    poller.skip_pause();
                    self.state = FollowState::Polling(polling(poller));
                }
                FollowState::Polling(mut polling) => {
                    let Poll::Ready((poller, answer)) = polling.as_mut().poll(context) else {
                        self.state = FollowState::Polling(polling);
                        return Poll::Pending;
                    };
                    self.state = FollowState::Idle(poller);
                    self.take(answer);
                    return Poll::Ready(self.give_all());
                }
            }
        }
    }

    /// Returns the rows of the last poll, or its error if it has none.
    fn give_all(&mut self) -> Result<Vec<StoredActivity>, QueryError> {
        let rows: Vec<_> = self.rows.drain(..).collect();
        for row in &rows {
            self.note(row);
        }
        match self.error.take() {
            Some(error) if rows.is_empty() => {
                self.state = FollowState::Ended;
                Err(error)
            }
            // The next poll meets it again.
            _ => Ok(rows),
        }
    }

    fn poller(&self) -> Box<Poller> {
        let pool = Arc::clone(&self.pool);
        let (filter, start) = (self.filter.clone(), self.start.clone());
        Box::new(Poller::new(pool, filter, self.intervals, start))
    }

    fn take(&mut self, answer: Polled) {
        self.rows = answer.rows.into();
        self.error = answer.error;
        self.interruption = answer.retried;
        if answer.forgotten_after.is_some_and(|id| self.newest.id > id) {
            self.newest = Mark::default();
        }
        self.progress = answer.progress;
    }

    fn note(&mut self, row: &StoredActivity) {
        if row.id > self.newest.id {
            self.newest = Mark::of(row.id, &row.activity.event_id);
        }
    }
}

fn polling(mut poller: Box<Poller>) -> Polling {
    Box::pin(async move {
        let answer = poller.poll().await;
        (poller, answer)
    })
}
