//! The dry runs of the changes of the layout.

use std::collections::HashSet;
use std::time::Duration;

use super::change::{connect, layout, with_emptiness};
use super::layout::{FUTURE, floor, merges};
use super::read::{Size, list, rows_of, size_of_partition, size_of_table};
use super::status::PartitionStatus;
use super::text::{adoption, extension, name};
use super::{Partitions, RetentionError};
use crate::store::mysql::Session;

/// A change of the layout that was not made.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct LayoutPreview {
    /// Names of the partitions that would be created, oldest first; empty if nothing would change.
    pub partitions: Vec<String>,
    /// The statement that would run; `None` if nothing would change.
    pub statement: Option<String>,
    /// Number of rows that the server would write anew: its estimate, unless [`is_exact`](Self::is_exact).
    pub rows: u64,
    /// The rows were counted.
    pub is_exact: bool,
    /// Estimated size of those rows and their keys, in bytes. The server needs as much room beside the table.
    pub bytes: u64,
}

impl Partitions {
    /// Returns the partitions of the table, oldest first, with the server's estimate of their rows. A table in one piece has
    /// none.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be connected to or read.
    pub async fn list(&self) -> Result<Vec<PartitionStatus>, RetentionError> {
        let mut session = connect(&self.url).await?;
        Ok(list(&mut session).await?)
    }

    /// Returns the change that [`convert`](Self::convert) would make, and changes nothing.
    ///
    /// # Errors
    ///
    /// Fails as [`convert`](Self::convert) does before its change.
    pub async fn preview_convert(&self) -> Result<LayoutPreview, RetentionError> {
        let mut session = connect(&self.url).await?;
        let now = floor(session.now().await?, self.span);
        let layout = layout(&mut session).await?;
        if !layout.is_whole() {
            layout.check()?;
            return Ok(LayoutPreview::default());
        }
        let Size {
            rows,
            is_exact,
            bytes,
        } = size_of_table(&mut session).await?;
        Ok(LayoutPreview {
            partitions: vec![name(now), FUTURE.to_owned()],
            statement: Some(adoption(now)),
            rows,
            is_exact,
            bytes,
        })
    }

    /// Returns the change that [`create_ahead`](Self::create_ahead) would make, and changes nothing. Its rows are those of the
    /// partition `future`, which has some if no partition was created for a while.
    ///
    /// # Errors
    ///
    /// Fails as [`create_ahead`](Self::create_ahead) does before its change.
    pub async fn preview_create_ahead(&self, spans: u16) -> Result<LayoutPreview, RetentionError> {
        let mut session = connect(&self.url).await?;
        let now = session.now().await?;
        let layout = layout(&mut session).await?;
        layout.check()?;
        let missing = layout.missing(now, self.span, spans);
        if missing.is_empty() {
            return Ok(LayoutPreview::default());
        }
        let Size {
            rows,
            is_exact,
            bytes,
        } = size_of_partition(&mut session, FUTURE).await?;
        Ok(LayoutPreview {
            partitions: missing.iter().map(|end| name(*end)).collect(),
            statement: Some(extension(&missing)),
            rows,
            is_exact,
            bytes,
        })
    }

    /// Returns the partitions that [`drop_expired`](Self::drop_expired) would drop, oldest first, and changes nothing. It
    /// counts up to 10,000 rows of each; beyond that the number is an estimate.
    ///
    /// # Errors
    ///
    /// Fails as [`drop_expired`](Self::drop_expired) does before its first change.
    pub async fn preview_drop_expired(
        &self,
        keep: Duration,
    ) -> Result<Vec<PartitionStatus>, RetentionError> {
        let (mut session, layout, before) = self.expired(keep).await?;
        let names = layout.expired(before).map(|partition| &*partition.name);
        named(&mut session, names.collect()).await
    }

    /// Returns the partitions that [`drop_expired_empty`](Self::drop_expired_empty) would take away, oldest first, and changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Fails as [`drop_expired_empty`](Self::drop_expired_empty) does before its first change.
    pub async fn preview_drop_expired_empty(
        &self,
        keep: Duration,
    ) -> Result<Vec<PartitionStatus>, RetentionError> {
        let (mut session, layout, before) = self.expired(keep).await?;
        let expired = with_emptiness(&mut session, &layout, before).await?;
        let merges = merges(&expired);
        let names = merges.iter().flat_map(|merge| &merge.from);
        named(&mut session, names.map(String::as_str).collect()).await
    }
}

/// Returns these partitions with their rows counted.
async fn named(
    session: &mut Session,
    names: HashSet<&str>,
) -> Result<Vec<PartitionStatus>, RetentionError> {
    let mut found = list(session).await?;
    found.retain(|partition| names.contains(&*partition.name));
    for partition in &mut found {
        let counted = rows_of(session, &partition.name, partition.rows).await?;
        (partition.rows, partition.is_exact) = counted;
    }
    Ok(found)
}
