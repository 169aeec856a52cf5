//! The run of an export: batches of rows, written one after the other.

use std::io;

use super::read_ahead::ReadAhead;
use super::{Export, ExportError, ExportProgress};
use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::filter::Table;

/// The last ids of the tables. The live table alone gives new ones.
#[derive(Clone, Copy)]
struct LastId {
    live: u64,
    /// 0 unless the archive is exported too.
    archived: u64,
}

impl Export {
    /// Writes all rows up to the last settled one, and calls `progress` after each batch of at most a thousand rows. The
    /// writer runs on the caller's thread, while the server reads the next batch. Use a buffer or a file, not a slow network.
    ///
    /// # Errors
    ///
    /// Fails if the store returns an error or does not answer in time, if the writer fails, or if the table's ids began anew
    /// below the one after which the export begins.
    pub async fn write_to(
        &self,
        writer: &mut (impl io::Write + Send),
        mut progress: impl FnMut(ExportProgress) + Send,
    ) -> Result<ExportProgress, ExportError> {
        let last_id = self.last_id().await?;
        self.check_table(last_id).await?;
        let up_to = last_id.live.max(last_id.archived);
        let mut exported = ExportProgress {
            rows: 0,
            last_id: self.after,
            up_to,
        };
        if up_to > self.after {
            tokio::time::sleep(self.settle).await;
        }
        let mut text = Vec::new();
        if self.with_header {
            self.format.write_header(&mut text);
        }
        let mut batches = ReadAhead::new(self, up_to);
        while let Some(batch) = batches.next().await? {
            for row in batch.rows.into_iter().map(StoredActivity::from) {
                exported.rows += 1;
                self.format.write_row(&row, &mut text)?;
            }
            exported.last_id = batch.last_id;
            writer.write_all(&text)?;
            text.clear();
            progress(exported);
        }
        writer.write_all(&text)?;
        writer.flush()?;
        Ok(exported)
    }

    /// Fails if the ids after which the export begins are still to be given. A replica may be behind, and proves nothing.
    async fn check_table(&self, last_id: LastId) -> Result<(), ExportError> {
        let after = self.after;
        if last_id.live < after
            && let Some(next) = in_time(self.pool.next_id()).await?
            && next <= after
        {
            return Err(ExportError::StartedOver { after });
        }
        Ok(())
    }

    async fn last_id(&self) -> Result<LastId, QueryError> {
        let pool = &self.pool;
        let live = in_time(pool.last_id(Table::Live)).await?;
        let archived = if self.with_archive {
            in_time(pool.last_id(Table::Archive)).await?
        } else {
            0
        };
        Ok(LastId { live, archived })
    }
}
