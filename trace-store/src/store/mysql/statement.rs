//! Statements other than the insert, and the conversion of rows that are read.

use sqlx::mysql::{MySqlArguments, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, query_with, raw_sql};

use super::classify::failed;
use super::literal::text;
use super::session::Session;
use crate::store::StoreError;
use crate::store::rows::StoredRow;
use crate::store::select::{BindValue, Statement};
use crate::store::statement::statements;

statements!(
    MySqlConnection,
    MySqlRow,
    MySqlArguments,
    MySqlConnection::begin
);

/// Returns the text of a statement with its values as literals.
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
