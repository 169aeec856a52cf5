//! Store driver of the configured store.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use behavior_trace_core::store_driver::StoreDriver;
use behavior_trace_core::{Activity, Timestamp};
use tokio::time::timeout;

use crate::migrate::Migrations;
use crate::store::{
    Connection, DatabaseUrl, ErrorClass, Purpose, RowRefusal, SessionEnd, SessionName, Store,
    StoreError,
};

/// Time limit for reaching the store: name resolution, connection, session and the check of the table.
const CONNECT: Duration = Duration::from_secs(10);
/// Time limit of a migration. An index on a large table takes long, and only the spool waits for it.
const MIGRATE: Duration = Duration::from_hours(1);

/// The configured store, migrated first if the configuration asks for it.
#[derive(Clone)]
pub struct Configured {
    store: Store,
    url: DatabaseUrl,
    migrates: Arc<AtomicBool>,
    purpose: Purpose,
}

impl Configured {
    pub fn new(url: &DatabaseUrl, migrate: bool, statement_timeout: Duration) -> Self {
        Self {
            store: Store::open(url),
            url: url.clone(),
            migrates: Arc::new(AtomicBool::new(migrate)),
            purpose: Purpose::Writer { statement_timeout },
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

/// A connection to the configured store.
#[derive(Debug)]
pub struct OpenConnection(Connection);

impl StoreDriver for Configured {
    type Connection = OpenConnection;

    fn has_several_hosts(&self) -> bool {
        self.store.has_several_hosts()
    }

    async fn connect(&self) -> Result<OpenConnection, StoreError> {
        in_time(CONNECT, self.store.connect(self.purpose))
            .await
            .map(OpenConnection)
    }

    fn name(connection: &OpenConnection) -> Option<SessionName> {
        connection.0.name()
    }

    async fn end(
        connection: &mut OpenConnection,
        session: &SessionName,
    ) -> Result<SessionEnd, StoreError> {
        in_time(CONNECT, connection.0.end(session)).await
    }

    async fn is_crowded(connection: &mut OpenConnection) -> Result<bool, StoreError> {
        connection.0.is_crowded().await
    }

    async fn check(&self, connection: &mut OpenConnection) -> Result<(), StoreError> {
        in_time(MIGRATE, self.migrate()).await?;
        in_time(CONNECT, connection.0.check_schema()).await
    }

    async fn insert(
        connection: &mut OpenConnection,
        rows: &[Activity<'_>],
    ) -> Result<(), StoreError> {
        connection.0.insert(rows).await
    }

    async fn sift(
        connection: &mut OpenConnection,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        connection.0.sift(rows).await
    }

    async fn probe(
        connection: &mut OpenConnection,
        occurred_at: Timestamp,
    ) -> Result<(), StoreError> {
        connection.0.probe(occurred_at).await
    }

    async fn close(connection: OpenConnection) {
        // The connection is dropped either way; the server notices if the goodbye is lost.
        let _ = connection.0.close().await;
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
