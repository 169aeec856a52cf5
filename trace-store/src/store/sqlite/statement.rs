//! Statements other than the insert, and the conversion of rows that are read.

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, query_with, raw_sql};

use super::classify::failed;
use super::session::Session;
use crate::store::StoreError;
use crate::store::rows::StoredRow;
use crate::store::select::{BindValue, Statement};
use crate::store::statement::statements;

statements!(SqliteConnection, SqliteRow, SqliteArguments, begin);

fn begin(
    connection: &mut SqliteConnection,
) -> impl Future<Output = Result<sqlx::Transaction<'_, sqlx::Sqlite>, sqlx::Error>> + Send {
    connection.begin_with("BEGIN IMMEDIATE")
}
