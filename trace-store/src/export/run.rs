//! The run of an export: batches of rows, written one after the other.

use std::io;

use super::read_ahead::ReadAhead;
use super::{Export, ExportError, ExportProgress};
use crate::query::{QueryError, StoredActivity, in_time};
use crate::store::filter::Table;

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
        let up_to = self.last_id().await?;
        self.check_table(up_to).await?;
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
    async fn check_table(&self, up_to: u64) -> Result<(), ExportError> {
        let (pool, after) = (&self.pool, self.after);
        if up_to < after
            && in_time(pool.takes_writes()).await?
            && in_time(pool.next_id()).await? <= after
        {
            return Err(ExportError::StartedOver { after });
        }
        Ok(())
    }

    async fn last_id(&self) -> Result<u64, QueryError> {
        let pool = &self.pool;
        let live = in_time(pool.last_id(Table::Live)).await?;
        if !self.with_archive {
            return Ok(live);
        }
        Ok(live.max(in_time(pool.last_id(Table::Archive)).await?))
    }
}
