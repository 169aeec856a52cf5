//! Reading and changing the partitions. Each change is one statement, and another process may have made it before.

use behavior_trace_core::Timestamp;

use super::layout::{Layout, Merge, Partition};
use super::text::{drop, merger};
use crate::retention::error::RetentionError;
use crate::store::mysql::Session;
use crate::store::{
    DatabaseUrl, ErrorClass, LONGEST_CONNECT, Purpose, Statement, StoreError, Target, within,
};

/// Query for all partitions. Partitions without ranges have no limits.
pub(crate) const LIST: &str = "SELECT CAST(partition_name AS CHAR), COALESCE(CAST(partition_description AS CHAR), '') \
     FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'operational_activity' \
     AND partition_name IS NOT NULL ORDER BY partition_ordinal_position";

/// Setup of a session. A statement that waits for the table's lock blocks all writers too. MySQL would return estimates of
/// rows that are up to a day old.
const SET_UP: &str =
    "SET SESSION lock_wait_timeout = 5 /*!80000 , SESSION information_schema_stats_expiry = 0 */";

pub(super) async fn connect(url: &DatabaseUrl) -> Result<Session, RetentionError> {
    let Target::MySql(options) = &url.0 else {
        let text = "only MySQL and MariaDB have partitions";
        return Err(StoreError::new(ErrorClass::Configuration, text).into());
    };
    let connected = Session::connect(options, Purpose::Maintainer);
    let mut session = within(LONGEST_CONNECT, connected).await?;
    run(&mut session, SET_UP.to_owned()).await?;
    Ok(session)
}

/// Returns the name and the limit of each partition, in the table's order.
pub(super) async fn limits(session: &mut Session) -> Result<Vec<(String, String)>, StoreError> {
    session.pairs(Statement::plain(LIST)).await
}

pub(super) async fn layout(session: &mut Session) -> Result<Layout, StoreError> {
    Ok(Layout::read(limits(session).await?))
}

pub(super) async fn run(session: &mut Session, text: String) -> Result<(), StoreError> {
    session.execute(Statement::plain(text)).await.map(|_| ())
}

async fn is_empty(session: &mut Session, name: &str) -> Result<bool, StoreError> {
    let text =
        format!("SELECT CAST(id AS SIGNED) FROM operational_activity PARTITION (`{name}`) LIMIT 1");
    match session.numbers(Statement::plain(text)).await {
        Ok(ids) => Ok(ids.is_empty()),
        // A partition that is gone must not be merged.
        Err(error) if is_there(session, name).await => Err(error),
        Err(_) => Ok(false),
    }
}

/// Returns the partitions that ended by `before`, and whether each is empty.
pub(super) async fn with_emptiness<'l>(
    session: &mut Session,
    layout: &'l Layout,
    before: Timestamp,
) -> Result<Vec<(&'l Partition, bool)>, StoreError> {
    let mut expired = Vec::new();
    for partition in layout.expired(before) {
        let empty = is_empty(session, &partition.name).await?;
        expired.push((partition, empty));
    }
    Ok(expired)
}

/// Drops a partition; returns whether it existed.
pub(super) async fn dropped(session: &mut Session, name: &str) -> Result<bool, StoreError> {
    match run(session, drop(name)).await {
        Ok(()) => Ok(true),
        Err(error) if is_there(session, name).await => Err(error),
        Err(_) => Ok(false),
    }
}

/// Merges partitions; returns whether they existed.
pub(super) async fn merged(session: &mut Session, merge: &Merge) -> Result<bool, StoreError> {
    let Err(error) = run(session, merger(merge)).await else {
        return Ok(true);
    };
    for name in &merge.from {
        if is_there(session, name).await {
            return Err(error);
        }
    }
    Ok(false)
}

/// Returns whether a partition exists; true if that cannot be determined.
async fn is_there(session: &mut Session, name: &str) -> bool {
    layout(session)
        .await
        .map_or(true, |layout| layout.has(name))
}
