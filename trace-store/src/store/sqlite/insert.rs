//! The one statement that stores.

use behavior_trace_core::Activity;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query_with, raw_sql};

use super::classify::failed;
use super::session::{DUPLICATE, Session};
use crate::store::StoreError;
use crate::store::bind::bind;
use crate::store::limits::Limits;
use crate::store::sql::{Inserts, pieces, statements};
use crate::store::transaction;

impl Session {
    /// Stores the rows, each once however often it is sent. Pieces of up to 1000 rows or 1 MiB are committed one by one;
    /// an error says how many rows stand.
    pub(crate) async fn insert(&mut self, rows: &[Activity<'_>]) -> Result<(), StoreError> {
        let mut stored = 0;
        for piece in pieces(rows, self.limits()) {
            self.insert_piece(piece)
                .await
                .map_err(|error| error.after(stored))?;
            stored += piece.len();
        }
        Ok(())
    }

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

    /// Stores a row and takes it back, which shows that the rights, the table and the session will do.
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

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    inserts: &mut Inserts,
    rows: &[Activity<'_>],
) -> Result<(), sqlx::Error> {
    let arguments: SqliteArguments = bind(rows)?;
    // Only placeholders and names of our own are in the text.
    let text = AssertSqlSafe(inserts.text(rows.len()));
    query_with(text, arguments).execute(connection).await?;
    Ok(())
}

pub(super) async fn insert_each<'r>(
    connection: &mut SqliteConnection,
    inserts: &mut Inserts,
    statements: impl Iterator<Item = &'r [Activity<'r>]>,
) -> Result<(), sqlx::Error> {
    for statement in statements {
        insert(connection, inserts, statement).await?;
    }
    Ok(())
}

/// Stores the rows through a connection of the application's, in the transaction it is in: all of them or none. What stood of them
/// would be stored again, under other ids, by an application that commits all the same.
pub(crate) async fn insert_all(
    connection: &mut SqliteConnection,
    rows: &[Activity<'_>],
) -> Result<(), sqlx::Error> {
    let mut inserts = Inserts::new(DUPLICATE);
    let all: Vec<_> = pieces(rows, Limits::of_any())
        .flat_map(|piece| statements(piece, usize::MAX))
        .collect();
    if all.len() <= 1 {
        return insert_each(connection, &mut inserts, all.into_iter()).await;
    }
    connection
        .execute(raw_sql("SAVEPOINT behavior_trace"))
        .await?;
    let done = insert_each(connection, &mut inserts, all.into_iter()).await;
    if done.is_err() {
        // If there is nothing to go back to, SQLite has rolled back everything.
        let back = raw_sql("ROLLBACK TO behavior_trace; RELEASE behavior_trace");
        let _ = connection.execute(back).await;
        return done;
    }
    connection
        .execute(raw_sql("RELEASE behavior_trace"))
        .await
        .map(drop)
}
