//! The table in pieces of time.

use std::time::Duration;

use behavior_trace_core::Timestamp;

use super::error::{Kind, RetentionError};
use super::{Retention, ago};
use crate::store::mysql::Session;
use crate::store::{
    DatabaseUrl, ErrorClass, LONGEST_CONNECT, Purpose, Statement, StoreError, Target, within,
};

/// `operational_activity` as a table partitioned by time, on MySQL and MariaDB: an opt-in for tables that outgrow the
/// server's memory.
///
/// What it gives: each partition's keys are small, so the rate of writing does not fall as the table grows, and dropping
/// a day is quick however many rows it has. What it costs: a read without a time range looks into every partition, and
/// somebody must make the coming partitions: run [`ahead`](Self::ahead) from a daily job. If that fails for long nothing is
/// lost, the last partition only grows.
///
/// How many rows a partition may have: the keys of the one that is being written to, 200 to 300 bytes a row, want to be
/// less than half of the buffer pool, and where the server is to be kept at its limit, less than half of its redo log as
/// well: 150,000 rows for the 96 MiB that MariaDB comes with. At five million rows and a buffer pool of 256 MiB such a table
/// takes rows as fast as an empty one on MariaDB, and with 600,000 rows a partition on MySQL, where a table in one piece
/// takes two fifths and two thirds of that. The measured curves are in `docs/performance.md`.
///
/// Each statement waits at most five seconds for the table, since whoever waits for it keeps all writers waiting too;
/// an error that [`is_transient`](RetentionError::is_transient) means to try again. How long the server may take from there
/// on is not limited, since nobody knows how long a table takes to be written anew: put `tokio::time::timeout` around a call
/// where it should be. The server goes on with a statement that nobody waits for. It needs the rights that
/// [`grants`](crate::grants) prints for the migrator.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use behavior_trace_runtime::{Partitions, Retention};
///
/// let url = "mysql://migrator@localhost/app".parse()?;
/// let partitions = Partitions::daily(&url);
/// partitions.adopt().await?;
/// // Every day:
/// let keep = Duration::from_secs(90 * 24 * 3600);
/// partitions.ahead(7).await?;
/// Retention::archive(&url, keep).run(|_| ()).await?;
/// partitions.drop_empty(keep).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Partitions {
    url: DatabaseUrl,
    span: i64,
}

/// The partition for everything that has none of its own yet.
const FUTURE: &str = "future";
const HOUR: i64 = 3_600_000_000;

const LIST: &str = "SELECT CAST(partition_name AS CHAR), CAST(partition_description AS CHAR) \
     FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'operational_activity' \
     AND partition_name IS NOT NULL ORDER BY partition_ordinal_position";

