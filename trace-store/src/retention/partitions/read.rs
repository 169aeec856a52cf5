//! Reading of the partitions and of their sizes.

use std::collections::HashMap;

use super::change::limits;
use super::status::{PartitionStatus, partitions};
use crate::store::mysql::Session;
use crate::store::{Statement, StoreError};

/// Number of rows up to which they are counted.
const COUNTED: u64 = 10_000;

/// Query for the server's estimate of the rows of each partition.
const ROWS: &str = "SELECT CAST(partition_name AS CHAR), CAST(COALESCE(table_rows, 0) AS CHAR) \
     FROM information_schema.partitions WHERE table_schema = DATABASE() AND table_name = 'operational_activity' \
     AND partition_name IS NOT NULL";

/// Size of a part of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) rows: u64,
    pub(super) is_exact: bool,
    pub(super) bytes: u64,
}

pub(super) async fn list(session: &mut Session) -> Result<Vec<PartitionStatus>, StoreError> {
    let limits = limits(session).await?;
    let rows = session.pairs(Statement::plain(ROWS)).await?;
    let rows = rows.into_iter().map(|(name, rows)| (name, number(&rows)));
    Ok(partitions(&limits, &rows.collect::<HashMap<_, _>>()))
}

pub(super) async fn size_of_table(session: &mut Session) -> Result<Size, StoreError> {
    let of = "tables WHERE table_schema = DATABASE() AND table_name = 'operational_activity'";
    size(session, of, "operational_activity").await
}

pub(super) async fn size_of_partition(
    session: &mut Session,
    name: &str,
) -> Result<Size, StoreError> {
    let of = format!(
        "partitions WHERE table_schema = DATABASE() AND table_name = 'operational_activity' AND partition_name = '{name}'"
    );
    size(
        session,
        &of,
        &format!("operational_activity PARTITION (`{name}`)"),
    )
    .await
}

/// Returns the rows of a partition, and whether they were counted.
pub(super) async fn rows_of(
    session: &mut Session,
    name: &str,
    estimate: u64,
) -> Result<(u64, bool), StoreError> {
    let from = format!("operational_activity PARTITION (`{name}`)");
    counted(session, &from, estimate).await
}

async fn size(session: &mut Session, of: &str, from: &str) -> Result<Size, StoreError> {
    let text = format!(
        "SELECT CAST(COALESCE(table_rows, 0) AS CHAR), CAST(COALESCE(data_length + index_length, 0) AS CHAR) \
         FROM information_schema.{of}"
    );
    let sizes = session.pairs(Statement::plain(text)).await?;
    let (estimate, bytes) = sizes
        .first()
        .map_or((0, 0), |(rows, bytes)| (number(rows), number(bytes)));
    let (rows, is_exact) = counted(session, from, estimate).await?;
    Ok(Size {
        rows,
        is_exact,
        bytes,
    })
}

/// Counts a few rows, and takes the estimate for more.
async fn counted(
    session: &mut Session,
    from: &str,
    estimate: u64,
) -> Result<(u64, bool), StoreError> {
    let text = format!(
        "SELECT CAST(COUNT(*) AS SIGNED) FROM (SELECT 1 FROM {from} LIMIT {}) AS bounded",
        COUNTED + 1
    );
    let counted = session.numbers(Statement::plain(text)).await?;
    let counted = counted.first().map_or(0, |rows| rows.unsigned_abs());
    Ok(if counted <= COUNTED {
        (counted, true)
    } else {
        (estimate.max(counted), false)
    })
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}
