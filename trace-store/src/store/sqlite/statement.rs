//! Statements other than the one that stores, and rows as they are read.

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Row as _, query_with};

use super::classify::failed;
use super::session::Session;
use crate::store::StoreError;
use crate::store::rows::StoredRow;
use crate::store::select::{BindValue, Statement};
use crate::store::transaction;

impl Session {
    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, StoreError> {
        execute(&mut self.connection, statement).await
    }

    /// Runs all of the statements or none of them, in one transaction, and says how many rows each touched.
    pub(crate) async fn execute_together(
        &mut self,
        statements: Vec<Statement>,
    ) -> Result<Vec<u64>, StoreError> {
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&error))?;
        let done = execute_each(&mut transaction, statements).await;
        transaction::end(transaction, done, failed).await
    }

    /// The first column of each row, integers all.
    pub(crate) async fn numbers(&mut self, statement: Statement) -> Result<Vec<i64>, StoreError> {
        let arguments = bound(statement.arguments)?;
        let query = query_with(AssertSqlSafe(statement.text), arguments);
        let rows = query
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| failed(&error))?;
        let numbers = rows.iter().map(|row| row.try_get_unchecked(0));
        numbers
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))
    }

    /// The first two columns of each row, as texts.
    pub(crate) async fn pairs(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let arguments = bound(statement.arguments)?;
        let query = query_with(AssertSqlSafe(statement.text), arguments);
        let rows = query
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| failed(&error))?;
        let pair = |row: &SqliteRow| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
        rows.iter()
            .map(pair)
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))
    }

    pub(crate) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let arguments = bound(statement.arguments)?;
        let query = query_with(AssertSqlSafe(statement.text), arguments);
        let rows = query
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| failed(&error))?;
        Ok(rows.iter().map(row).collect())
    }
}

async fn execute(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<u64, StoreError> {
    let arguments = bound(statement.arguments)?;
    // Only placeholders and names of our own are in the text.
    let query = query_with(AssertSqlSafe(statement.text), arguments);
    let done = query
        .execute(connection)
        .await
        .map_err(|error| failed(&error))?;
    Ok(done.rows_affected())
}

async fn execute_each(
    connection: &mut SqliteConnection,
    statements: Vec<Statement>,
) -> Result<Vec<u64>, StoreError> {
    let mut touched = Vec::with_capacity(statements.len());
    for statement in statements {
        touched.push(execute(connection, statement).await?);
    }
    Ok(touched)
}

pub(super) fn bound(values: Vec<BindValue>) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            BindValue::Text(text) => arguments.add(text),
            BindValue::Integer(number) => arguments.add(number),
        }
        .map_err(|error| failed(&sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

pub(super) fn row(row: &SqliteRow) -> StoredRow {
    let text = |column: usize| {
        let bytes: Option<&[u8]> = row.try_get_unchecked(column).ok().flatten();
        bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    let id: i64 = row.try_get_unchecked(0).unwrap_or_default();
    StoredRow::read(
        id.unsigned_abs(),
        row.try_get_unchecked(4).ok().flatten(),
        text,
    )
}
