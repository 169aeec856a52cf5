//! What the writer needs of a store.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behavior_trace_core::{Activity, Timestamp};
use tokio::time::timeout;

use crate::config::Config;
use crate::migrate::Migrations;
use crate::store::{
    Connection, DatabaseUrl, ErrorClass, Purpose, RowRefusal, SessionEnd, SessionName, Store,
    StoreError,
};

/// How long it may take to reach the store: name, connection, session and a look at the table.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a migration may take; an index on a large table takes its time, and nothing waits for it but the spool.
const MIGRATE: Duration = Duration::from_hours(1);

/// A store as the writer sees it; the tests script one. Its calls run on the writer's thread alone.
pub(crate) trait StoreDriver: Clone + Send + 'static {
    /// One connection.
    type Connection: 'static;

    /// Connects.
    async fn connect(&self) -> Result<Self::Connection, StoreError>;

    /// The name by which another connection finds this one's session on the server, if anything can be left there.
    fn name(connection: &Self::Connection) -> Option<SessionName>;

    /// Ends a session that was given up, if it is on this connection's server.
    async fn end(
        connection: &mut Self::Connection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError>;

    /// Makes sure that the table takes rows.
    async fn check(&self, connection: &mut Self::Connection) -> Result<(), StoreError>;

    /// Stores rows, each once however often it is sent. An error says how many, from the front, are stored all the same.
    async fn insert(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<(), StoreError>;

    /// Stores every row that the store takes, and returns those it refused although each was sent alone. With an error
    /// nothing is stored.
    async fn sift(
        connection: &mut Self::Connection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError>;

    /// Stores a row of full reference width at this time, and takes it back.
    async fn probe(
        connection: &mut Self::Connection,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Closes the connection in good order.
    async fn close(connection: Self::Connection);
}

/// The configured store, migrated first if that was asked for.
#[derive(Clone)]
pub(crate) struct Configured {
    store: Store,
    url: DatabaseUrl,
    migrates: Arc<AtomicBool>,
    purpose: Purpose,
}

impl Configured {
    pub(crate) fn new(url: &DatabaseUrl, config: &Config) -> Self {
        Self {
            store: Store::open(url),
            url: url.clone(),
            migrates: Arc::new(AtomicBool::new(config.migrate)),
            purpose: Purpose::Writer {
                statement_timeout: config.statement_timeout,
            },
        }
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        if !self.migrates.load(Ordering::Relaxed) {
            return Ok(());
        }
        Migrations::new(&self.url)
            .run()
            .await
            .map_err(|error| StoreError::new(ErrorClass::Configuration, error.to_string()))?;
        self.migrates.store(false, Ordering::Relaxed);
        Ok(())
    }
}

impl StoreDriver for Configured {
    type Connection = Connection;

    async fn connect(&self) -> Result<Connection, StoreError> {
        in_time(CONNECT, self.store.connect(self.purpose)).await
    }

    fn name(connection: &Connection) -> Option<SessionName> {
        connection.name()
    }

    async fn end(
        connection: &mut Connection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError> {
        in_time(CONNECT, connection.end(session)).await
    }

    async fn check(&self, connection: &mut Connection) -> Result<(), StoreError> {
        in_time(MIGRATE, self.migrate()).await?;
        in_time(CONNECT, connection.check_schema()).await
    }

    async fn insert(connection: &mut Connection, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        connection.insert(rows).await
    }

    async fn sift(
        connection: &mut Connection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        connection.sift(rows).await
    }

    async fn probe(connection: &mut Connection, occurred_at: Timestamp) -> Result<(), StoreError> {
        connection.probe(occurred_at).await
    }

    async fn close(connection: Connection) {
        // It is being left either way; the server notices if the goodbye is lost.
        let _ = connection.close().await;
    }
}

async fn in_time<T>(
    longest: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(longest, call).await.unwrap_or_else(|_| {
        Err(StoreError::new(
            ErrorClass::Unavailable,
            format!("no answer within {} s", longest.as_secs()),
        ))
    })
}
