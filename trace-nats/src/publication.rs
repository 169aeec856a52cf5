//! The table, followed into a stream that others read.

use std::pin::pin;
use std::time::Duration;

use async_nats::jetstream::stream::RetentionPolicy;
use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::{Follow, HiddenFields, Reader, StoredActivity};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::connection::Connection;
use crate::place::{KnownPlace, Place};
use crate::{JetStream, NatsError, classify, message};

/// Pause before the next try, while NATS does not answer.
const AGAIN: Duration = Duration::from_secs(1);
/// Time for which a single run waits for a database or a stream that does not answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Publication of the table to a stream: each row as one message, in the [wire form](behavior_trace_store::wire).
///
/// It begins with the oldest row, or where the last publication to the stream ended, and reads the rows in the order of storing.
/// A message has the event id as `Nats-Msg-Id`. Its rows are published at least once: what was sent before a kill is sent again,
/// and the stream keeps it once within its window of ids. Readers that need each row once compare the ids.
///
/// Rows go to `<prefix>.rows`, and the place that was reached to `<prefix>.place`. The stream must have both subjects, and must
/// be another one than that of a [`Relay`](crate::Relay). One run publishes to a stream at a time; a second one fails.
#[derive(Debug)]
#[must_use = "a publication does nothing until it is run"]
pub struct StreamPublication {
    reader: Reader,
    stream: JetStream,
    hidden: HiddenFields,
    settle_delay: Duration,
    poll_interval: Duration,
    once: bool,
}

/// Result of a publication to a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamPublicationReport {
    /// Rows that the stream has acknowledged.
    pub rows: u64,
    /// Ids that were given up for lack of memory. Their rows are missing if they appeared later.
    pub gaps_given_up: u64,
    /// Ids whose rows retention took before they were read.
    pub passed_over: u64,
}

impl StreamPublication {
    /// Creates a publication. It connects to nothing yet.
    pub fn new(reader: Reader, stream: JetStream) -> Self {
        Self {
            reader,
            stream,
            hidden: HiddenFields::default(),
            settle_delay: Duration::from_secs(10),
            poll_interval: Duration::from_secs(1),
            once: false,
        }
    }

    /// Sets the columns and payload fields that the messages do not have. Default: none. A stream whose messages hide a field
    /// is refused without it.
    pub fn hide(mut self, hidden: HiddenFields) -> Self {
        self.hidden = hidden;
        self
    }

    /// Sets the time after which an id without a row is taken to be unused; see
    /// [`Follow::settle_delay`](behavior_trace_store::Follow::settle_delay). Default: 10 s.
    pub fn settle_delay(mut self, delay: Duration) -> Self {
        self.settle_delay = delay;
        self
    }

    /// Sets the pause between two looks at the table. Default: 1 s.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval;
        self
    }

    /// Ends after the rows that are there at the beginning. Default: it goes on until it is stopped.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Publishes until `stop` is ready, or with [`once`](Self::once) until the rows of now are published. `published` is called
    /// with the number of rows after each page that the stream has acknowledged.
    ///
    /// Both have to answer at the start. Later, a database or a stream that does not answer is waited for; with
    /// [`once`](Self::once), for 30 s.
    ///
    /// # Errors
    ///
    /// Fails if NATS or the database returns an error that will not pass, if a row is larger than a message may be, if another
    /// run publishes to the stream, if its messages hide more, or if the ids of the table began anew. The next run goes on after
    /// the last page.
    pub async fn run(
        self,
        stop: impl Future<Output = ()>,
        mut published: impl FnMut(u64),
    ) -> Result<StreamPublicationReport, NatsError> {
        let connection = Connection::open(&self.stream.servers).await?;
        let known = self.begin(&connection).await?;
        let mut follow = self.follow(&known)?;
        let end = if self.once {
            Some(
                self.reader
                    .last_id()
                    .await
                    .map_err(|error| read_error(&error))?,
            )
        } else {
            None
        };
        let mut sender = Sender {
            publication: &self,
            connection: Some(connection),
            known,
        };
        let mut report = StreamPublicationReport::default();
        let mut waiting = Waiting::default();
        let mut stop = pin!(stop);
        loop {
            let rows = tokio::select! {
                biased;
                () = &mut stop => break,
                polled = follow.poll_once() => polled.map_err(|error| read_error(&error))?,
            };
            if follow.started_over() > 0 {
                return Err(NatsError::settings(
                    "the ids of the table began anew; publish to a new stream",
                ));
            }
            waiting.note(Instant::now(), &follow);
            if let (Some(error), Some(_)) = (follow.interruption(), end)
                && waiting.is_unanswered()
            {
                return Err(StoreError::new(ErrorClass::Unavailable, error.to_string()).into());
            }
            if !rows.is_empty() {
                let count = rows.len() as u64;
                let position = follow.position().to_string();
                tokio::select! {
                    biased;
                    // What was sent is sent again by the next run.
                    () = &mut stop => break,
                    sent = sender.publish(rows, position) => sent?,
                }
                report.rows += count;
                published(count);
            }
            if end.is_some_and(|end| waiting.has_ended(&follow, end, self.settle_delay)) {
                break;
            }
            if !follow.has_more() {
                tokio::select! {
                    biased;
                    () = &mut stop => break,
                    () = sleep(self.poll_interval) => {}
                }
            }
        }
        report.gaps_given_up = follow.gaps_given_up();
        report.passed_over = follow.passed_over();
        sender.close().await;
        Ok(report)
    }

    /// Looks at the stream, and returns the place where the last publication ended.
    async fn begin(&self, connection: &Connection) -> Result<KnownPlace, NatsError> {
        let names = &self.stream.names;
        let found = connection.copies(names).await?;
        if found.cached_info().config.retention == RetentionPolicy::WorkQueue {
            return Err(NatsError::settings(format!(
                "the stream `{}` is a queue of work, as a relay has one in front of the table; publish to a stream that keeps \
                 its messages",
                names.stream
            )));
        }
        let known = KnownPlace::read(connection, names).await?;
        let hidden = known.place.iter().flat_map(|place| &place.hidden);
        let shown: Vec<_> = hidden
            .filter(|name| !self.hidden.names().any(|known| known == **name))
            .map(String::as_str)
            .collect();
        if shown.is_empty() {
            return Ok(known);
        }
        Err(NatsError::settings(format!(
            "earlier messages of the stream `{}` hide {}, and this run would show it; hide it too",
            names.stream,
            shown.join(", ")
        )))
    }

    fn follow(&self, known: &KnownPlace) -> Result<Follow, NatsError> {
        let follow = self.reader.follow().settle_delay(self.settle_delay);
        let Some(place) = &known.place else {
            return Ok(follow.after_id(0));
        };
        let position = place.position.parse().map_err(|_| {
            NatsError::settings("the place of the publication cannot be read by this release")
        })?;
        Ok(follow.after(position))
    }
}

