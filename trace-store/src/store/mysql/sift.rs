//! Sift: storing of every row that the server accepts, with a list of the others.
//!
//! Groups of rows go as statements of one request, since the server stops at the first statement that it refuses. The client
//! thus waits once per refusal, not once per statement.

use std::collections::HashSet;
use std::ops::Range;
use std::slice::from_ref;

use behavior_trace_core::{Activity, Timestamp};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, raw_sql};
use uuid::Uuid;

use super::classify::failed;
use super::literal::push_condition;
use super::options::RECORD;
use super::send::Sent;
use super::session::Session;
use crate::store::search::Search;
use crate::store::{RowRefusal, StoreError};

/// A row with its index in the batch.
type Numbered<'r> = (usize, &'r Activity<'r>);

impl Session {
    /// Stores every row that the server accepts, in one transaction, and returns the rows that it refused although each was
    /// sent alone. On an error, none of the rows is stored.
    pub(crate) async fn sift(
        &mut self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        self.begin().await?;
        let done = self.settle(rows).await;
        let done = self.finish(done).await;
        self.sized(done, rows).await
    }

    /// Sifts the rows within the current transaction.
    pub(super) async fn settle(
        &mut self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        let mut numbered: Vec<Numbered<'_>> = rows.iter().enumerate().collect();
        if self.learned.logs_statements {
            let mut there = self.stored_of(rows, Read::Snapshot).await?;
            numbered.retain(|(_, row)| there.insert(key(row)));
        }
        let mut search = Search::new(numbered.len());
        let mut refusals: Vec<RowRefusal> = Vec::new();
        let mut answered = 0;
        loop {
            let groups = search.next();
            if groups.is_empty() {
                return Ok(refusals);
            }
            let (taken, refused) = self.run_groups(&numbered, &groups).await?;
            if taken > 0 {
                search.stored(groups[taken - 1].end);
                refusals[answered..]
                    .iter_mut()
                    .for_each(|refusal| refusal.passed_after = true);
                answered = refusals.len();
            }
            let Some(error) = refused else {
                continue;
            };
            if let Some(alone) = search.refused(&groups[taken]) {
                let Refused::Row(error) = error else {
                    self.check_stored(numbered[alone].1).await?;
                    continue;
                };
                refusals.push(RowRefusal {
                    index: numbered[alone].0,
                    error,
                    passed_after: false,
                });
            }
        }
    }

    /// Runs groups up to the first refused one, and returns the number of groups stored.
    async fn run_groups(
        &mut self,
        rows: &[Numbered<'_>],
        groups: &[Range<usize>],
    ) -> Result<(usize, Option<Refused>), StoreError> {
        let mut text = String::new();
        let mut sent = 0;
        for group in groups {
            let alone = sent == 0 && group.len() == 1;
            let limit = if alone { usize::MAX } else { RECORD };
            let group = rows[group.clone()].iter().map(|(_, row)| *row);
            if !self.push_insert(&mut text, group, limit) {
                break;
            }
            sent += 1;
        }
        if sent == 0 {
            return self.run_large(&rows[groups[0].clone()]).await;
        }
        let (taken, outcome) = self.run_text(text).await;
        match self.judge(outcome).await {
            Ok(Sent::Stored) => Ok((sent, None)),
            Ok(Sent::Duplicate) => Ok((taken, Some(Refused::Duplicate))),
            Err(error) => Ok((taken, Some(Refused::row(error)?))),
        }
    }

    /// Sends a row that is too large as text, with its values bound instead. A group of several rows is reported as a
    /// duplicate, so that it is split.
    async fn run_large(
        &mut self,
        rows: &[Numbered<'_>],
    ) -> Result<(usize, Option<Refused>), StoreError> {
        let [(_, row)] = rows else {
            return Ok((0, Some(Refused::Duplicate)));
        };
        match self.send(from_ref(*row)).await {
            Ok(Sent::Stored) => Ok((1, None)),
            Ok(Sent::Duplicate) => Ok((0, Some(Refused::Duplicate))),
            Err(error) => Ok((0, Some(Refused::row(error)?))),
        }
    }

    /// Fails unless the row is stored. If it is missing, another row has its values under a foreign unique key.
    async fn check_stored(&mut self, row: &Activity<'_>) -> Result<(), StoreError> {
        if self
            .stored_of(from_ref(row), Read::Locking)
            .await?
            .is_empty()
        {
            return Err(self.foreign_key().await);
        }
        Ok(())
    }

    /// Returns the keys of the rows that are stored.
    async fn stored_of(
        &mut self,
        rows: &[Activity<'_>],
        read: Read,
    ) -> Result<HashSet<(Timestamp, Uuid)>, StoreError> {
        let mut there = HashSet::new();
        for rows in rows.chunks(200) {
            let mut text =
                "SELECT event_id, CAST(occurred_at AS CHAR) FROM operational_activity WHERE "
                    .to_owned();
            for (place, row) in rows.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { " OR " });
                push_condition(&mut text, row);
            }
            text.push_str(read.clause());
            let found = self
                .connection
                .fetch_all(raw_sql(AssertSqlSafe(text)))
                .await;
            for row in found.map_err(|error| failed(&error))? {
                let event_id: Option<String> = row.try_get_unchecked(0).ok();
                let occurred_at: Option<String> = row.try_get_unchecked(1).ok();
                let event_id = event_id.and_then(|text| text.parse().ok());
                let occurred_at = occurred_at.and_then(|text| text.parse().ok());
                there.extend(occurred_at.zip(event_id));
            }
        }
        Ok(there)
    }
}

/// Reading mode within a transaction.
#[derive(Clone, Copy)]
enum Read {
    /// State at the first such read of the transaction, read without locks. Locks for missing rows would keep the other
    /// session from storing its rows.
    Snapshot,
    /// Last committed state, read with shared locks.
    Locking,
}

impl Read {
    const fn clause(self) -> &'static str {
        match self {
            Self::Snapshot => "",
            Self::Locking => " LOCK IN SHARE MODE",
        }
    }
}

const fn key(row: &Activity<'_>) -> (Timestamp, Uuid) {
    (row.occurred_at, row.event_id)
}

/// Reason why a group was refused.
enum Refused {
    /// A row is already stored, or the group has to be sent in smaller ones.
    Duplicate,
    /// An error that a row can cause.
    Row(StoreError),
}

impl Refused {
    /// Wraps an error that a row can cause, and returns any other as `Err`.
    fn row(error: StoreError) -> Result<Self, StoreError> {
        if error.class().is_of_a_row() {
            Ok(Self::Row(error))
        } else {
            Err(error)
        }
    }
}
