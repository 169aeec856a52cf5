//! Rows put into a store without a recorder, for tests of the packages that read.

use behavior_trace_core::Activity;

use crate::store::{DatabaseUrl, Purpose, Store, StoreError};

/// Stores rows as the writer does, in their order.
///
/// # Errors
///
/// Fails if the store does.
pub async fn insert_rows(url: &DatabaseUrl, rows: &[Activity<'_>]) -> Result<(), StoreError> {
    let mut connection = Store::open(url).connect(Purpose::Maintainer).await?;
    connection.insert(rows).await
}
