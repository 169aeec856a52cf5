//! The shutdown: the store first, then the spool, and an honest count of what neither took.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::batch::Origin;
use super::{Destination, Writer};
use crate::shared::Request;
use crate::stats::{Report, Term};

/// Left for the answer to reach whoever waits.
const MARGIN: Duration = Duration::from_millis(20);
/// For a goodbye to the store.
const GOODBYE: Duration = Duration::from_millis(200);

/// A shutdown under way.
#[derive(Debug)]
pub(super) struct Closing {
    requests: Vec<Request>,
    deadline: Instant,
    /// From then on nothing is sent any more, and the rest is spooled.
    spool_from: Instant,
}

impl Closing {
    pub(super) fn new(request: Request, has_spool: bool) -> Self {
        let now = Instant::now();
        let deadline = request.deadline.checked_sub(MARGIN).unwrap_or(now).max(now);
        // Without a spool the store has all the time there is.
        let share = if has_spool { 7 } else { 10 };
        Self {
            deadline,
            spool_from: now + (deadline - now) * share / 10,
            requests: vec![request],
        }
    }

    /// Another thread asks too; the first deadline stands.
    pub(super) fn join(&mut self, request: Request) {
        self.requests.push(request);
    }
}

impl<D: Destination> Writer<D> {
    /// Whether long work has to be left for now: somebody asks for something, or a shutdown has come to its last part.
    pub(super) fn is_called_away(&self) -> bool {
        let requests = self
            .shared
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let closing = self.closing.as_ref();
        !requests.open.is_empty() || closing.is_some_and(|it| Instant::now() >= it.spool_from)
    }

    /// Whether the shutdown is over.
    pub(super) async fn has_closed(&mut self, now: Instant) -> bool {
        let Some(closing) = &self.closing else {
            return false;
        };
        let (deadline, spool_from) = (closing.deadline, closing.spool_from);
        // Not even an event that had found room before the intake stopped is left behind.
        self.shared.queue.seal();
        self.take_in(now);
        if self.unsettled(self.backlog.came()) > 0 && now < spool_from {
            return false;
        }
        self.abandon_attempts();
        self.relieve_all(deadline).await;
        self.drop_the_rest();
        self.part(deadline).await;
        true
    }

    /// The batches under way are of unknown outcome; they keep their ids.
    pub(super) fn abandon_attempts(&mut self) {
        for link in &mut self.links {
            if let Some(batch) = link.abandon() {
                self.waiting.push_front(batch);
            }
        }
    }

    fn drop_the_rest(&mut self) {
        let mut lost = self.backlog.frames() + self.durable.len() as u64;
        for batch in self.waiting.drain(..) {
            if matches!(batch.origin, Origin::Queue { .. }) {
                lost += batch.left() as u64;
            }
        }
        self.durable.clear();
        self.backlog = super::Backlog::default();
        self.uncount(Term::InHand, lost);
        self.count(Term::Shutdown, lost);
        self.watch_losses(Instant::now());
    }

    /// Closes what is open, and says goodbye to who waits.
    async fn part(&mut self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let _ = timeout(left, self.spooling.close()).await;
        for link in &mut self.links {
            if let Some(connection) = link.disconnect() {
                let _ = timeout(GOODBYE.min(left), D::close(connection)).await;
            }
        }
    }

    /// Answers everybody, at the very end: no request is left open.
    pub(super) fn say_goodbye(&mut self) {
        let open = {
            let mut requests = self
                .shared
                .requests
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            requests.ended = true;
            std::mem::take(&mut requests.open)
        };
        let closing = self.closing.take().map(|closing| closing.requests);
        let flushes = std::mem::take(&mut self.flushes);
        let stats = self.shared.stats();
        let report = Report::new(&stats, stats.in_memory);
        for request in open
            .into_iter()
            .chain(flushes)
            .chain(closing.unwrap_or_default())
        {
            let _ = request.answer.try_send(report);
        }
    }
}
