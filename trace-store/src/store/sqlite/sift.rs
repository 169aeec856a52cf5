//! Sift: storing of every row that the file accepts, with a list of the others.

use behavior_trace_core::Activity;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, raw_sql};

use super::classify::failed;
use super::insert::insert_each;
use super::session::Session;
use crate::store::search::Search;
use crate::store::sql::{Inserts, statements};
use crate::store::transaction;
use crate::store::{ErrorClass, RowRefusal, StoreError};

/// Statement that tests whether the transaction still exists: within one, it is refused. `RAISE(ROLLBACK)` in a trigger
/// rolls the transaction back, and later rows would be stored statement by statement. A savepoint would show it too, at half
/// the rate.
const AGAIN: &str = "BEGIN";

impl Session {
    /// Stores every row that the file accepts, in one transaction, and returns the rows that it refused although each was
    /// sent alone. On an error, none of the rows is stored.
    pub(crate) async fn sift(
        &mut self,
        rows: &[Activity<'_>],
    ) -> Result<Vec<RowRefusal>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&error))?;
        let done = settle(&mut transaction, &mut self.inserts, rows).await;
        transaction::end(transaction, done, failed).await
    }
}

async fn settle(
    connection: &mut SqliteConnection,
    inserts: &mut Inserts,
    rows: &[Activity<'_>],
) -> Result<Vec<RowRefusal>, StoreError> {
    let mut search = Search::new(rows.len());
    let mut refusals: Vec<RowRefusal> = Vec::new();
    let mut answered = 0;
    loop {
        let groups = search.next();
        if groups.is_empty() {
            return Ok(refusals);
        }
        for group in groups {
            let each = statements(&rows[group.clone()], usize::MAX);
            let Err(error) = insert_each(connection, inserts, each).await else {
                search.stored(group.end);
                refusals[answered..]
                    .iter_mut()
                    .for_each(|refusal| refusal.passed_after = true);
                answered = refusals.len();
                continue;
            };
            let error = failed(&error);
            let by_rule = matches!(error.class(), ErrorClass::Rule | ErrorClass::Other);
            let gone = by_rule && connection.execute(raw_sql(AGAIN)).await.is_ok();
            if gone || !error.class().is_of_a_row() {
                return Err(error);
            }
            refusals.extend(search.refused(&group).map(|index| RowRefusal {
                index,
                error,
                passed_after: false,
            }));
            break;
        }
    }
}
