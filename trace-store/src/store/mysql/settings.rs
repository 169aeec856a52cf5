//! All settings that a session depends on, so that no server default can change the effect of a statement.

use std::time::Duration;

use super::variables::Variables;
use crate::store::purpose::{Purpose, SESSION_IDLE};

/// Idle time of a maintainer's session: longer than the pause between two steps, and short enough to release its locks soon.
const KEEPER_IDLE: Duration = Duration::from_mins(10);
/// Idle time of a reader's session, longer than the pool keeps an unused connection.
const READER_IDLE: Duration = Duration::from_mins(30);
/// Time limit of a read, and a maintainer's time limit for a table lock.
const READ: Duration = Duration::from_secs(30);
const KEEPER_WAITS: Duration = Duration::from_mins(1);
/// Time limit for a row lock. It is short because error 1205 is a better answer than the writer's own deadline, after which
/// the outcome is unknown.
const ROW_LOCK: Duration = Duration::from_secs(3);

/// A variable with the value that a session needs.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// A lower value is accepted, because the server may have its own limit.
    at_most: bool,
}

/// Returns the settings of a session with this purpose.
pub(super) fn settings(purpose: Purpose) -> Vec<Setting> {
    let exactly = |name, value: &str| Setting {
        name,
        value: value.to_owned(),
        at_most: false,
    };
    let within = |name, limit: Duration| Setting {
        name,
        value: limit.as_secs().max(1).to_string(),
        at_most: true,
    };
    let (idle, table, row) = match purpose {
        Purpose::Writer { statement_timeout } => {
            let lock = statement_timeout * 3 / 5;
            (SESSION_IDLE, lock, lock)
        }
        Purpose::Maintainer => (KEEPER_IDLE, KEEPER_WAITS, ROW_LOCK),
        Purpose::Reader => (READER_IDLE, READ, ROW_LOCK),
    };
    let (statement, read) = match purpose {
        Purpose::Writer { statement_timeout } => (statement_timeout.as_secs_f64(), 0),
        // A change of a table takes time in proportion to the table.
        Purpose::Maintainer => (0.0, 0),
        Purpose::Reader => (READ.as_secs_f64(), READ.as_millis()),
    };
    vec![
        exactly("autocommit", "ON"),
        exactly("completion_type", "NO_CHAIN"),
        exactly("sql_big_selects", "ON"),
        exactly("sql_select_limit", "18446744073709551615"),
        exactly("sql_safe_updates", "OFF"),
        exactly("unique_checks", "ON"),
        exactly("group_concat_max_len", "65536"),
        within("lock_wait_timeout", table),
        within("innodb_lock_wait_timeout", row),
        within("wait_timeout", idle),
        within("net_read_timeout", SESSION_IDLE),
        exactly("max_statement_time", &format!("{statement:.3}")),
        exactly("max_execution_time", &read.to_string()),
    ]
}

/// Returns the isolation level and access mode of the session's transactions. Four writers that replayed the same batches
/// met 30 deadlocks under the default and 2 to 4 under READ COMMITTED. A binary log of statements forbids READ COMMITTED
/// (1665).
pub(super) fn transaction(purpose: Purpose, variables: &Variables) -> (&'static str, &'static str) {
    let isolation = if logs_statements(variables) {
        "REPEATABLE READ"
    } else {
        "READ COMMITTED"
    };
    let access = match purpose {
        Purpose::Reader => "READ ONLY",
        Purpose::Writer { .. } | Purpose::Maintainer => "READ WRITE",
    };
    (isolation, access)
}

impl Setting {
    pub(super) fn is_wrong(&self, variables: &Variables) -> bool {
        self.differs(variables, self.at_most)
    }

    /// Returns whether the server has the variable with another value, or with a higher one if `at_most` is set.
    pub(super) fn differs(&self, variables: &Variables, at_most: bool) -> bool {
        let Some(value) = variables.get(&[self.name]) else {
            return false;
        };
        match (value.parse::<f64>(), self.value.parse::<f64>()) {
            (Ok(value), Ok(wanted)) if at_most => value > wanted,
            (Ok(value), Ok(wanted)) => (value - wanted).abs() > 0.001,
            _ => !value.eq_ignore_ascii_case(&self.value),
        }
    }
}

/// Returns whether the session's writes go to a binary log of statements.
pub(super) fn logs_statements(variables: &Variables) -> bool {
    let format = variables.get(&["binlog_format"]).unwrap_or_default();
    variables.is_on("log_bin")
        && variables.is_on("sql_log_bin")
        && format.eq_ignore_ascii_case("STATEMENT")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITER: Purpose = Purpose::Writer {
        statement_timeout: Duration::from_secs(5),
    };

    fn value(purpose: Purpose, name: &str) -> String {
        let found = settings(purpose).into_iter().find(|one| one.name == name);
        found.expect(name).value
    }

    #[test]
    fn locks_are_waited_for_less_long_than_a_statement() {
        for (timeout, lock) in [
            (300, "1"),
            (1_000, "1"),
            (2_000, "1"),
            (5_000, "3"),
            (60_000, "36"),
        ] {
            let purpose = Purpose::Writer {
                statement_timeout: Duration::from_millis(timeout),
            };
            assert_eq!(value(purpose, "lock_wait_timeout"), lock, "{timeout} ms");
            assert_eq!(value(purpose, "innodb_lock_wait_timeout"), lock);
        }
        assert_eq!(value(WRITER, "max_statement_time"), "5.000");
        assert_eq!(value(WRITER, "wait_timeout"), "20");
        assert_eq!(value(Purpose::Maintainer, "max_statement_time"), "0.000");
    }

    #[test]
    fn a_binary_log_of_statements_forbids_read_committed() {
        let mut pairs = vec![
            ("binlog_format", "STATEMENT"),
            ("log_bin", "OFF"),
            ("sql_log_bin", "ON"),
        ];
        assert_eq!(
            transaction(WRITER, &Variables::of(&pairs)).0,
            "READ COMMITTED"
        );
        pairs[1].1 = "ON";
        assert_eq!(
            transaction(WRITER, &Variables::of(&pairs)).0,
            "REPEATABLE READ"
        );
        pairs[2].1 = "OFF";
        assert_eq!(
            transaction(WRITER, &Variables::of(&pairs)).0,
            "READ COMMITTED"
        );
    }
}
