//! Storing rows, all of a piece or none.

use behavior_trace_core::Activity;
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::{AssertSqlSafe, Executor as _, query_with, raw_sql};

use super::send::Sent;
use super::session::{LEAVE, Session};
use super::size::packet_of;
use crate::store::StoreError;
use crate::store::bind::bind;
use crate::store::limits::Limits;
use crate::store::sql::{Inserts, pieces, statements};

impl Session {
    /// Stores the rows, each once however often it is sent. Pieces of up to 1000 rows or 1 MiB are committed one by one;
    /// an error has the number of rows that are stored.
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
        let mut each = statements(piece, self.statement);
        let alone = each.next().is_none_or(|first| first.len() == piece.len());
        // A statement is a transaction of its own, unless it is sent as several.
        if alone && !self.unprepared && self.send(piece).await? == Sent::Stored {
            return Ok(());
        }
        self.begin().await?;
        let done = self.insert_together(piece).await;
        self.finish(done).await
    }

    async fn insert_together(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        for statement in statements(piece, self.statement) {
            if self.send(statement).await? == Sent::Duplicate {
                return self.insert_apart(piece).await;
            }
        }
        Ok(())
    }

    /// Stores what is not there yet.
    async fn insert_apart(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        let refused = self.settle(piece).await?;
        refused
            .into_iter()
            .next()
            .map_or(Ok(()), |refusal| Err(refusal.error))
    }

    /// Stores a row and takes it back, which shows that the rights, the table and the session will do. A payload that this
    /// server has no packet for is left out: it would be refused by any table.
    pub(crate) async fn probe_row(&mut self, row: &Activity<'_>) -> Result<(), StoreError> {
        let mut row = row.clone();
        if packet_of(&row) >= self.learned.packet {
            row.payload = "{}".into();
        }
        self.begin().await?;
        let done = self.send(std::slice::from_ref(&row)).await;
        let undone = self.undo().await;
        done.and(undone)
    }
}

/// Stores the rows through a connection of the application's, in the transaction it is in: all of them or none. What stood
/// of them would be stored again, under other ids, by an application that commits all the same.
pub(crate) async fn insert_all(
    connection: &mut MySqlConnection,
    rows: &[Activity<'_>],
) -> Result<(), sqlx::Error> {
    let mut inserts = Inserts::new(LEAVE);
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
        // If there is nothing to go back to, the server has rolled back everything.
        let back = raw_sql("ROLLBACK TO SAVEPOINT behavior_trace");
        let _ = connection.execute(back).await;
    }
    done
}

async fn insert_each<'r>(
    connection: &mut MySqlConnection,
    inserts: &mut Inserts,
    statements: impl Iterator<Item = &'r [Activity<'r>]>,
) -> Result<(), sqlx::Error> {
    for rows in statements {
        let arguments: MySqlArguments = bind(rows)?;
        // Only placeholders and names of our own are in the text.
        let text = AssertSqlSafe(inserts.text(rows.len()));
        query_with(text, arguments)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
