//! The first poll of a follower: where it begins.

use super::gaps::Gaps;
use super::poller::{LAST, Poller, Start};
use super::position::Newest;
use crate::query::{Kind, QueryError, StoredActivity, in_time};
use crate::store::filter::{Filter, Table};

/// Ids before the end of the table whose rows may not be committed yet when a follower begins there.
const LOOK_BACK: u64 = 1_000;

impl Poller {
    pub(super) async fn begin(&mut self, start: &Start) -> Result<(), QueryError> {
        match start {
            Start::End => self.begin_at_end().await,
            Start::After(id) => {
                self.begin_after(*id);
                Ok(())
            }
            Start::Position(position) => {
                position.check(&self.filter)?;
                match position.settled_id() {
                    Some(settled) => {
                        self.check_table(settled, position.newest()).await?;
                        self.begin_after(settled);
                        self.counted_after = Some(settled);
                        Ok(())
                    }
                    None => self.begin_at_end().await,
                }
            }
        }
    }

    /// Begins after the rows that are visible now. Of the ids before the last one, those without a row may get theirs yet.
    async fn begin_at_end(&mut self) -> Result<(), QueryError> {
        let last = in_time(self.pool.last_id(Table::Live)).await?;
        let before = last.saturating_sub(LOOK_BACK);
        let limit = usize::try_from(LOOK_BACK).unwrap_or(usize::MAX);
        let range = before.saturating_add(1)..=last;
        let mut ids = in_time(self.pool.ids_within(&[range], limit)).await?;
        // Retention may have taken the last row in between.
        ids.extend((last > 0).then_some(last));
        self.gaps = Gaps::after(before);
        self.counted_after = (last > 0).then_some(last);
        self.see(ids);
        Ok(())
    }

    /// Begins after an id. From the beginning, ids before the first row do not count as passed over.
    fn begin_after(&mut self, id: u64) {
        self.gaps = Gaps::after(id);
        self.counted_after = (id > 0).then_some(id);
    }

    /// Fails if the table cannot be the one that the position is of: another event has the id of the newest row, or the
    /// position is beyond the last row. Retention may have taken all rows.
    async fn check_table(&self, settled: u64, newest: Newest) -> Result<(), QueryError> {
        let last = in_time(self.pool.last_id(Table::Live)).await?;
        let is_beyond = last > 0 && last < settled;
        if is_beyond || self.has_another(newest).await? {
            return Err(Kind::OtherTable.into());
        }
        Ok(())
    }

    async fn has_another(&self, newest: Newest) -> Result<bool, QueryError> {
        if newest.id == 0 || newest.id > LAST {
            return Ok(newest.id > LAST);
        }
        let (all, range) = (Filter::default(), newest.id..=newest.id);
        let rows = in_time(self.pool.rows_within(&all, &[range], 1)).await?;
        let row = rows.into_iter().next().map(StoredActivity::from);
        Ok(row.is_some_and(|row| Newest::of(row.id, &row.activity.event_id) != newest))
    }
}
