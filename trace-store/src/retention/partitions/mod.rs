//! Partitioning of the table by time.

mod change;
mod layout;
mod text;

use std::time::Duration;

use behavior_trace_core::Timestamp;

use super::Retention;
use super::before::before;
use super::error::{Kind, RetentionError};
use crate::store::DatabaseUrl;
use crate::store::mysql::Session;
use change::{connect, dropped, is_empty, layout, merged, run};
use layout::{HOUR, Layout, floor, merges};
use text::{adoption, extension};

/// `operational_activity` as a table partitioned by time, on MySQL and MariaDB: an opt-in for tables that outgrow the
/// server's memory.
///
/// Benefits: each partition's keys are small, so the write rate does not fall as the table grows. Dropping a day is quick
/// regardless of its number of rows. Costs: a read without a time range searches every partition. New partitions must be
/// created: run [`create_ahead`](Self::create_ahead) from a daily job. If that job fails for long, no data is lost: only
/// the last partition grows, and the next run continues from then.
///
/// Rows per partition: the keys of the partition being written, 200 to 300 bytes a row, should be less than half of the
/// buffer pool. For a server kept at its limit, they should be less than half of its redo log as well: 150,000 rows for
/// MariaDB's default of 96 MiB. At five million rows and a buffer pool of 256 MiB, such a table takes rows as fast as an
/// empty one on MariaDB. So it does with 600,000 rows a partition on MySQL. A table without partitions takes two fifths and
/// two thirds of that. The measured curves are in `docs/performance.md`.
///
/// Each statement waits at most five seconds for the table's lock, because that wait blocks all writers too. On an error
/// that [`is_transient`](RetentionError::is_transient), try again. After that the server's work has no time limit, because
/// the time to rewrite a table is unknown. To limit it, wrap the call in `tokio::time::timeout`; the server continues a
/// statement that was abandoned. The server's clock determines the time. The account needs the rights that
/// [`grants`](crate::grants) returns for the migrator.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use behavior_trace::retention::{Partitions, Retention};
///
/// let url = "mysql://migrator@localhost/app".parse()?;
/// let partitions = Partitions::daily(&url);
/// partitions.convert().await?;
/// // Every day:
/// let keep = Duration::from_secs(90 * 24 * 3600);
/// partitions.create_ahead(7).await?;
/// Retention::archive(&url, keep).run(|_| ()).await?;
/// partitions.drop_expired_empty(keep).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Partitions {
    url: DatabaseUrl,
    span: i64,
}

