//! Everything that a session depends on, set right after connecting, so that no default of a server's can change what
//! a statement does.
//!
//! A setting that is right already is left alone, since an account may lack the right to set it.

use std::fmt::Write as _;
use std::time::Duration;

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Executor as _, raw_sql};

use super::classify::not_connected;
use super::variables::Variables;
use crate::store::error::{ErrorClass, StoreError};
use crate::store::purpose::{Purpose, SESSION_IDLE};

/// First and alone: in the mode `ORACLE` of MariaDB the statements after it would be read by other rules, and a limit of
/// rows holds for `SHOW VARIABLES` too. Strict, or values would be cut in silence.
const FIRST: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
     SESSION sql_select_limit = 18446744073709551615";
/// Modes in which our statements mean something else.
const FOREIGN_MODES: [&str; 2] = ["ANSI_QUOTES", "ORACLE"];

/// Longer than a keeper rests between two steps, and short enough that its locks do not outlive it for long.
const KEEPER_IDLE: Duration = Duration::from_mins(10);
/// Longer than a pool keeps a connection that is not used.
const READER_IDLE: Duration = Duration::from_mins(30);
/// What a read may take, and what a keeper waits for a table.
const READ: Duration = Duration::from_secs(30);
const KEEPER_WAITS: Duration = Duration::from_mins(1);
/// A row lock is waited for briefly: 1205 is a better answer than the writer's own deadline, whose outcome is unknown.
const ROW_LOCK: Duration = Duration::from_secs(3);

/// What was learnt of the server while its session was set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Learned {
    /// `max_allowed_packet` of the session, in bytes.
    pub(super) packet: usize,
    pub(super) is_mariadb: bool,
    /// The binary log holds statements, where `ON DUPLICATE KEY UPDATE` counts as unsafe.
    pub(super) logs_statements: bool,
}

/// A variable, and the value that a session needs.
#[derive(Debug)]
struct Setting {
    name: &'static str,
    value: String,
    /// A lower value will do: the server may have a limit of its own.
    at_most: bool,
}

/// Sets the session up and checks that it is.
pub(super) async fn set_up(
    connection: &mut MySqlConnection,
    purpose: Purpose,
) -> Result<Learned, StoreError> {
    let down = |error: sqlx::Error| not_connected(&error);
    run(connection, FIRST.to_owned()).await?;
    let before = Variables::read(connection).await.map_err(down)?;
    let settings = settings(purpose);
    apply(connection, purpose, &settings, &before).await?;
    let after = Variables::read(connection).await.map_err(down)?;
    check(purpose, &settings, &after)?;
    learn(&after)
}

