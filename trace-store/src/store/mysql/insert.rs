//! Storing of rows, a whole piece or none of it.

use behavior_trace_core::Activity;
use sqlx::mysql::{MySqlArguments, MySqlConnection};
use sqlx::{AssertSqlSafe, Executor as _, query_with, raw_sql};

use super::send::Sent;
use super::session::{LEAVE, Session};
use super::size::packet_of;
use crate::store::StoreError;
use crate::store::bind::bind;
use crate::store::insert::inserts;
use crate::store::limits::Limits;
use crate::store::sql::{Inserts, pieces, statements};

inserts!(
    MySqlConnection,
    MySqlArguments,
    LEAVE,
    "ROLLBACK TO SAVEPOINT behavior_trace",
    None
);

impl Session {
    async fn insert_piece(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        let done = self.insert_whole(piece).await;
        self.sized(done, piece).await
    }

    async fn insert_whole(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        let mut each = statements(piece, self.statement);
        let alone = each.next().is_none_or(|first| first.len() == piece.len());
        // A single statement is atomic by itself, unless it is sent as several.
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

    /// Stores the rows of the piece that are not yet stored.
    async fn insert_apart(&mut self, piece: &[Activity<'_>]) -> Result<(), StoreError> {
        let refused = self.settle(piece).await?;
        refused
            .into_iter()
            .next()
            .map_or(Ok(()), |refusal| Err(refusal.error))
    }

    /// Stores a row and rolls it back, which tests the rights, the table and the session. A payload that exceeds this
    /// server's packet is left out, since every table would refuse it.
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
