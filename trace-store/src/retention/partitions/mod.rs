//! The table in pieces of time.

mod change;
mod layout;
mod preview;
mod read;
mod status;
mod text;

use std::time::Duration;

use behavior_trace_core::Timestamp;

use super::Retention;
use super::before::KeepFrom;
use super::error::{Kind, RetentionError};
use crate::store::DatabaseUrl;
use crate::store::mysql::Session;
pub(crate) use change::LIST as PARTITIONS;
use change::{connect, dropped, layout, merged, run, with_emptiness};
pub(crate) use layout::{End, FUTURE, Layout};
use layout::{HOUR, floor, merges};
pub use preview::LayoutPreview;
pub use status::PartitionStatus;
use text::{adoption, extension};

/// `operational_activity` as a table partitioned by time, on MySQL and MariaDB: an opt-in for tables that outgrow the
/// server's memory.
///
/// What it gives: each partition's keys are small, so the rate of writing does not fall as the table grows, and dropping
/// a day is quick however many rows it has. What it costs: a read without a time range looks into every partition, and
/// somebody must make the coming partitions: run [`create_ahead`](Self::create_ahead) from a daily job. If that fails for long nothing is
/// lost, the last partition only grows, and the next run goes on from then.
///
/// How many rows a partition may have: the keys of the one that is being written to, 200 to 300 bytes a row, want to be
/// less than half of the buffer pool, and where the server is to be kept at its limit, less than half of its redo log as
/// well: 150,000 rows for the 96 MiB that MariaDB comes with. At five million rows and a buffer pool of 256 MiB such a table
/// takes rows as fast as an empty one on MariaDB, and with 600,000 rows a partition on MySQL, where a table in one piece
/// takes two fifths and two thirds of that. The measured curves are in
/// `docs/notebook/performance.md`.
///
/// Each statement waits at most five seconds for the table, since a statement that waits for it keeps all writers waiting too;
/// an error that [`is_transient`](RetentionError::is_transient) means to try again. How long the server may take from there
/// on is not limited, since it is unknown how long a table takes to be written anew: put `tokio::time::timeout` around a call
/// where it should be. The server goes on with a statement that is no longer waited for. The server's clock decides what time it is.
/// It needs the rights that [`grants`](crate::grants) prints for the migrator.
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
    keep_from: KeepFrom,
}

impl Partitions {
    /// Cuts a day at a time, in UTC: right up to about 20 events a second, sustained, for a buffer pool of 1 GiB, which makes
    /// 1.7 million rows.
    pub fn daily(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: 24 * HOUR,
            keep_from: KeepFrom::default(),
        }
    }

    /// Cuts an hour at a time, beyond that. A table may have 8,192 partitions: 341 days of hours.
    pub fn hourly(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: HOUR,
            keep_from: KeepFrom::default(),
        }
    }

    /// Returns the statement that [`convert`](Self::convert) runs, for an administrator who wants to run it at a quiet time. It
    /// connects nowhere, so the time in it is this machine's.
    pub fn to_sql(&self) -> String {
        adoption(floor(Timestamp::now(), self.span))
    }

    /// Changes the layout, and returns whether it had to. The server writes the whole table anew and keeps writers waiting
    /// while it does, so convert early. What is there goes into one partition. A table that is partitioned in another way, without
    /// a last partition `future` for all that has none of its own, is an error.
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

    /// Makes the partitions of the running span and of this many after it, and returns how many it made. Where none was made
    /// for some time the first one takes all that came since, and where none is left it takes all that is there.
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
        // Another process may have made them meanwhile.
        match layout(session).await {
            Ok(after) if after.reaches(*last) => Ok(0),
            _ => Err(error.into()),
        }
    }

    /// Keeps the partitions that end after this time, however old they are. Partitions grow old while a person looks at a
    /// preview: with the [`expiry`](Self::expiry) from before the preview no other one goes for its age. Default: partitions
    /// are kept for `keep` alone.
    #[must_use]
    pub fn keep_from(mut self, time: Timestamp) -> Self {
        self.keep_from = KeepFrom::at(time);
        self
    }

    /// Returns the time by which a partition has ended that is older than `keep`, by the server's clock.
    ///
    /// # Errors
    ///
    /// Fails as [`drop_expired`](Self::drop_expired) does before its first change.
    pub async fn expiry(&self, keep: Duration) -> Result<Timestamp, RetentionError> {
        let (_, _, before) = self.expired(keep).await?;
        Ok(before)
    }

    /// Drops every partition that ended more than `keep` ago, with all its rows, and returns which. Rows as old as that which
    /// arrive meanwhile go with it: they are as old as those that were there. Where each has to be in the archive first, use
    /// [`drop_expired_empty`](Self::drop_expired_empty).
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

    /// Takes away those of them that are empty, because [`Retention::archive`] has moved their rows, and returns which. Of
    /// empty ones beside each other the youngest stays, for what comes late: the others are merged into it by the server, so a row
    /// that arrives after they were found empty is in it and never dropped. The next run of [`Retention`] takes it.
    pub async fn drop_expired_empty(&self, keep: Duration) -> Result<Vec<String>, RetentionError> {
        let (mut session, layout, before) = self.expired(keep).await?;
        let expired = with_emptiness(&mut session, &layout, before).await?;
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
        let before = self.keep_from.before(session.now().await?, keep);
        let layout = layout(&mut session).await?;
        Ok((session, layout, before))
    }
}

/// At another time than the server's.
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
