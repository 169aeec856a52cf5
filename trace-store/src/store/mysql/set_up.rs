//! Setup of a session right after connecting, and the check of the result.
//!
//! A setting that is already right is left alone, since an account may lack the right to set it.

use std::fmt::Write as _;

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Executor as _, Row as _, raw_sql};

use super::classify::not_connected;
use super::settings::{Setting, logs_statements, settings, transaction};
use super::variables::Variables;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// The first statement, sent alone. In MariaDB's mode `ORACLE` the statements after it would be parsed by other rules, and a
/// row limit also applies to `SHOW VARIABLES`. The strict mode prevents that values are cut silently.
const FIRST: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
     SESSION sql_select_limit = 18446744073709551615";
/// SQL modes in which the recorder's statements have another meaning.
const FOREIGN_MODES: [&str; 2] = ["ANSI_QUOTES", "ORACLE"];

/// Properties of the server, learned during the setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five independent properties")]
pub(super) struct Learned {
    /// `max_allowed_packet` of the session, in bytes.
    pub(super) packet: usize,
    pub(super) is_mariadb: bool,
    /// The server offers TLS, which a session in the mode `preferred` then uses.
    pub(super) offers_tls: bool,
    /// The binary log holds statements, where `ON DUPLICATE KEY UPDATE` counts as unsafe.
    pub(super) logs_statements: bool,
    /// The server takes no writes now: it is a replica, or a node of Galera outside of the primary component.
    pub(super) is_read_only: bool,
    /// The server is a node of Galera.
    pub(super) is_in_galera: bool,
}

/// Sets up the session and checks the result.
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
    let mut learned = learn(&after)?;
    if learned.is_in_galera {
        learned.is_read_only |= !is_ready(connection).await?;
    }
    Ok(learned)
}

/// Returns whether a node of Galera takes statements. One that does not accepts sessions and settings all the same.
async fn is_ready(connection: &mut MySqlConnection) -> Result<bool, StoreError> {
    let status = connection.fetch_optional(raw_sql("SHOW STATUS LIKE 'wsrep_ready'"));
    let status = status.await.map_err(|error| not_connected(&error))?;
    let value: Option<String> = status.and_then(|row| row.try_get_unchecked(1).ok());
    Ok(value.is_none_or(|value| value == "ON"))
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
    // One of the settings failed, so none was set. Set alone, the others succeed and the check names the failed one.
    for setting in wrong {
        let text = format!("SET SESSION {} = {}", setting.name, setting.value);
        run(connection, text).await?;
    }
    Ok(())
}

/// Returns whether the server accepted the statement. The check detects the setting that was refused.
async fn run(connection: &mut MySqlConnection, text: String) -> Result<bool, StoreError> {
    // The text contains only the recorder's own names and numbers.
    match connection.execute(raw_sql(AssertSqlSafe(text))).await {
        Ok(_) => Ok(true),
        Err(error @ sqlx::Error::Database(_)) => {
            let error = not_connected(&error);
            match error.class() {
                ErrorClass::Unavailable | ErrorClass::Crowded | ErrorClass::Configuration => {
                    Ok(false)
                }
                _ => Err(error),
            }
        }
        Err(error) => Err(not_connected(&error)),
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

pub(super) fn learn(variables: &Variables) -> Result<Learned, StoreError> {
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
        offers_tls: !matches!(variables.get(&["have_ssl"]), Some("DISABLED" | "NO")),
        is_mariadb: version.to_lowercase().contains("mariadb"),
        logs_statements: logs_statements(variables),
        is_read_only: ["read_only", "super_read_only", "innodb_read_only"]
            .into_iter()
            .any(|name| !matches!(variables.get(&[name]), None | Some("OFF" | "0"))),
        is_in_galera: variables.is_on("wsrep_on"),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const WRITER: Purpose = Purpose::Writer {
        statement_timeout: Duration::from_secs(5),
    };

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
}
