//! A worker of a relay: it pulls messages, stores their rows, and acknowledges them after the commit.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Message;
use behavior_trace_core::Activity;
use behavior_trace_core::store_driver::StoreError;
use behavior_trace_store::delivery::backoff::{Backoff, LONGEST};
use behavior_trace_store::delivery::jitter::Jitter;
use behavior_trace_store::delivery::pages::{DeliveredPage, PageDelivery};
use behavior_trace_store::wire;
use tokio::sync::watch;
use tokio::time::timeout;

use super::aside::{AGAIN, give_back, set_aside};
use super::pull::Source;
use super::stats::{Counters, add};
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
                Ok(messages) => self.relay(messages).await,
                Err(error) => self.pause(&error).await,
            }
        }
        self.delivery.close().await;
        self.source.close().await;
    }

    async fn relay(&mut self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        add(&self.counters.received, messages.len());
        let repeats = messages.iter().filter(|message| is_repeat(message));
        add(&self.counters.redelivered, repeats.count());
        let sorted = sort(messages);
        for (message, reason) in &sorted.unread {
            self.set_aside(message, reason).await;
        }
        match self.deliver(&sorted.rows).await {
            Some(page) => self.settle(&sorted.messages, page).await,
            None => self.give_back(&sorted.messages, None).await,
        }
        if let Some(connection) = self.source.connection() {
            let _ = connection.flush().await;
        }
    }

    /// Stores rows, and waits for a database that takes none. Returns `None` if the relay stops before.
    async fn deliver(&mut self, rows: &[Activity<'static>]) -> Option<DeliveredPage> {
        loop {
            match self.delivery.deliver(rows).await {
                Ok(page) => {
                    self.backoff.reset();
                    self.counters.works();
                    return Some(page);
                }
                Err(error) => self.pause(&error).await,
            }
            if *self.stopping.borrow() {
                return None;
            }
        }
    }

    /// Acknowledges the rows that are stored, and sets aside those that are proven bad.
    async fn settle(&mut self, messages: &[Message], page: DeliveredPage) {
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
        for (index, reason) in &page.bad {
            if let Some(message) = messages.get(*index) {
                self.set_aside(message, reason).await;
            }
        }
        let unproven = page.unproven.iter();
        for message in unproven.filter_map(|(index, _)| messages.get(*index)) {
            self.give_back(std::slice::from_ref(message), Some(AGAIN))
                .await;
        }
    }

    async fn set_aside(&mut self, message: &Message, reason: &str) {
        let Some(connection) = self.source.connection() else {
            return self
                .give_back(std::slice::from_ref(message), Some(AGAIN))
                .await;
        };
        match set_aside(connection, &self.names, message, reason).await {
            Ok(()) => add(&self.counters.set_aside, 1),
            Err(error) => {
                self.counters.failed(&error);
                self.give_back(std::slice::from_ref(message), Some(AGAIN))
                    .await;
            }
        }
    }

    async fn give_back(&self, messages: &[Message], after: Option<Duration>) {
        for message in messages {
            give_back(message, after).await;
        }
        add(&self.counters.given_back, messages.len());
    }

    /// Waits after a failure, for 5 s at most or until the relay stops.
    async fn pause(&mut self, error: &StoreError) {
        self.counters.failed(error);
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
