//! Messages of the durable consumer.
//!
//! A pull has an expiry, and ends on this side too a second after it: the consumer's own leader may be lost together with the
//! pulls that wait there. It asks for no idle heartbeats: async-nats 0.51 sleeps on after one in a batch, until the batch's own
//! timeout.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{Info, PullConsumer};
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::delivery::pages::PageDelivery;
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep, timeout_at};

use crate::connection::Connection;
use crate::names::{CONSUMER, Names};
use crate::{JetStream, classify, loss};

/// Time after which the server ends a pull, with the messages that it has.
const EXPIRY: Duration = Duration::from_millis(500);
/// Further time for the end of a pull to arrive.
const GRACE: Duration = Duration::from_secs(1);
/// Pause after a pull that the server refused.
const PAUSE: Duration = Duration::from_millis(100);
/// Number of consecutive pulls without any answer after which the connection is opened anew.
const SILENT: u32 = 5;

/// Source of messages, with a connection that it opens when it needs one.
pub(super) struct Source {
    stream: JetStream,
    open: Option<Open>,
}

struct Open {
    connection: Connection,
    consumer: PullConsumer,
    /// Consecutive pulls without an answer.
    silent: u32,
}

impl Source {
    pub(super) const fn new(stream: JetStream) -> Self {
        Self { stream, open: None }
    }

    /// Connects, and fails unless there are a stream that loses no rows and its consumer.
    pub(super) async fn check(&mut self) -> Result<(), StoreError> {
        self.open().await.map(drop)
    }

    async fn open(&mut self) -> Result<&mut Open, StoreError> {
        let open = match self.open.take() {
            Some(open) => open,
            None => connect(&self.stream).await?,
        };
        Ok(self.open.insert(open))
    }

    pub(super) fn names(&self) -> &Names {
        &self.stream.names
    }

    pub(super) fn disconnect(&mut self) {
        self.open = None;
    }

    /// Returns the open connection.
    pub(super) fn connection(&self) -> Option<&Connection> {
        self.open.as_ref().map(|open| &open.connection)
    }

    /// Returns whether the server answered the last pull.
    pub(super) fn answers(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.silent == 0)
    }

    pub(super) async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.connection.close().await;
        }
    }

    /// Returns the state of the consumer.
    pub(super) async fn info(&mut self) -> Result<Info, StoreError> {
        let open = self.open().await?;
        let Open {
            connection,
            consumer,
            ..
        } = open;
        connection
            .uninterrupted(async {
                let info = consumer.get_info().await;
                info.map_err(|error| unanswered(&error))
            })
            .await
    }

    /// Returns the next messages, none if there are none within the expiry.
    pub(super) async fn next(&mut self) -> Result<Vec<Message>, StoreError> {
        let open = self.open().await?;
        let Open {
            connection,
            consumer,
            silent,
        } = open;
        let mut messages = Vec::new();
        let answered = connection
            .uninterrupted(collect(consumer, &mut messages))
            .await;
        match answered {
            Ok(true) => *silent = 0,
            Ok(false) => *silent += 1,
            // The messages that came are stored all the same.
            Err(_) if !messages.is_empty() => {}
            Err(error) => {
                self.open = None;
                return Err(error);
            }
        }
        if *silent >= SILENT {
            self.open = None;
            return Err(StoreError::new(
                ErrorClass::Unavailable,
                "the consumer of the stream does not answer",
            ));
        }
        Ok(messages)
    }
}

/// Collects messages until the pull ends. Returns whether the server answered at all.
async fn collect(consumer: &PullConsumer, messages: &mut Vec<Message>) -> Result<bool, StoreError> {
    let pull = consumer
        .batch()
        .max_messages(PageDelivery::ROWS)
        .expires(EXPIRY);
    let mut batch = pull.messages().await.map_err(|error| unanswered(&error))?;
    let end = Instant::now() + EXPIRY + GRACE;
    loop {
        match timeout_at(end, batch.next()).await {
            Ok(Some(Ok(message))) => messages.push(message),
            Ok(None) => return Ok(true),
            Ok(Some(Err(_))) if !messages.is_empty() => return Ok(true),
            // No server leads the consumer now, or it refuses the pull.
            Ok(Some(Err(_))) => {
                sleep(PAUSE).await;
                return Ok(false);
            }
            Err(_) => return Ok(!messages.is_empty()),
        }
    }
}

async fn connect(stream: &JetStream) -> Result<Open, StoreError> {
    let connection = Connection::open(&stream.servers).await?;
    let name = &stream.names.stream;
    let found = connection.stream(name).await?;
    loss::refuse_stream(&found.cached_info().config)?;
    // Its messages wait for the answer to an acknowledgement as long as for that to a request.
    let api = connection.api();
    let consumer: PullConsumer = connection
        .uninterrupted(async {
            let consumer = api.get_consumer_from_stream(CONSUMER, name).await;
            consumer.map_err(|error| classify::consumer(name, &error))
        })
        .await?;
    loss::refuse_consumer(&consumer.cached_info().config, &stream.names)?;
    Ok(Open {
        connection,
        consumer,
        silent: 0,
    })
}

fn unanswered(error: &(dyn std::error::Error + 'static)) -> StoreError {
    let text = classify::text_of(error);
    StoreError::new(
        ErrorClass::Unavailable,
        format!("the consumer of the stream does not answer: {text}"),
    )
}
