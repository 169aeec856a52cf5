//! The relay: rows of a stream, stored in the table.

mod aside;
mod lag;
mod pull;
mod stats;
mod worker;

use std::fmt;
use std::sync::Arc;

use behavior_trace_core::store_driver::{ErrorClass, StoreError};
use behavior_trace_store::DatabaseUrl;
use behavior_trace_store::delivery::pages::PageDelivery;
use futures_util::future::join_all;
use tokio::sync::watch;

use crate::{JetStream, NatsError};
use pull::Source;
use stats::Counters;
pub use stats::{RelayReport, RelayStats};
use worker::Worker;

/// Default number of workers. With two, one reads while the other stores.
const WORKERS: usize = 2;

/// A relay of the rows of a stream into the table.
///
/// It stores rows by the rules of a recorder's writer, and acknowledges them after the commit. A relay that is killed in
/// between leaves rows that are delivered again, and the table's unique key keeps each once. Several relays may share a
/// stream.
///
/// | message | what becomes of it |
/// |---|---|
/// | a row that is stored, or was stored before | acknowledged |
/// | a row that is proven bad, as a recorder's dead letter is | set aside |
/// | no row, or a row of a later major | set aside with its bytes |
/// | a row that is refused without proof | delivered again after 30 s, until it is stored or proven bad |
///
/// What is set aside goes to the stream `<stream>-dead` with its reason, and is not delivered again.
///
/// ```no_run
/// use behavior_trace_nats::{JetStream, Relay};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let stream = JetStream::new("nats://127.0.0.1:4222")?;
/// let relay = Relay::new(stream, &"mysql://relay:secret@db.internal/shop".parse()?);
/// let report = relay.run(std::future::pending()).await?;
/// # Ok(()) }
/// ```
#[must_use = "it does nothing until `run` is called"]
pub struct Relay {
    stream: JetStream,
    database: DatabaseUrl,
    workers: usize,
    counters: Arc<Counters>,
}

impl Relay {
    /// Creates a relay from a stream to the table of a database. It connects to nothing.
    pub fn new(stream: JetStream, database: &DatabaseUrl) -> Self {
        Self {
            stream,
            database: database.clone(),
            workers: WORKERS,
            counters: Arc::default(),
        }
    }

    /// Sets the number of workers, each with a connection to NATS and one to the database. Default: 2; minimum: 1.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// Returns a reader of the counters, which works while the relay runs.
    pub fn report(&self) -> RelayReport {
        RelayReport::new(Arc::clone(&self.counters))
    }

    /// Returns the counters and the lag.
    pub fn stats(&self) -> RelayStats {
        self.counters.read()
    }

    /// Relays rows until `stop` is ready. Then it finishes the rows in hand, gives back those that it cannot store now, and
    /// returns the counters.
    ///
    /// It waits for servers that do not answer, at the start too.
    ///
    /// # Errors
    ///
    /// At the start alone: what a person has to change, such as a missing stream or table, or a refused login.
    pub async fn run(&self, stop: impl Future<Output = ()>) -> Result<RelayStats, NatsError> {
        let (stopped, stopping) = watch::channel(false);
        let work = self.work(&stopping);
        let mut work = std::pin::pin!(work);
        tokio::select! {
            done = &mut work => return done.map(|()| self.stats()),
            () = stop => {}
        }
        stopped.send_replace(true);
        work.await.map(|()| self.stats())
    }

    async fn work(&self, stopping: &watch::Receiver<bool>) -> Result<(), NatsError> {
        self.refuse_misconfiguration(stopping).await?;
        let workers = (0..self.workers).map(|_| {
            let delivery = PageDelivery::to_table(&self.database);
            let source = Source::new(self.stream.clone());
            Worker::new(source, delivery, &self.counters, stopping.clone()).run()
        });
        let lag = lag::follow(&self.stream, &self.counters, stopping.clone());
        tokio::join!(join_all(workers), lag);
        Ok(())
    }

    /// Fails if a person has to change something. What may pass by itself is left to the workers.
    async fn refuse_misconfiguration(
        &self,
        stopping: &watch::Receiver<bool>,
    ) -> Result<(), NatsError> {
        let mut stopping = stopping.clone();
        let checks = async {
            misconfiguration(Source::new(self.stream.clone()).check().await)?;
            let mut delivery = PageDelivery::to_table(&self.database);
            misconfiguration(delivery.check().await)?;
            delivery.close().await;
            Ok(())
        };
        tokio::select! {
            result = checks => result,
            _ = stopping.wait_for(|stopped| *stopped) => Ok(()),
        }
    }
}

fn misconfiguration(result: Result<(), StoreError>) -> Result<(), NatsError> {
    match result {
        Err(error) if error.class() == ErrorClass::Configuration => Err(error.into()),
        _ => Ok(()),
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("stream", &self.stream)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}
