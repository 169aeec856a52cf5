//! The first poll of a follower: where it begins.

use std::time::Instant;

use super::gaps::Gaps;
use super::look_back::last_ids;
use super::mark::Mark;
use super::passed::PassedIds;
use super::poller::{LAST, Poller, Start};
use crate::query::{Kind, QueryError, in_time};
use crate::store::filter::Table;

impl Poller {
    pub(super) async fn begin(&mut self, start: &Start) -> Result<(), QueryError> {
        match start {
            Start::End => self.begin_at_end().await,
            Start::After(id) => self.begin_after(*id).await,
            Start::Position(position) => {
                position.check(&self.filter)?;
                match position.settled_id() {
                    Some(settled) => {
                        self.check_table(settled, position.newest()).await?;
                        match position.passed() {
                            Some(passed) if self.is_there(passed.reached()).await? => {
                                self.begin_among(passed).await?;
                            }
                            _ => self.begin_after(settled).await?,
                        }
                        self.counted_after = Some(settled);
                        self.knows_table = true;
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
        let range = last_ids(last);
        let rows = self.events(range.clone()).await?;
        self.gaps = Gaps::after(range.start() - 1);
        self.counted_after = (last > 0).then_some(last);
        for row in rows {
            self.see(row);
        }
        if last > self.gaps.highest() {
            // Retention has taken the last row in between.
            self.gaps.see(last, Instant::now());
        }
        Ok(())
    }

    /// Begins after an id. From the beginning, ids before the first row do not count as passed over.
    async fn begin_after(&mut self, id: u64) -> Result<(), QueryError> {
        self.gaps = Gaps::after(id);
        self.counted_after = (id > 0).then_some(id);
        if id > 0 {
            let rows = self.events(last_ids(id)).await?;
            for row in rows {
                self.note(row);
            }
        }
        Ok(())
    }

    /// Fails if the table cannot be the one that the position is of: another event has the id of the newest row, or ids up to
    /// the position are still to be given by a server that takes writes. Retention may have taken any of its rows.
    async fn check_table(&self, settled: u64, newest: Mark) -> Result<(), QueryError> {
        let last = in_time(self.pool.last_id(Table::Live)).await?;
        let is_beyond = last < settled
            && in_time(self.pool.next_id())
                .await?
                .is_some_and(|next| next <= settled);
        if is_beyond || self.has_another(newest).await? {
            return Err(Kind::OtherTable.into());
        }
        Ok(())
    }

    /// Begins after the last row that was seen, with the open ids before it. While that row is there, no id before it is given
    /// anew.
    async fn begin_among(&mut self, passed: &PassedIds) -> Result<(), QueryError> {
        let reached = passed.reached().id;
        self.begin_after(reached).await?;
        self.gaps = Gaps::among(passed.open(), reached, Instant::now());
        Ok(())
    }

    async fn has_another(&self, newest: Mark) -> Result<bool, QueryError> {
        if newest.id == 0 || newest.id > LAST {
            return Ok(newest.id > LAST);
        }
        let there = self.mark_of(newest.id).await?;
        Ok(there.is_some_and(|there| there != newest))
    }

    async fn is_there(&self, mark: Mark) -> Result<bool, QueryError> {
        Ok(mark.id <= LAST && self.mark_of(mark.id).await? == Some(mark))
    }

    async fn mark_of(&self, id: u64) -> Result<Option<Mark>, QueryError> {
        let rows = self.events(id..=id).await?;
        Ok(rows.first().copied())
    }
}
