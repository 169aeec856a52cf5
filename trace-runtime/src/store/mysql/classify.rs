//! What an error of MySQL or MariaDB means to the writer.

use sqlx::mysql::MySqlDatabaseError;

use crate::store::error::{ErrorClass, StoreError};

/// A failure after the session stood.
pub(super) fn failed(error: &sqlx::Error) -> StoreError {
    StoreError::new(class_of(error), message(error))
}

/// A failure before the session stood: nothing was sent, so no outcome is unknown and no row at fault.
pub(super) fn not_connected(error: &sqlx::Error) -> StoreError {
    let class = match class_of(error) {
        ErrorClass::UnknownOutcome | ErrorClass::Reconnect | ErrorClass::Other => {
            ErrorClass::Unavailable
        }
        class => class,
    };
    StoreError::new(class, message(error))
}

fn class_of(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Database(error) => error
            .try_downcast_ref::<MySqlDatabaseError>()
            .map_or(ErrorClass::Other, |error| {
                class_of_code(error.number(), error.code())
            }),
        sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => ErrorClass::Configuration,
        sqlx::Error::Encode(_) => ErrorClass::Value,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => ErrorClass::UnknownOutcome,
        _ => ErrorClass::Other,
    }
}

/// By number, since several of these share the state `HY000`.
fn class_of_code(number: u16, state: Option<&str>) -> ErrorClass {
    match number {
        1205 | 1213 | 1180 | 1047 | 1969 | 3024 | 1317 | 3101 => ErrorClass::Transient,
        1040 | 1053 | 1129 | 1203 | 1226 => ErrorClass::Unavailable,
        1927 | 4031 | 2006 | 2013 => ErrorClass::Reconnect,
        1290 | 1836 => ErrorClass::ReadOnly,
        // Account, right, database, table or column; 1364 is a column that a stranger added without a default.
        1044 | 1045 | 1049 | 1054 | 1130 | 1142 | 1143 | 1146 | 1364 | 1698 | 1820 | 1862 => {
            ErrorClass::Configuration
        }
        1048 | 1264 | 1292 | 1366 | 1406 | 3140 | 3157 => ErrorClass::Value,
        // MariaDB's failed check; MySQL gives the number to something else.
        4025 if state == Some("23000") => ErrorClass::Value,
        1153 | 1390 | 1118 => ErrorClass::TooBig,
        1021 | 1114 => ErrorClass::DiskFull,
        _ => ErrorClass::Other,
    }
}

fn message(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.to_string(),
        sqlx::Error::Tls(error) => format!(
            "no encrypted connection: {error}; give the server a certificate, or write `?ssl-mode=disabled` to send \
             activity in plain text"
        ),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_the_class_that_the_table_of_delivery_gives_it() {
        let table: [(ErrorClass, &[u16]); 8] = [
            (
                ErrorClass::Transient,
                &[1205, 1213, 1180, 1047, 1969, 3024, 1317, 3101],
            ),
            (ErrorClass::Unavailable, &[1040, 1053, 1129, 1203, 1226]),
            (ErrorClass::Reconnect, &[1927, 4031, 2006, 2013]),
            (ErrorClass::ReadOnly, &[1290, 1836]),
            (
                ErrorClass::Configuration,
                &[
                    1044, 1045, 1049, 1054, 1142, 1146, 1130, 1143, 1364, 1698, 1820, 1862,
                ],
            ),
            (
                ErrorClass::Value,
                &[1048, 1264, 1292, 1366, 1406, 3140, 3157],
            ),
            (ErrorClass::TooBig, &[1153, 1390, 1118]),
            (ErrorClass::DiskFull, &[1021, 1114]),
        ];
        for (class, codes) in table {
            for &code in codes {
                assert_eq!(class_of_code(code, Some("HY000")), class, "{code}");
            }
        }
        assert_eq!(class_of_code(4025, Some("23000")), ErrorClass::Value);
        assert_eq!(class_of_code(4025, Some("HY000")), ErrorClass::Other);
        assert_eq!(class_of_code(1105, Some("HY000")), ErrorClass::Other);
    }

    #[test]
    fn a_broken_connection_is_an_unknown_outcome_only_once_something_may_have_been_sent() {
        let broken = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert_eq!(failed(&broken).class(), ErrorClass::UnknownOutcome);
        assert_eq!(not_connected(&broken).class(), ErrorClass::Unavailable);
        let tls = sqlx::Error::Tls("server does not support TLS".into());
        assert_eq!(not_connected(&tls).class(), ErrorClass::Configuration);
    }
}