fn settings(purpose: Purpose) -> Vec<Setting> {
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
        Purpose::Keeper => (KEEPER_IDLE, KEEPER_WAITS, ROW_LOCK),
        Purpose::Reader => (READER_IDLE, READ, ROW_LOCK),
    };
    let (statement, read) = match purpose {
        Purpose::Writer { statement_timeout } => (statement_timeout.as_secs_f64(), 0),
        // Nobody knows how long a change of a table takes.
        Purpose::Keeper => (0.0, 0),
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

/// Reads and writes, or reads alone, and how much a transaction sees of others. READ COMMITTED, since four writers that
/// replayed the same batches met 30 deadlocks under the default and 2 to 4 under it; a binary log of statements forbids it
/// (1665).
fn transaction(purpose: Purpose, variables: &Variables) -> (&'static str, &'static str) {
    let isolation = if logs_statements(variables) {
        "REPEATABLE READ"
    } else {
        "READ COMMITTED"
    };
    let access = match purpose {
        Purpose::Reader => "READ ONLY",
        Purpose::Writer { .. } | Purpose::Keeper => "READ WRITE",
    };
    (isolation, access)
}

async fn apply(
    connection: &mut MySqlConnection,
    purpose: Purpose,
    settings: &[Setting],
    before: &Variables,
) -> Result<(), StoreError> {
    let (isolation, access) = transaction(purpose, before);
    let mut text = format!("SET SESSION TRANSACTION ISOLATION LEVEL {isolation}, {access}");
    let wrong: Vec<_> = settings
        .iter()
        .filter(|setting| setting.differs(before, false))
        .collect();
    for (place, setting) in wrong.iter().enumerate() {
        let before = if place == 0 { "; SET" } else { "," };
        let _ = write!(
            text,
            "{before} SESSION {} = {}",
            setting.name, setting.value
        );
    }
    if run(connection, text).await? {
        return Ok(());
    }
    // One of them could not be set, and with it none: the check names it if each goes alone.
    for setting in wrong {
        let text = format!("SET SESSION {} = {}", setting.name, setting.value);
        run(connection, text).await?;
    }
    Ok(())
}

/// Returns whether the server took the statement. What it refused is found by the check.
async fn run(connection: &mut MySqlConnection, text: String) -> Result<bool, StoreError> {
    // Only names and numbers of our own are in the text.
    match connection.execute(raw_sql(AssertSqlSafe(text))).await {
        Ok(_) => Ok(true),
        Err(error @ sqlx::Error::Database(_)) => {
            let error = not_connected(&error);
            match error.class() {
                ErrorClass::Unavailable | ErrorClass::Configuration => Ok(false),
                _ => Err(error),
            }
        }
        Err(error) => Err(not_connected(&error)),
    }
}

impl Setting {
    fn is_wrong(&self, variables: &Variables) -> bool {
        self.differs(variables, self.at_most)
    }

    /// Returns whether the server has the variable, with another value, or with a higher one.
    fn differs(&self, variables: &Variables, at_most: bool) -> bool {
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

fn check(purpose: Purpose, settings: &[Setting], after: &Variables) -> Result<(), StoreError> {
    let mode = after.get(&["sql_mode"]).unwrap_or_default();
    let foreign = FOREIGN_MODES.iter().any(|foreign| mode.contains(foreign));
    if foreign || !mode.contains("STRICT_") {
        return Err(stayed("sql_mode", mode, "'STRICT_ALL_TABLES'"));
    }
    let (isolation, access) = transaction(purpose, after);
    let level = after
        .get(&["transaction_isolation", "tx_isolation"])
        .unwrap_or_default();
    if level != isolation.replace(' ', "-") {
        let wanted = format!("'{}'", isolation.replace(' ', "-"));
        return Err(stayed("transaction_isolation", level, &wanted));
    }
    let read_only = after
        .get(&["transaction_read_only", "tx_read_only"])
        .unwrap_or("OFF");
    if access == "READ WRITE" && matches!(read_only, "ON" | "1") {
        return Err(stayed("transaction_read_only", read_only, "OFF"));
    }
    match settings.iter().find(|setting| setting.is_wrong(after)) {
        Some(setting) => {
            let value = after.get(&[setting.name]).unwrap_or_default();
            Err(stayed(setting.name, value, &setting.value))
        }
        None => Ok(()),
    }
}

fn stayed(name: &str, value: &str, wanted: &str) -> StoreError {
    StoreError::new(
        ErrorClass::Configuration,
        format!(
            "the session's `{name}` stayed `{value}`; let this account run `SET SESSION {name} = {wanted}` (a proxy in \
             between may keep it from the server), or write `{name} = {wanted}` into the server's configuration"
        ),
    )
}

fn learn(variables: &Variables) -> Result<Learned, StoreError> {
    let packet = variables.get(&["max_allowed_packet"]).unwrap_or_default();
    let packet = packet.parse().map_err(|_| {
        StoreError::new(
            ErrorClass::Configuration,
            format!("the server's `max_allowed_packet` reads `{packet}`; let this account read it"),
        )
    })?;
    let version = variables.get(&["version"]).unwrap_or_default();
    Ok(Learned {
        packet,
        is_mariadb: version.to_lowercase().contains("mariadb"),
        logs_statements: logs_statements(variables),
    })
}

fn logs_statements(variables: &Variables) -> bool {
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
        assert_eq!(value(Purpose::Keeper, "max_statement_time"), "0.000");
    }

    #[test]
    fn what_could_not_be_set_is_named_with_its_value_and_the_remedy() {
        let good = [
            ("sql_mode", "STRICT_ALL_TABLES"),
            ("transaction_isolation", "READ-COMMITTED"),
            ("transaction_read_only", "OFF"),
        ];
        for (name, bad, remedy) in [
            ("sql_mode", "", "'STRICT_ALL_TABLES'"),
            (
                "sql_mode",
                "ORACLE,STRICT_TRANS_TABLES",
                "'STRICT_ALL_TABLES'",
            ),
            ("transaction_isolation", "SERIALIZABLE", "'READ-COMMITTED'"),
            ("transaction_read_only", "ON", "OFF"),
            ("completion_type", "CHAIN", "NO_CHAIN"),
            ("wait_timeout", "28800", "20"),
        ] {
            let mut pairs = good.to_vec();
            pairs.retain(|pair| pair.0 != name);
            pairs.push((name, bad));
            let error = check(WRITER, &settings(WRITER), &Variables::of(&pairs)).expect_err(name);
            assert_eq!(error.class(), ErrorClass::Configuration);
            let text = error.to_string();
            assert!(text.contains(&format!("`{name}` stayed `{bad}`")), "{text}");
            assert!(text.contains(&format!("{name} = {remedy}")), "{text}");
        }
        check(WRITER, &settings(WRITER), &Variables::of(&good)).expect("nothing is wrong");
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
