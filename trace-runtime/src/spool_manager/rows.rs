//! Rows that go into the spool, are read, and leave it.

use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_store::spool::{Letter, SpoolFile as _, SpoolPage, SpoolStorage};
use tokio::time::Instant;

use super::{DeadLettering, NotSpooled, SpoolManager, SpoolState, SpooledRows};
use crate::stats::Metric;

/// Rows and bytes read for the age of the spool. More than one row, because delivered rows may still be in front.
const FRONT: usize = 100;
const FRONT_BYTES: usize = 1 << 16;

impl<S: SpoolStorage> SpoolManager<S> {
    /// Returns the number of rows that could be read now.
    pub(crate) fn rows(&self, now: Instant) -> u64 {
        if self.is_ready(now) && self.tasks.is_counted() {
            self.own_rows()
        } else {
            0
        }
    }

    /// Appends rows under consecutive numbers, durable on return. Returns the last number.
    pub(crate) async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, NotSpooled> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return Err(NotSpooled);
        };
        let appended = spool.append(rows).await;
        let last = self.worked(appended).await?;
        self.last = Some(last);
        self.has_slack = true;
        Ok(last)
    }

    /// Returns the newest rows, among those appended since the file was opened.
    pub(crate) async fn newest(&mut self, rows: usize) -> Option<SpooledRows> {
        if !self.tasks.is_counted() {
            // Rows from before that are not counted yet.
            return None;
        }
        let last = self.last?;
        let first = last.saturating_sub(i64::try_from(rows).ok()? - 1);
        let numbers: Vec<i64> = (first..=last).collect();
        self.read(&numbers).await
    }

    /// Returns the oldest rows after the number `after`.
    pub(crate) async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Option<SpooledRows> {
        if !self.tasks.is_counted() {
            return None;
        }
        let mut after = after.max(self.delivered.front);
        loop {
            let SpoolState::Ready(spool) = &mut self.state else {
                return None;
            };
            let oldest = spool.oldest(after, rows, bytes).await;
            let page = self.worked(oldest).await.ok()?;
            let last = page.numbers.last().copied();
            if let Some(rows) = self.found(page) {
                return Some(rows);
            }
            // All of them are delivered, but could not be removed yet.
            if after == self.delivered.front {
                self.delivered.front = last.or(self.delivered.front);
            }
            after = Some(last?);
        }
    }

    /// Returns the time of the call of the first row. Other rows may be a little older, since threads hand over at different
    /// times.
    pub(crate) async fn front(&mut self, now: Instant) -> Option<Timestamp> {
        if self.rows(now) == 0 {
            return None;
        }
        let page = self.oldest(None, FRONT, FRONT_BYTES).await?;
        page.rows.iter().map(|row| row.occurred_at).min()
    }

    /// Returns the rows with these numbers in the current file.
    pub(crate) async fn read(&mut self, numbers: &[i64]) -> Option<SpooledRows> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return None;
        };
        let read = spool.read(numbers).await;
        let page = self.worked(read).await.ok()?;
        self.found(page)
    }

    pub(super) fn found(&self, page: SpoolPage) -> Option<SpooledRows> {
        let counters = self.shared.queue.counters();
        counters.sub(Metric::Spooled, page.buried + page.lost);
        counters.add(Metric::DeadLettered, page.buried);
        counters.add(Metric::SpoolDamaged, page.lost);
        let is_new = |(number, _): &(i64, _)| !self.delivered.numbers.contains(number);
        let pairs = page.numbers.into_iter().zip(page.rows);
        let (numbers, rows): (Vec<_>, Vec<_>) = pairs.filter(is_new).unzip();
        (!rows.is_empty()).then_some(SpooledRows {
            rows,
            numbers,
            generation: self.generation,
        })
    }

    /// Replaces the rows with these numbers.
    pub(crate) async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), NotSpooled> {
        let SpoolState::Ready(spool) = &mut self.state else {
            return Err(NotSpooled);
        };
        let replaced = spool.replace(rows).await;
        self.worked(replaced).await
    }

    /// Removes stored rows. Rows that cannot be removed now are remembered, and not sent again. Fails if the spool is not
    /// open; the rows are sent again then.
    pub(crate) async fn remove(&mut self, numbers: &[i64]) -> Result<(), NotSpooled> {
        if !matches!(self.state, SpoolState::Ready(_)) {
            return Err(NotSpooled);
        }
        self.clear_delivered(numbers).await;
        Ok(())
    }

    /// Keeps rows that no store takes as dead letters, and removes them from the spool. Returns the result for each row.
    pub(crate) async fn dead_letter(&mut self, letters: &[Letter<'_>]) -> Vec<DeadLettering> {
        let all = |outcome| vec![outcome; letters.len()];
        if self.storage.is_none() {
            return all(DeadLettering::NoRoom);
        }
        let SpoolState::Ready(spool) = &mut self.state else {
            return all(DeadLettering::NotNow);
        };
        if letters.is_empty() {
            return Vec::new();
        }
        let kept = spool.add_dead_letters(letters).await;
        let Ok(kept) = self.worked(kept).await else {
            return all(DeadLettering::NotNow);
        };
        let outcome = |kept| {
            if kept {
                DeadLettering::Kept
            } else {
                DeadLettering::NoRoom
            }
        };
        kept.into_iter().map(outcome).collect()
    }
}
