//! Batches of rows in storing order. The server reads the next one while the caller writes.

use std::future::{self, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::Export;
use crate::page_size::PageSize;
use crate::query::{QueryError, in_time};
use crate::store::StoredRow;
use crate::store::filter::Table;

/// Maximum number of rows of a batch.
const MAX_ROWS: usize = 1_000;
/// Number of ids that one statement covers where a filter may leave most of the rows out, so that it ends soon.
const WINDOW: u64 = 20_000;

/// The rows of an export, read a batch ahead of the caller.
pub(super) struct ReadAhead<'e> {
    export: &'e Export,
    after: u64,
    up_to: u64,
    size: PageSize,
    started: Option<Reading<'e>>,
}

/// Rows, and the id up to which there are no others.
pub(super) struct ExportBatch {
    pub(super) rows: Vec<StoredRow>,
    pub(super) last_id: u64,
}

type Reading<'e> = Pin<Box<dyn Future<Output = Result<Vec<StoredRow>, QueryError>> + Send + 'e>>;

impl<'e> ReadAhead<'e> {
    pub(super) fn new(export: &'e Export, up_to: u64) -> Self {
        Self {
            export,
            after: export.after,
            up_to,
            size: PageSize::default(),
            started: None,
        }
    }

    /// Returns the next batch, and starts to read the one after it; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<ExportBatch>, QueryError> {
        if self.after >= self.up_to {
            return Ok(None);
        }
        let early = match self.started.take() {
            Some(started) => match started.await {
                Ok(rows) => Some(rows),
                // The caller may have written for so long that the server gave up.
                Err(error) if error.is_transient() => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        let rows = match early {
            Some(rows) => rows,
            None => self.read().await?,
        };
        self.after = match rows.last() {
            Some(last) if rows.len() >= self.limit() => last.id,
            _ => self.end_of_window(),
        };
        self.size
            .note(rows.iter().map(|row| &*row.activity.payload));
        if self.after < self.up_to {
            self.started = Some(started(self.read()).await);
        }
        Ok(Some(ExportBatch {
            rows,
            last_id: self.after,
        }))
    }

    fn read(&self) -> Reading<'e> {
        let (export, after, limit) = (self.export, self.after, self.limit());
        Box::pin(rows(export, after, self.end_of_window(), limit))
    }

    /// Returns the maximum number of rows of the next batch.
    fn limit(&self) -> usize {
        self.size.rows(MAX_ROWS)
    }

    fn end_of_window(&self) -> u64 {
        if self.export.filter.0.is_empty() {
            self.up_to
        } else {
            self.up_to.min(self.after.saturating_add(WINDOW))
        }
    }
}

/// Polls a read once, so that the server has its statement.
async fn started(mut reading: Reading<'_>) -> Reading<'_> {
    let first = poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await;
    match first {
        Poll::Ready(answer) => Box::pin(future::ready(answer)),
        Poll::Pending => reading,
    }
}

/// Reads rows. The live table is first: a row being moved is in the archive before it leaves the live table.
async fn rows(
    export: &Export,
    after: u64,
    up_to: u64,
    limit: usize,
) -> Result<Vec<StoredRow>, QueryError> {
    let Export { pool, filter, .. } = export;
    let mut rows = in_time(pool.stored_between(Table::Live, filter, after, up_to, limit)).await?;
    if export.with_archive {
        let archived = pool.stored_between(Table::Archive, filter, after, up_to, limit);
        rows.extend(in_time(archived).await?);
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        rows.truncate(limit);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Activity, activity};
    use uuid::Uuid;

    use super::*;
    use crate::Reader;
    use crate::query::Kind;
    use crate::store::{DatabaseUrl, Purpose, Store};

    async fn export_of(rows: u128) -> Export {
        let url = DatabaseUrl::memory();
        let row = |id: u128| activity! { event_id: Uuid::from_u128(id), payload: "{}".into() };
        let sent: Vec<Activity<'static>> = (1..=rows).map(row).collect();
        let store = Store::open(&url);
        let writer = Purpose::Writer {
            statement_timeout: std::time::Duration::from_secs(5),
        };
        let mut connection = store.connect(writer).await.expect("memory");
        connection.insert(&sent).await.expect("stored");
        Reader::new(&url).export()
    }

    #[tokio::test]
    async fn a_read_that_failed_while_the_caller_wrote_is_repeated() {
        let export = export_of(70).await;
        let mut batches = ReadAhead::new(&export, 70);
        let first = batches.next().await.expect("rows").expect("a batch");
        assert_eq!((first.rows.len(), first.last_id), (64, 64));
        batches.started = Some(Box::pin(future::ready(Err(Kind::TimedOut.into()))));
        let second = batches.next().await.expect("rows").expect("a batch");
        assert_eq!((second.rows.len(), second.last_id), (6, 70));
        assert!(batches.next().await.expect("an end").is_none());
    }
}