impl Partitions {
    /// A partition a day, in UTC: right up to about 20 events a second, sustained, for a buffer pool of 1 GiB, which makes
    /// 1.7 million rows.
    pub fn daily(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: 24 * HOUR,
        }
    }

    /// A partition an hour, beyond that. A table may have 8,192 partitions: 341 days of hours.
    pub fn hourly(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            span: HOUR,
        }
    }

    /// The statement that [`adopt`](Self::adopt) runs, for an administrator who wants to run it at a quiet time.
    pub fn print(&self) -> String {
        adoption(self.floor(Timestamp::now()))
    }

    /// Changes the layout; says whether it had to. The server writes the whole table anew and keeps writers waiting
    /// while it does, so adopt early. What is there goes into one partition.
    pub async fn adopt(&self) -> Result<bool, RetentionError> {
        self.adopt_at(Timestamp::now()).await
    }

    pub(crate) async fn adopt_at(&self, now: Timestamp) -> Result<bool, RetentionError> {
        let mut session = self.connect().await?;
        if !list(&mut session).await?.is_empty() {
            return Ok(false);
        }
        session
            .execute(Statement::plain(adoption(self.floor(now))))
            .await?;
        Ok(true)
    }

    /// Makes the partitions of the running span and of this many after it, and says how many it made.
    pub async fn ahead(&self, spans: u16) -> Result<usize, RetentionError> {
        self.ahead_of(Timestamp::now(), spans).await
    }

    pub(crate) async fn ahead_of(
        &self,
        now: Timestamp,
        spans: u16,
    ) -> Result<usize, RetentionError> {
        let mut session = self.connect().await?;
        let last = last_end(&mut session).await?;
        let last = last.ok_or(Kind::NotPartitioned)?;
        let wanted =
            (1..=i64::from(spans) + 1).map(|span| self.floor(now).as_micros() + span * self.span);
        let missing: Vec<_> = wanted
            .map(Timestamp::from_micros)
            .filter(|end| *end > last)
            .collect();
        if missing.is_empty() {
            return Ok(0);
        }
        let each: Vec<_> = missing.iter().map(|end| definition(*end)).collect();
        let text = format!(
            "ALTER TABLE operational_activity REORGANIZE PARTITION {FUTURE} INTO ({}, PARTITION {FUTURE} VALUES LESS THAN (MAXVALUE))",
            each.join(", ")
        );
        let Err(error) = session.execute(Statement::plain(text)).await else {
            return Ok(missing.len());
        };
        // Another process may have made them meanwhile.
        let last = last_end(&mut session).await.unwrap_or_default();
        if last.as_ref() >= missing.last() {
            Ok(0)
        } else {
            Err(error.into())
        }
    }

    /// Drops every partition that ended more than `keep` ago, with all its rows, and says which.
    pub async fn drop_old(&self, keep: Duration) -> Result<Vec<String>, RetentionError> {
        self.drop_where(keep, false).await
    }

    /// Drops those of them that are empty, because [`Retention::archive`] has moved their rows, and says which.
    pub async fn drop_empty(&self, keep: Duration) -> Result<Vec<String>, RetentionError> {
        self.drop_where(keep, true).await
    }

    async fn drop_where(
        &self,
        keep: Duration,
        only_empty: bool,
    ) -> Result<Vec<String>, RetentionError> {
        if keep < Retention::MIN_KEEP {
            return Err(Kind::TooYoung.into());
        }
        let before = ago(keep);
        let mut session = self.connect().await?;
        let mut dropped = Vec::new();
        for partition in list(&mut session).await? {
            let is_old = partition.end.is_some_and(|end| end <= before);
            if !is_old {
                continue;
            }
            match drop_one(&mut session, &partition.name, only_empty).await {
                Ok(true) => dropped.push(partition.name),
                Err(error) if is_there(&mut session, &partition.name).await => {
                    return Err(error.into());
                }
                // It has rows, or another process has dropped it meanwhile.
                Ok(false) | Err(_) => {}
            }
        }
        Ok(dropped)
    }

    async fn connect(&self) -> Result<Session, RetentionError> {
        let Target::MySql(options) = &self.url.0 else {
            return Err(StoreError::new(
                ErrorClass::Configuration,
                "only MySQL and MariaDB have partitions",
            )
            .into());
        };
        let mut session =
            within(LONGEST_CONNECT, Session::connect(options, Purpose::Keeper)).await?;
        session
            .execute(Statement::plain("SET SESSION lock_wait_timeout = 5"))
            .await?;
        Ok(session)
    }

    /// When the span around a moment began.
    fn floor(&self, moment: Timestamp) -> Timestamp {
        Timestamp::from_micros(moment.as_micros().div_euclid(self.span) * self.span)
    }
}

/// One partition of the table.
#[derive(Debug)]
struct Partition {
    name: String,
    /// The first moment that is not in it; none for the last.
    end: Option<Timestamp>,
}

/// Names with anything but letters, digits and underscores are none of ours and are left alone.
async fn list(session: &mut Session) -> Result<Vec<Partition>, StoreError> {
    let pairs = session.pairs(Statement::plain(LIST)).await?;
    let ours = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let partition = |(name, end): (String, String)| Partition {
        end: end.trim_matches('\'').parse().ok(),
        name,
    };
    Ok(pairs
        .into_iter()
        .filter(|(name, _)| ours(name))
        .map(partition)
        .collect())
}

/// When the last partition but the one for the future ends.
async fn last_end(session: &mut Session) -> Result<Option<Timestamp>, StoreError> {
    let partitions = list(session).await?;
    Ok(partitions
        .into_iter()
        .filter_map(|partition| partition.end)
        .max())
}

async fn drop_one(session: &mut Session, name: &str, only_empty: bool) -> Result<bool, StoreError> {
    if only_empty && !is_empty(session, name).await? {
        return Ok(false);
    }
    let text = format!("ALTER TABLE operational_activity DROP PARTITION `{name}`");
    session.execute(Statement::plain(text)).await?;
    Ok(true)
}

/// Whether a partition is there, as far as can be known.
async fn is_there(session: &mut Session, name: &str) -> bool {
    let partitions = list(session).await;
    partitions.map_or(true, |all| all.iter().any(|one| one.name == name))
}

async fn is_empty(session: &mut Session, name: &str) -> Result<bool, StoreError> {
    let text =
        format!("SELECT CAST(id AS SIGNED) FROM operational_activity PARTITION (`{name}`) LIMIT 1");
    Ok(session.numbers(Statement::plain(text)).await?.is_empty())
}

/// Every unique key of a partitioned table must hold the time; ours over the event does already.
fn adoption(now: Timestamp) -> String {
    format!(
        "ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at) PARTITION BY RANGE COLUMNS \
         (occurred_at) ({}, PARTITION {FUTURE} VALUES LESS THAN (MAXVALUE))",
        definition(now)
    )
}

/// Named for its end.
fn definition(end: Timestamp) -> String {
    let text = end.to_string();
    let name: String = text[..13].chars().filter(char::is_ascii_digit).collect();
    format!(
        "PARTITION before_{name} VALUES LESS THAN ('{}')",
        &text[..19]
    )
}
