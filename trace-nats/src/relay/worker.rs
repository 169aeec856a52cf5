//! A worker of a relay: it pulls messages, stores their rows, and acknowledges them after the commit.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use behavior_trace_core::Activity;
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::delivery::backoff::{Backoff, LONGEST};
use behavior_trace_store::delivery::jitter::Jitter;
use behavior_trace_store::delivery::pages::{DeliveredPage, PageDelivery};
use behavior_trace_store::wire;
use tokio::sync::watch;
use tokio::time::timeout;

use super::aside::{AGAIN, give_back, set_aside};
use super::pull::Source;
use super::stats::{Counters, Part, add};
use crate::message;
use crate::names::Names;

pub(super) struct Worker<'a> {
    source: Source,
    names: Names,
    delivery: PageDelivery,
    counters: &'a Arc<Counters>,
    stopping: watch::Receiver<bool>,
    backoff: Backoff,
    jitter: Jitter,
}

/// Messages of a pull, by what they are.
#[derive(Default)]
struct Sorted {
    rows: Vec<Activity<'static>>,
    /// Message of each row.
    messages: Vec<Message>,
    /// Messages that are no rows of a known major, with the reason.
    unread: Vec<(Message, String)>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        source: Source,
        delivery: PageDelivery,
        counters: &'a Arc<Counters>,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            names: Names::clone(source.names()),
            source,
            delivery,
            counters,
            stopping,
            backoff: Backoff::default(),
            jitter: Jitter::default(),
        }
    }

    /// Works until the relay stops.
    pub(super) async fn run(mut self) {
        while !*self.stopping.borrow() {
            // A pull is short, and dropping it would leave its messages to the consumer's wait.
            match self.source.next().await {
                Ok(messages) => {
                    if self.source.answers() {
                        self.backoff.reset();
                        self.counters.works(Part::Rows);
                    }
                    self.relay(messages).await;
                }
                Err(error) => self.pause(Part::Rows, &error).await,
            }
        }
        self.delivery.close().await;
        self.source.close().await;
    }

    /// Stores rows, and then sets aside what is bad or no row: a stream that keeps none of it delays no row.
    async fn relay(&mut self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        add(&self.counters.received, messages.len());
        let repeats = messages.iter().filter(|message| is_repeat(message));
        add(&self.counters.redelivered, repeats.count());
        let sorted = sort(messages);
        let page = self.deliver(&sorted.rows).await;
        if let Some(page) = &page {
            self.settle(&sorted.messages, page).await;
        } else {
            self.give_back(&sorted.messages, None).await;
        }
        let bad = page.iter().flat_map(|page| &page.bad);
        let bad = bad.filter_map(|(index, reason)| Some((sorted.messages.get(*index)?, reason)));
        let unread = sorted
            .unread
            .iter()
            .map(|(message, reason)| (message, reason));
        self.set_aside(bad.chain(unread).collect()).await;
        if let Some(connection) = self.source.connection() {
            let _ = connection.flush().await;
        }
    }

    /// Stores rows, and waits for a database that takes none. Returns `None` if the relay stops before.
    async fn deliver(&mut self, rows: &[Activity<'static>]) -> Option<DeliveredPage> {
        if rows.is_empty() {
            return Some(DeliveredPage::default());
        }
        loop {
            match self.delivery.deliver(rows).await {
                Ok(page) => {
                    self.backoff.reset();
                    if page.stored > 0 || !page.bad.is_empty() {
                        self.counters.works(Part::Database);
                    }
                    return Some(page);
                }
                Err(error) => self.pause(Part::Database, &error).await,
            }
            if *self.stopping.borrow() {
                return None;
            }
        }
    }

    /// Acknowledges the rows that are stored, and gives back those that are refused without proof.
    async fn settle(&self, messages: &[Message], page: &DeliveredPage) {
        let mut is_refused = vec![false; messages.len()];
        for (index, _) in page.bad.iter().chain(&page.unproven) {
            if let Some(refused) = is_refused.get_mut(*index) {
                *refused = true;
            }
        }
        for (message, refused) in messages.iter().zip(&is_refused) {
            if !refused {
                // A lost acknowledgement has the row delivered again, and the table keeps it once.
                let _ = message.ack().await;
                add(&self.counters.stored, 1);
            }
        }
        let unproven = page.unproven.iter();
        let unproven = unproven.filter_map(|(index, _)| messages.get(*index));
        self.give_back(unproven, Some(AGAIN)).await;
    }

    /// Sets messages aside. After a failure, and when the relay stops, it gives the rest back.
    async fn set_aside(&mut self, dead: Vec<(&Message, &String)>) {
        let mut dead = dead.into_iter();
        while let Some((message, reason)) = dead.next() {
            let after = match self.set_one_aside(message, reason).await {
                Some(Ok(())) => {
                    self.counters.works(Part::Dead);
                    add(&self.counters.set_aside, 1);
                    continue;
                }
                Some(Err(error)) => {
                    self.counters.failed(Part::Dead, &error);
                    Some(AGAIN)
                }
                None => None,
            };
            let rest = dead.by_ref().map(|(message, _)| message);
            self.give_back(std::iter::once(message).chain(rest), after)
                .await;
        }
    }

    /// Sets a message aside. Returns `None` if the relay stops before: the message is delivered again, and kept once.
    async fn set_one_aside(
        &mut self,
        message: &Message,
        reason: &str,
    ) -> Option<Result<(), StoreError>> {
        let Some(connection) = self.source.connection() else {
            let lost = StoreError::new(
                ErrorClass::UnknownOutcome,
                "the connection to NATS was lost",
            );
            return Some(Err(lost));
        };
        tokio::select! {
            _ = self.stopping.wait_for(|stopped| *stopped) => None,
            done = set_aside(connection, &self.names, message, reason) => Some(done),
        }
    }

    async fn give_back<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message>,
        after: Option<Duration>,
    ) {
        for message in messages {
            give_back(message, after).await;
            add(&self.counters.given_back, 1);
        }
    }

    /// Waits after a failure, for 5 s at most or until the relay stops.
    async fn pause(&mut self, part: Part, error: &StoreError) {
        self.counters.failed(part, error);
        let wait = self.backoff.next(LONGEST, self.jitter.draw());
        let _ = timeout(wait, self.stopping.wait_for(|stopped| *stopped)).await;
    }
}

fn is_repeat(message: &Message) -> bool {
    message.info().is_ok_and(|info| info.delivered > 1)
}

fn sort(messages: Vec<Message>) -> Sorted {
    let mut sorted = Sorted::default();
    for message in messages {
        let version = message::version(message.headers.as_ref());
        match wire::decode(version, &message.payload) {
            Ok(row) => {
                sorted.rows.push(row);
                sorted.messages.push(message);
            }
            Err(error) => sorted.unread.push((message, error.to_string())),
        }
    }
    sorted
}
