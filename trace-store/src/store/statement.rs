//! Statements other than the insert, and the conversion of rows that are read: the part that the dialects share.

use sqlx::error::BoxDynError;
use sqlx::{Arguments, Encode, Type};

use super::select::BindValue;

/// Binds the values of a statement.
pub(super) fn bind_values<A>(values: Vec<BindValue>) -> Result<A, sqlx::Error>
where
    A: Arguments,
    for<'t> String: Encode<'t, A::Database> + Type<A::Database>,
    for<'t> i64: Encode<'t, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added: Result<(), BoxDynError> = match value {
            BindValue::Text(text) => arguments.add(text),
            BindValue::Integer(number) => arguments.add(number),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Implements the statements of a dialect's `Session`, given the types of its driver and the way to begin a transaction that
/// writes. The dialect's `failed` classifies errors.
macro_rules! statements {
    ($connection:ty, $row:ty, $arguments:ty, $begin:expr) => {
        impl Session {
            /// Runs a statement and returns the number of rows it affected.
            pub(crate) async fn execute(
                &mut self,
                statement: Statement,
            ) -> Result<u64, StoreError> {
                execute(&mut self.connection, statement).await
            }

            /// Runs all of the statements or none, in one transaction, and returns the number of rows each affected.
            pub(crate) async fn execute_together(
                &mut self,
                statements: Vec<Statement>,
            ) -> Result<Vec<u64>, StoreError> {
                let begun = $begin(&mut self.connection).await;
                let mut transaction = begun.map_err(|error| failed(&error))?;
                let done = execute_each(&mut transaction, statements).await;
                crate::store::transaction::end(transaction, done, failed).await
            }

            /// Returns the first column of each row; all values are integers.
            pub(crate) async fn numbers(
                &mut self,
                statement: Statement,
            ) -> Result<Vec<i64>, StoreError> {
                let rows = fetch_all(&mut self.connection, statement).await?;
                let numbers = rows.iter().map(|row| row.try_get_unchecked(0));
                numbers
                    .collect::<Result<_, _>>()
                    .map_err(|error| failed(&error))
            }

            /// Returns the first two columns of each row, as texts.
            pub(crate) async fn pairs(
                &mut self,
                statement: Statement,
            ) -> Result<Vec<(String, String)>, StoreError> {
                let rows = fetch_all(&mut self.connection, statement).await?;
                let pair = |row: &$row| Ok((row.try_get_unchecked(0)?, row.try_get_unchecked(1)?));
                rows.iter()
                    .map(pair)
                    .collect::<Result<_, _>>()
                    .map_err(|error| failed(&error))
            }

            /// Returns all columns of each row, as texts.
            pub(crate) async fn texts(
                &mut self,
                statement: Statement,
            ) -> Result<Vec<Vec<Option<String>>>, StoreError> {
                let rows = fetch_all(&mut self.connection, statement).await?;
                Ok(rows
                    .iter()
                    .map(|row| {
                        (0..row.len())
                            .map(|column| column_text(row, column))
                            .collect()
                    })
                    .collect())
            }

            /// Returns rows of the table.
            pub(crate) async fn rows(
                &mut self,
                statement: Statement,
            ) -> Result<Vec<StoredRow>, StoreError> {
                let rows = fetch_all(&mut self.connection, statement).await?;
                Ok(rows.iter().map(row).collect())
            }
        }

        /// Binds the values of a statement.
        pub(super) fn bound(values: Vec<BindValue>) -> Result<$arguments, StoreError> {
            crate::store::statement::bind_values(values).map_err(|error| failed(&error))
        }

        async fn execute(
            connection: &mut $connection,
            statement: Statement,
        ) -> Result<u64, StoreError> {
            // The text contains only placeholders and the recorder's own names, numbers and times.
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

        /// Returns the rows of a statement. A statement without bound values is not prepared, because it does not run again.
        async fn fetch_all(
            connection: &mut $connection,
            statement: Statement,
        ) -> Result<Vec<$row>, StoreError> {
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
            connection: &mut $connection,
            statements: Vec<Statement>,
        ) -> Result<Vec<u64>, StoreError> {
            let mut touched = Vec::with_capacity(statements.len());
            for statement in statements {
                touched.push(execute(connection, statement).await?);
            }
            Ok(touched)
        }

        /// Converts a row that was read.
        pub(super) fn row(row: &$row) -> StoredRow {
            let id: i64 = row.try_get_unchecked(0).unwrap_or_default();
            StoredRow::read(
                id.cast_unsigned(),
                row.try_get_unchecked(4).ok().flatten(),
                |column| column_text(row, column),
            )
        }

        /// Converts a row of a count by group: the key, its rows, and the rows of all groups.
        pub(super) fn counted(row: &$row) -> Result<(String, u64, u64), sqlx::Error> {
            let number = |column: usize| {
                row.try_get_unchecked::<i64, _>(column)
                    .map(i64::unsigned_abs)
            };
            let key = column_text(row, 0).unwrap_or_default();
            Ok((key, number(1)?, number(2)?))
        }

        fn column_text(row: &$row, column: usize) -> Option<String> {
            let bytes: Option<&[u8]> = row.try_get_unchecked(column).ok().flatten();
            bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        }
    };
}
pub(super) use statements;
