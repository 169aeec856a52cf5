//! Session variables as the server shows them.

use std::collections::HashMap;

use sqlx::mysql::MySqlConnection;
use sqlx::{Executor as _, Row as _, raw_sql};

/// The query for the variables of both servers, under all of their names. A statement that named a missing variable directly
/// would fail.
const SHOW: &str = "SHOW SESSION VARIABLES WHERE Variable_name IN ('version', 'log_bin', 'sql_log_bin', 'binlog_format', \
     'max_allowed_packet', 'sql_mode', 'autocommit', 'completion_type', 'transaction_isolation', 'tx_isolation', \
     'transaction_read_only', 'tx_read_only', 'sql_big_selects', 'sql_select_limit', 'sql_safe_updates', \
     'unique_checks', 'group_concat_max_len', 'lock_wait_timeout', 'innodb_lock_wait_timeout', 'wait_timeout', \
     'net_read_timeout', 'have_ssl', 'max_statement_time', 'max_execution_time', \
     'read_only', 'super_read_only', 'innodb_read_only', 'wsrep_on')";

/// Variables by name, in lower case.
#[derive(Debug, Default)]
pub(super) struct Variables(HashMap<String, String>);

impl Variables {
    pub(super) async fn read(connection: &mut MySqlConnection) -> Result<Self, sqlx::Error> {
        let rows = connection.fetch_all(raw_sql(SHOW)).await?;
        let pair = |row: &sqlx::mysql::MySqlRow| {
            let name: String = row.try_get_unchecked(0)?;
            Ok((name.to_lowercase(), row.try_get_unchecked(1)?))
        };
        let pairs: Result<_, sqlx::Error> = rows.iter().map(pair).collect();
        pairs.map(Self)
    }

    #[cfg(test)]
    pub(super) fn of(pairs: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(pairs.iter().map(owned).collect())
    }

    /// Returns the value of the first of these names that the server has.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        let found = names.iter().find_map(|name| self.0.get(*name));
        found.map(String::as_str)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(&[name])
            .is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("on"))
    }
}
