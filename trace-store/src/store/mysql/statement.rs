//! Statements other than the one that stores, and rows as they are read.

use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::{
    Arguments as _, AssertSqlSafe, Connection as _, Executor as _, Row as _, query_with, raw_sql,
};

use super::classify::failed;
use super::literal::text;
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
            .begin()
            .await
            .map_err(|error| failed(&error))?;
        let done = execute_each(&mut transaction, statements).await;
        transaction::end(transaction, done, failed).await
    }

    /// The first column of each row, integers all.
    pub(crate) async fn numbers(&mut self, statement: Statement) -> Result<Vec<i64>, StoreError> {
        let rows = fetch_all(&mut self.connection, statement).await?;
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
        let rows = fetch_all(&mut self.connection, statement).await?;
        let pair = |row: &MySqlRow| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
        rows.iter()
            .map(pair)
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))
    }

    pub(crate) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let rows = fetch_all(&mut self.connection, statement).await?;
        Ok(rows.iter().map(row).collect())
    }
}

async fn execute(
    connection: &mut MySqlConnection,
    statement: Statement,
) -> Result<u64, StoreError> {
    // Only placeholders and names, numbers and times of our own are in the text.
    let text = AssertSqlSafe(statement.text);
    let done = if statement.arguments.is_empty() {
        connection.execute(raw_sql(text)).await
    } else {
        let arguments = bound(statement.arguments)?;
        query_with(text, arguments).execute(connection).await
    };
    let done = done.map_err(|error| failed(&error))?;
    Ok(done.rows_affected())
}

/// With nothing to bind, nothing is prepared: such a statement is not run again.
async fn fetch_all(
    connection: &mut MySqlConnection,
    statement: Statement,
) -> Result<Vec<MySqlRow>, StoreError> {
    let text = AssertSqlSafe(statement.text);
    let rows = if statement.arguments.is_empty() {
        connection.fetch_all(raw_sql(text)).await
    } else {
        let arguments = bound(statement.arguments)?;
        query_with(text, arguments).fetch_all(connection).await
    };
    rows.map_err(|error| failed(&error))
}

async fn execute_each(
    connection: &mut MySqlConnection,
    statements: Vec<Statement>,
) -> Result<Vec<u64>, StoreError> {
    let mut touched = Vec::with_capacity(statements.len());
    for statement in statements {
        touched.push(execute(connection, statement).await?);
    }
    Ok(touched)
}

pub(super) fn bound(values: Vec<BindValue>) -> Result<MySqlArguments, StoreError> {
    let mut arguments = MySqlArguments::default();
    for value in values {
        match value {
            BindValue::Text(text) => arguments.add(text),
            BindValue::Integer(number) => arguments.add(number),
        }
        .map_err(|error| failed(&sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

/// The statement with its values as literals in its text.
pub(super) fn spelled(statement: Statement) -> String {
    let mut values = statement.arguments.into_iter();
    let mut pieces = statement.text.split('?');
    let mut spelled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match values.next() {
            Some(BindValue::Text(value)) => spelled.push_str(&text(&value)),
            Some(BindValue::Integer(number)) => {
                spelled.push_str(itoa::Buffer::new().format(number));
            }
            None => spelled.push('?'),
        }
        spelled.push_str(piece);
    }
    spelled
}

pub(super) fn row(row: &MySqlRow) -> StoredRow {
    let text = |column: usize| {
        let bytes: Option<&[u8]> = row.try_get_unchecked(column).ok().flatten();
        bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    StoredRow::read(
        row.try_get_unchecked(0).unwrap_or_default(),
        row.try_get_unchecked(4).ok().flatten(),
        text,
    )
}
