//! Classification of MySQL and MariaDB errors for the writer.

use std::io::ErrorKind;

use sqlx::mysql::MySqlDatabaseError;

use super::codes::{CHECK_OF_MARIADB, known};
use super::remedy;
use crate::store::{ErrorClass, StoreError};

/// Name of MariaDB's own check on the JSON column, as it appears in an error message.
const JSON_CHECK: &str = "`operational_activity.payload`";

/// Classifies a failure of an established session.
pub(crate) fn failed(error: &sqlx::Error) -> StoreError {
    StoreError::new(class_of(error), message(error))
}

/// Classifies a failure to establish a session. Nothing was sent, so no outcome is unknown and no row is at fault.
pub(super) fn not_connected(error: &sqlx::Error) -> StoreError {
    let class = match class_of(error) {
        ErrorClass::UnknownOutcome | ErrorClass::Reconnect | ErrorClass::Other => {
            ErrorClass::Unavailable
        }
        class => class,
    };
    let remedy = is_foreign(error).then_some(remedy::OF_PROTOCOL);
    StoreError::new(class, with_remedy(message(error), remedy))
}

/// Returns whether the peer may be no MySQL or MariaDB server. Its first bytes then make no sense, or were read as the
/// length of an answer that never came. A peer that sends nothing may be any server.
fn is_foreign(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Protocol(_) => true,
        sqlx::Error::Io(cause) => {
            cause.kind() == ErrorKind::UnexpectedEof && !cause.to_string().contains("got 0 bytes")
        }
        _ => false,
    }
}

/// Returns the number of the server's error, if the server sent one.
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    answer(error).map(MySqlDatabaseError::number)
}

fn answer(error: &sqlx::Error) -> Option<&MySqlDatabaseError> {
    match error {
        sqlx::Error::Database(error) => error.try_downcast_ref(),
        _ => None,
    }
}

pub(super) fn class_of(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Database(_) => answer(error).map_or(ErrorClass::Other, class_of_answer),
        sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => ErrorClass::Configuration,
        sqlx::Error::Encode(_) => ErrorClass::Value,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => ErrorClass::UnknownOutcome,
        _ => ErrorClass::Other,
    }
}

fn class_of_answer(error: &MySqlDatabaseError) -> ErrorClass {
    class_of_code(error.number(), error.code(), error.message())
}

/// Code for a limit of an account: of connections at a time, or of something in an hour.
const RESOURCE_OF_ACCOUNT: u16 = 1226;

fn class_of_code(number: u16, state: Option<&str>, message: &str) -> ErrorClass {
    let class = known(number, state).map_or(ErrorClass::Other, |code| code.class);
    // The column accepts only JSON, so its check is no rule of the application.
    if number == CHECK_OF_MARIADB && class == ErrorClass::Rule && message.contains(JSON_CHECK) {
        return ErrorClass::Value;
    }
    // The limits of an hour have the same number. Turns, each with a connection of its own, would use them up.
    if number == RESOURCE_OF_ACCOUNT && !message.contains("max_user_connections") {
        return ErrorClass::Unavailable;
    }
    class
}

fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(_) => {
            let reason = answer(error)
                .and_then(|answer| known(answer.number(), answer.code()))
                .filter(|code| code.class == ErrorClass::Server)
                .map(|code| format!(" ({})", code.reason));
            let remedy = number(error).and_then(remedy::of_code);
            with_remedy(format!("{error}{}", reason.unwrap_or_default()), remedy)
        }
        sqlx::Error::Io(cause) => {
            with_remedy(error.to_string(), remedy::of_connecting(cause))
        }
        sqlx::Error::Tls(error) => format!(
            "no encrypted connection: {error}; give the server a certificate, or write `?ssl-mode=disabled` to send \
             activity in plain text"
        ),
        // The driver asks for a key only to encrypt the account's password with the server's public key.
        sqlx::Error::Configuration(cause) if cause.to_string().contains("RSA") => {
            "the account's plugin (`caching_sha2_password` or `sha256_password`) wants the password over TLS or \
             encrypted with the server's key; connect over TCP with TLS (`?ssl-mode=required`), or enable the feature \
             `mysql-rsa` of `behavior-trace`"
                .to_owned()
        }
        error => error.to_string(),
    }
}

fn with_remedy(what: String, remedy: Option<&str>) -> String {
    match remedy {
        Some(remedy) => format!("{what}; {remedy}"),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_of_our_own_column_is_about_a_value() {
        let class = |message| class_of_code(CHECK_OF_MARIADB, Some("23000"), message);
        assert_eq!(
            class(
                "CONSTRAINT `operational_activity.payload` failed for `app`.`operational_activity`"
            ),
            ErrorClass::Value
        );
        assert_eq!(
            class("CONSTRAINT `short_action` failed for `app`.`operational_activity`"),
            ErrorClass::Rule
        );
        assert_eq!(
            class_of_code(CHECK_OF_MARIADB, Some("HY000"), ""),
            ErrorClass::Other
        );
    }

    #[test]
    fn only_the_limit_of_connections_at_a_time_is_shared_by_turns() {
        let class = |resource| {
            let message = format!(
                "User 'activity' has exceeded the '{resource}' resource (current value: 5)"
            );
            class_of_code(RESOURCE_OF_ACCOUNT, Some("42000"), &message)
        };
        assert_eq!(class("max_user_connections"), ErrorClass::Crowded);
        for hourly in [
            "max_connections_per_hour",
            "max_queries_per_hour",
            "max_updates",
        ] {
            assert_eq!(class(hourly), ErrorClass::Unavailable);
        }
    }

    #[test]
    fn a_broken_connection_is_an_unknown_outcome_only_once_something_may_have_been_sent() {
        let broken = sqlx::Error::Io(ErrorKind::ConnectionReset.into());
        assert_eq!(failed(&broken).class(), ErrorClass::UnknownOutcome);
        assert_eq!(not_connected(&broken).class(), ErrorClass::Unavailable);
        let tls = sqlx::Error::Tls("server does not support TLS".into());
        assert_eq!(not_connected(&tls).class(), ErrorClass::Configuration);
    }
}
