//! Storing of rows, a whole piece or none of it.

use behavior_trace_core::Activity;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query_with, raw_sql};

use super::classify::failed;
use super::session::{DUPLICATE, Session};
use crate::store::StoreError;
use crate::store::bind::bind;
use crate::store::insert::inserts;
use crate::store::limits::Limits;
use crate::store::sql::{Inserts, pieces, statements};
use crate::store::transaction;

inserts!(
    SqliteConnection,
    SqliteArguments,
    DUPLICATE,
    "ROLLBACK TO behavior_trace; RELEASE behavior_trace",
    Some("RELEASE behavior_trace")
);

impl Session {
    async fn insert_piece(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        let mut each = statements(piece, usize::MAX).peekable();
        let Some(first) = each.next() else {
            return Ok(());
        };
        if each.peek().is_none() {
            return insert(&mut self.connection, &mut self.inserts, first)
                .await
                .map_err(|error| failed(&error));
        }
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&error))?;
        let all = std::iter::once(first).chain(each);
        let done = insert_each(&mut transaction, &mut self.inserts, all).await;
        let done = done.map_err(|error| failed(&error));
        transaction::end(transaction, done, failed).await
    }

    /// Stores a row and rolls it back, which tests the rights, the table and the session.
    pub(crate) async fn probe_row(&mut self, row: &Activity<'_>) -> Result<(), StoreError> {
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&error))?;
        let done = insert(
            &mut transaction,
            &mut self.inserts,
            std::slice::from_ref(row),
        )
        .await
        .map_err(|error| failed(&error));
        let undone = transaction.rollback().await.map_err(|error| failed(&error));
        done.and(undone)
    }
}