impl Partitions {
    /// Creates partitions of one day each, in UTC. They suit up to about 20 events a second, sustained, for a buffer pool
    /// of 1 GiB, which makes 1.7 million rows.
    pub fn daily(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: 24 * HOUR,
        }
    }

    /// Creates partitions of one hour each, for higher rates. A table may have 8,192 partitions: 341 days of hours.
    pub fn hourly(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: HOUR,
        }
    }

    /// Returns the statement that [`convert`](Self::convert) runs, for an administrator who prefers a quiet time. It opens
    /// no connection, so its time is from this machine's clock.
    pub fn to_sql(&self) -> String {
        adoption(floor(Timestamp::now(), self.span))
    }

    /// Converts the table; returns whether it was not partitioned before. The server rewrites the whole table and blocks
    /// writers meanwhile, so convert early. Existing rows go into one partition.
    ///
    /// # Errors
    ///
    /// Fails if the table has another partition layout, without a last partition `future` for all times without their own,
    /// or if the server returns an error.
    pub async fn convert(&self) -> Result<bool, RetentionError> {
        let mut session = connect(&self.url).await?;
        let now = session.now().await?;
        self.adopt_in(&mut session, now).await
    }

    async fn adopt_in(
        &self,
        session: &mut Session,
        now: Timestamp,
    ) -> Result<bool, RetentionError> {
        let layout = layout(session).await?;
        if layout.is_whole() {
            run(session, adoption(floor(now, self.span))).await?;
            return Ok(true);
        }
        layout.check()?;
        Ok(false)
    }

    /// Creates the partitions of the current span and of `spans` after it; returns the number created. If the job has not
    /// run for some time, the first new partition takes all rows since. If no partition is left, it takes all existing
    /// rows.
    ///
    /// # Errors
    ///
    /// Fails if the table is not partitioned or has another layout, or if the server returns an error.
    pub async fn create_ahead(&self, spans: u16) -> Result<usize, RetentionError> {
        let mut session = connect(&self.url).await?;
        let now = session.now().await?;
        self.ahead_in(&mut session, now, spans).await
    }

    async fn ahead_in(
        &self,
        session: &mut Session,
        now: Timestamp,
        spans: u16,
    ) -> Result<usize, RetentionError> {
        let before = layout(session).await?;
        before.check()?;
        let missing = before.missing(now, self.span, spans);
        let Some(last) = missing.last() else {
            return Ok(0);
        };
        let Err(error) = run(session, extension(&missing)).await else {
            return Ok(missing.len());
        };
        // Another process may have created them meanwhile.
        match layout(session).await {
            Ok(after) if after.reaches(*last) => Ok(0),
            _ => Err(error.into()),
        }
    }

    /// Drops every partition that ended more than `keep` ago, with all its rows; returns their names. Rows of that age that
    /// arrive meanwhile are dropped too. If each row has to be in the archive first, use
    /// [`drop_expired_empty`](Self::drop_expired_empty).
    ///
    /// # Errors
    ///
    /// Fails if `keep` is below [`Retention::MIN_KEEP`], or if the server returns an error.
    pub async fn drop_expired(&self, keep: Duration) -> Result<Vec<String>, RetentionError> {
        let (mut session, layout, before) = self.expired(keep).await?;
        let mut gone = Vec::new();
        for partition in layout.expired(before) {
            if dropped(&mut session, &partition.name).await? {
                gone.push(partition.name.clone());
            }
        }
        Ok(gone)
    }

    /// Removes the expired partitions that are empty because [`Retention::archive`] has moved their rows; returns their
    /// names. Of adjacent empty ones the youngest stays, for late rows. The server merges the others into it, so a row that
    /// arrives after the check is kept there and never dropped. The next run of [`Retention`] takes it.
    ///
    /// # Errors
    ///
    /// Fails if `keep` is below [`Retention::MIN_KEEP`], or if the server returns an error.
    pub async fn drop_expired_empty(&self, keep: Duration) -> Result<Vec<String>, RetentionError> {
        let (mut session, layout, before) = self.expired(keep).await?;
        let mut expired = Vec::new();
        for partition in layout.expired(before) {
            let empty = is_empty(&mut session, &partition.name).await?;
            expired.push((partition, empty));
        }
        let mut gone = Vec::new();
        for merge in merges(&expired) {
            if merged(&mut session, &merge).await? {
                gone.extend(merge.from);
            }
        }
        Ok(gone)
    }

    async fn expired(
        &self,
        keep: Duration,
    ) -> Result<(Session, Layout, Timestamp), RetentionError> {
        if keep < Retention::MIN_KEEP {
            return Err(Kind::TooYoung.into());
        }
        let mut session = connect(&self.url).await?;
        let before = before(session.now().await?, keep);
        let layout = layout(&mut session).await?;
        Ok((session, layout, before))
    }
}

/// Operations at a time other than the server's.
#[cfg(test)]
impl Partitions {
    pub(crate) async fn adopt_at(&self, now: Timestamp) -> Result<bool, RetentionError> {
        let mut session = connect(&self.url).await?;
        self.adopt_in(&mut session, now).await
    }

    pub(crate) async fn ahead_of(
        &self,
        now: Timestamp,
        spans: u16,
    ) -> Result<usize, RetentionError> {
        let mut session = connect(&self.url).await?;
        self.ahead_in(&mut session, now, spans).await
    }
}