/// Sends pages, over one connection after the other.
struct Sender<'a> {
    publication: &'a StreamPublication,
    connection: Option<Connection>,
    known: KnownPlace,
}

impl Sender<'_> {
    /// Sends rows until each is acknowledged, and then writes the place after them.
    async fn publish(
        &mut self,
        mut rows: Vec<StoredActivity>,
        position: String,
    ) -> Result<(), NatsError> {
        let hidden = &self.publication.hidden;
        for row in &mut rows {
            hidden.hide(row);
        }
        let names = hidden.names().map(str::to_owned).collect();
        let place = Place::new(position, names);
        let begun = Instant::now();
        loop {
            let error = match self.try_publish(&rows, &place).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let is_over = self.publication.once && begun.elapsed() >= ANSWER;
            let error = NatsError::from(error);
            if !error.is_transient() || is_over {
                return Err(error);
            }
            self.connection = None;
            sleep(AGAIN).await;
        }
    }

    async fn try_publish(
        &mut self,
        rows: &[StoredActivity],
        place: &Place,
    ) -> Result<(), StoreError> {
        let stream = &self.publication.stream;
        if self.connection.is_none() {
            let connection = Connection::open(&stream.servers).await?;
            let known = KnownPlace::read(&connection, &stream.names).await?;
            if known.place.as_ref() == Some(place) {
                // It was written, and its answer was lost.
                (self.known, self.connection) = (known, Some(connection));
                return Ok(());
            }
            self.connection = Some(connection);
        }
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        send(connection, stream, rows).await?;
        self.known
            .write(connection, &stream.names, place.clone())
            .await
    }

    async fn close(self) {
        if let Some(connection) = self.connection {
            connection.close().await;
        }
    }
}

/// Sends each row as a message, and waits until all are acknowledged.
async fn send(
    connection: &Connection,
    stream: &JetStream,
    rows: &[StoredActivity],
) -> Result<(), StoreError> {
    let subject = stream.names.rows();
    connection
        .uninterrupted(async {
            let mut waiting = Vec::with_capacity(rows.len());
            for row in rows {
                let message = message::of_row(&row.activity, &stream.names.stream);
                let sent = connection.context.send_publish(subject.clone(), message);
                waiting.push((row.id, sent.await));
            }
            let answers = waiting.into_iter().map(async |(id, sent)| {
                let answer = match sent {
                    Ok(acknowledgement) => acknowledgement.await.map(drop),
                    Err(error) => Err(error),
                };
                answer.map_err(|error| of_row(id, &classify::publish(&error)))
            });
            join_all(answers).await.into_iter().collect()
        })
        .await
}

/// Names the row that is too large: a person has to make room for it.
fn of_row(id: u64, error: &StoreError) -> StoreError {
    if error.class() == ErrorClass::TooBig {
        return StoreError::new(
            ErrorClass::Configuration,
            format!(
                "the row {id} is larger than a message may be; raise max_payload of NATS: {error}"
            ),
        );
    }
    StoreError::new(error.class(), error.to_string())
}

fn read_error(error: &behavior_trace_store::QueryError) -> NatsError {
    let class = if error.is_transient() {
        ErrorClass::Unavailable
    } else {
        ErrorClass::Configuration
    };
    StoreError::new(class, error.to_string()).into()
}

/// When the database answered last, and when the end of the table was reached first.
#[derive(Debug)]
struct Waiting {
    now: Instant,
    answered: Instant,
    at_end: Option<Instant>,
}

impl Default for Waiting {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            now,
            answered: now,
            at_end: None,
        }
    }
}

impl Waiting {
    fn note(&mut self, now: Instant, follow: &Follow) {
        self.now = now;
        if follow.interruption().is_none() {
            self.answered = now;
            if !follow.has_more() {
                self.at_end.get_or_insert(now);
            }
        }
    }

    fn is_unanswered(&self) -> bool {
        self.now >= self.answered + ANSWER
    }

    /// Returns whether all rows up to the end were read. Ids that stay open are waited for at most for twice the settle delay.
    fn has_ended(&self, follow: &Follow, end: u64, settle_delay: Duration) -> bool {
        let settled = follow.position().settled_id().unwrap_or_default();
        self.at_end.is_some_and(|at_end| {
            settled >= end || self.now >= at_end + settle_delay.saturating_mul(2)
        })
    }
}
